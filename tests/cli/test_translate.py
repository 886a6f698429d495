"""`quatrain translate` and its run: a line out for every line in, whatever the line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import quatrain as qt
from quatrain.cli import main

from .conftest import Type

NOUNS = {"dog": "Hund", "man": "Mann", "cook": "Koch", "boy": "Junge", "artist": "Künstler"}
VERBS = {"runs": "rennt", "sleeps": "schläft", "sings": "singt", "waits": "wartet", "laughs": "lacht"}
SMALL = (
    *("--size", "tiny", "--device", "cpu", "--set", "model.d_model=16", "--set", "model.encoder.n_layers=1"),
    *("--set", "model.decoder.n_layers=1", "--set", "train.seq_len=32", "--set", "model.max_src_len=32"),
    *("--set", "model.max_seq_len=32", "--set", "train.dtype=float32", "--set", "train.checkpoint_seconds=0"),
)


def write_pairs(path: Path) -> Path:
    sentences = [f"A {en} {does}.\tEin {de} {tut}." for en, de in NOUNS.items() for does, tut in VERBS.items()]
    path.write_text("\n".join(["en\tde", *sentences]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def translator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of a tiny translator of characters; read-only."""
    folder = tmp_path_factory.mktemp("translator")
    pairs = write_pairs(folder / "pairs.tsv")
    assert main(["train", str(pairs), "--steps", "4", "--out", str(folder / "run"), "--quiet", *SMALL]) == 0
    return folder / "run"


def test_training_says_which_way_and_scores_translations(typed: Type, tmp_path: Path) -> None:
    done = typed(
        "train", write_pairs(tmp_path / "pairs.tsv"), "--steps", 2, "--out", tmp_path / "run", "--json", *SMALL
    )
    assert done.code == 0
    assert "From column en to column de." in done.err
    result = done.json
    assert result["task"] == "translate"
    for key in ("bleu", "bleu_interval", "chrf", "exact", "signature", "by_length", "loss", "interval", "decoding"):
        assert key in result
    assert result["baseline"]["name"].startswith("translation memory")
    (without_source,) = result["beside"]
    assert without_source["key"] == "without_source"
    assert without_source["difference"]["interval"][0] <= without_source["difference"]["mean"]
    assert json.loads((tmp_path / "run" / "config.json").read_text())["task"] == "translate"
    assert (tmp_path / "run" / "report.html").exists()


def test_every_line_has_an_answer_in_its_place(typed: Type, translator: Path, tmp_path: Path) -> None:
    lines = [b"A dog runs.", b"", b"A zebra runs.", b"A man waits.", b"\xff\xfe", b"A dog runs. " * 9, b"   "]
    (tmp_path / "in.en").write_bytes(b"\n".join(lines) + b"\n")
    done = typed("translate", translator, tmp_path / "in.en")
    out = done.out.split("\n")[:-1]
    assert len(out) == len(lines)
    assert done.code == 1
    assert [out[i] for i in (1, 2, 4, 5, 6)] == [""] * 5
    assert "line 3: not translated" in done.err
    assert "'z'" in done.err
    assert "line 5: not translated: the line is not UTF-8" in done.err
    assert "line 6: not translated: the text has" in done.err
    assert "line 1" not in done.err
    assert "Traceback" not in done.err


def test_json_is_an_object_a_line(typed: Type, translator: Path, tmp_path: Path) -> None:
    (tmp_path / "in.en").write_text("A dog runs.\nA zebra runs.\n")
    done = typed("translate", translator, tmp_path / "in.en", "--json", "--align", "--n", 2)
    first, second = map(json.loads, done.out.splitlines())
    assert first["source"] == "A dog runs."
    assert len(first["translations"]) == 2
    assert len(first["tokens"]) == len(first["logprobs"])
    assert second["text"] == ""
    assert "z" in second["failed"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--beam-size", "0"], "beam_size"),
        (["--n", "9"], "beam_size=9"),
        (["--top-k", "3"], "temperature"),
        (["--length-penalti", "1"], "--length-penalty"),
    ],
)
def test_a_search_that_cannot_be_is_refused(
    typed: Type, translator: Path, tmp_path: Path, words: list[str], told: str
) -> None:
    (tmp_path / "in.en").write_text("A dog runs.\n")
    done = typed("translate", translator, tmp_path / "in.en", *words)
    assert done.code == 2
    assert told in done.err
    assert done.out == ""


def test_a_missing_file_is_named(typed: Type, translator: Path, tmp_path: Path) -> None:
    done = typed("translate", translator, tmp_path / "none.en")
    assert done.code == 2
    assert "none.en: there is no such file" in done.err


def test_a_run_of_another_task_says_which_command_uses_it(typed: Type, translator: Path, finished: Path) -> None:
    wrong = typed("generate", translator, "A dog")
    assert (wrong.code, f"quatrain translate {translator}" in wrong.err) == (2, True)
    wrong = typed("translate", finished, "-")
    assert (wrong.code, f"quatrain generate {finished}" in wrong.err) == (2, True)


def test_options_of_scoring_belong_to_their_task(typed: Type, translator: Path, finished: Path) -> None:
    wrong = typed("evaluate", translator, "--stride", 3)
    assert (wrong.code, "--stride means nothing" in wrong.err, "--beam-size" in wrong.err) == (2, True, True)
    wrong = typed("evaluate", finished, "--beam-size", 3)
    assert (wrong.code, "--beam-size means nothing" in wrong.err) == (2, True)


def test_other_pairs_are_scored(typed: Type, translator: Path, tmp_path: Path) -> None:
    (tmp_path / "a.en").write_text("A dog runs.\nA man waits.\n")
    (tmp_path / "a.de").write_text("Ein Hund rennt.\nEin Mann wartet.\n")
    where = f"data.target_path={tmp_path / 'a.de'}"
    done = typed("evaluate", translator, tmp_path / "a.en", "--set", where, "--beam-size", 2, "--json")
    assert done.code == 0, done.err
    assert done.json["n_sentences"] == 2
    assert done.json["decoding"]["beam_size"] == 2
    wrong = typed("evaluate", translator, "--part", "tests")
    assert (wrong.code, "--part tests" in wrong.err) == (2, True)


def test_unequal_files_are_refused_with_the_line(typed: Type, tmp_path: Path) -> None:
    (tmp_path / "a.en").write_text("A dog runs.\nA man waits.\nA boy sings.\n")
    (tmp_path / "a.de").write_text("Ein Hund rennt.\nEin Mann wartet.\n")
    done = typed("train", tmp_path / "a.en", tmp_path / "a.de", "--steps", 1, "--out", tmp_path / "run", *SMALL)
    assert done.code == 2
    assert "3" in done.err
    assert "2" in done.err
    assert not (tmp_path / "run").exists()


def test_a_second_file_is_parallel_text_only(typed: Type, poems: Path, tmp_path: Path) -> None:
    done = typed("train", poems, poems, "--task", "language", "--steps", 1, "--out", tmp_path / "run")
    assert done.code == 2
    assert "--task translate" in done.err


def test_a_stopped_training_goes_on_to_the_same_weights(typed: Type, tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path / "pairs.tsv")
    assert typed("train", pairs, "--steps", 4, "--out", tmp_path / "whole", *SMALL).code == 0
    run = tmp_path / "parts"
    assert typed("train", pairs, "--steps", 4, "--out", run, "--set", "train.keep_checkpoints=4", *SMALL).code == 0
    (run / "result.json").unlink()
    (run / "model.safetensors").unlink()
    for late in sorted((run / "checkpoints").glob("step-*"))[2:]:
        for file in late.iterdir():
            file.unlink()
        late.rmdir()
    assert typed("train", "--resume", "--out", run).code == 0
    weights = [
        (folder / "checkpoints/step-000004/weights.safetensors").read_bytes() for folder in (tmp_path / "whole", run)
    ]
    assert weights[0] == weights[1]


def test_the_average_of_checkpoints_is_their_mean(typed: Type, tmp_path: Path) -> None:
    pairs, run = write_pairs(tmp_path / "pairs.tsv"), tmp_path / "run"
    assert typed("train", pairs, "--steps", 3, "--out", run, "--set", "train.keep_checkpoints=2", *SMALL).code == 0
    assert typed("average", run, "--last", 2, "--out", tmp_path / "mean").code == 0
    mean = qt.open_run(tmp_path / "mean", device="cpu").model.state_dict()
    from safetensors.torch import load_file

    last = [load_file(run / f"checkpoints/step-00000{step}/weights.safetensors") for step in (2, 3)]
    for name, weight in last[0].items():
        assert ((weight + last[1][name]) / 2 - mean[name]).abs().max() < 1e-6
    usual = typed("average", run, "--out", tmp_path / "usual", "--json")
    assert (usual.code, usual.json["last"]) == (0, 2)
    wrong = typed("average", run, "--last", 5, "--out", tmp_path / "other")
    assert wrong.code == 2
    assert "keeps 2 checkpoints, and 5 are needed. Ask for fewer (--last 2), or train one" in wrong.err
    assert f"quatrain train {pairs} --recipe {run / 'recipe.toml'} --set train.keep_checkpoints=5" in wrong.err


def test_pairs_too_long_to_be_learned_from_are_counted_aloud(typed: Type, tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path / "pairs.tsv")
    with pairs.open("a", encoding="utf-8") as file:
        file.write("A dog runs. A man waits. A boy sings.\tEin Hund rennt.\n")
    (tmp_path / "val.tsv").write_text("en\tde\nA dog waits.\tEin Hund wartet.\n", encoding="utf-8")
    folder = tmp_path / "data"
    folder.mkdir()
    pairs.rename(folder / "train.tsv")
    (tmp_path / "val.tsv").rename(folder / "val.tsv")
    done = typed("train", folder, "--steps", 1, "--out", tmp_path / "run", "--json", *SMALL)
    sentence = "1 pairs with a side of more than 32 tokens are not learned from."
    assert done.code == 0, done.err
    assert sentence in done.err
    assert done.json["data"]["left_out"] == sentence


def test_translators_are_not_mixed(typed: Type, translator: Path, tmp_path: Path) -> None:
    done = typed("mix", translator, translator, "--out", tmp_path / "both")
    assert (done.code, "only language models are mixed" in done.err) == (2, True)
    assert not (tmp_path / "both").exists()


def test_python_says_the_same(translator: Path) -> None:
    run = qt.open_run(translator, device="cpu")
    assert run.translate("A dog runs.", beam_size=1) == run.translate("A dog runs.", beam_size=1)
    alignment = run.align("A dog runs.", "Ein Hund rennt.")
    assert len(alignment["weights"]) == len(alignment["target"]) == len("Ein Hund rennt.") + 1
    assert all(abs(sum(row) - 1) < 1e-2 for row in alignment["weights"])
    with pytest.raises(qt.QuatrainError, match="'z'"):
        run.translate("A zebra runs.")
    with pytest.raises(qt.QuatrainError, match="quatrain translate"):
        run.generate("A dog")
