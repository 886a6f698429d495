"""A tagger from its files to what it is used for, as commands."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

import quatrain as qt
from quatrain.api.found_entities import FoundEntity
from quatrain.cli import main
from quatrain.errors import DataError, RunError

from .conftest import Outcome, Type

TINY = (
    *("--device", "cpu", "--set", "train.dtype=float32", "--set", "model.backbone.d_model=8"),
    *("--set", "model.backbone.d_word=8", "--set", "model.backbone.d_spelling=8", "--set", "model.backbone.dropout=0"),
    *("--set", "model.backbone.word_dropout=0", "--set", "model.dropout=0", "--set", "optim.lr=0.03"),
    *("--set", "optim.schedule.warmup_steps=1", "--set", "train.n_validations=3"),
)
NAMES, PLACES = ("Ann", "Bob", "Carla", "Dirk"), ("Rome", "Oslo", "New York")


def conll(n: int) -> str:
    sentences = []
    for i in range(n):
        place = PLACES[i % 3].split()
        tags = ["B-place", "I-place"][: len(place)]
        rows = [(NAMES[i % 4], "B-person"), ("left", "O"), *zip(place, tags, strict=True), ("." if i % 5 else "!", "O")]
        sentences.append("".join(f"{word}\t{tag}\n" for word, tag in rows))
    return "\n".join(sentences)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished tagger, its data beside it; read-only."""
    folder = tmp_path_factory.mktemp("tagger")
    data = folder / "towns"
    data.mkdir()
    for name, n in (("train.conll", 60), ("dev.conll", 12), ("test.conll", 12)):
        (data / name).write_text(conll(n), encoding="utf-8")
    assert main(["train", str(data), "--steps", "30", "--out", str(folder / "run"), "--quiet", *TINY]) == 0
    return folder / "run"


def test_the_result_holds_f1_its_interval_and_what_stands_beside_it(run: Path) -> None:
    result = json.loads((run / "result.json").read_text())
    assert result["task"] == "tag"
    assert result["f1"] > 0.9
    assert result["interval"][0] <= result["f1"] <= result["interval"][1]
    assert {"f1", "interval", "name"} <= result["baseline"].keys()
    assert {"mean", "interval"} == result["difference"].keys()
    assert {result["baseline"]["key"], result["beside"][0]["key"]} == {"dictionary", "logistic_regression"}
    assert result["tests"]["test"]["baseline"]["key"] == result["baseline"]["key"]
    assert result["tests"]["test"]["n_entities"] == 24
    assert set(result["by_type"]) == {"person", "place"}
    assert "accuracy" not in result
    samples = [json.loads(line) for line in (run / "samples.jsonl").read_text().splitlines()]
    assert all(len(s["words"]) == len(s["tags"]) == len(s["true"]) == len(s["probabilities"]) for s in samples)


def test_the_task_is_guessed_from_the_data(run: Path, typed: Type) -> None:
    recipe = typed("train", run.parent / "towns", "--dry-run", "--steps", 3)
    assert 'task = "tag"' in recipe.out
    assert 'kind = "tagged"' in recipe.out
    assert 'kind = "crf"' in recipe.out
    assert 'kind = "lstm"' in typed("train", run.parent / "towns", "--dry-run", "--model", "bilstm", "--steps", 3).out


def test_a_text_in_and_conll_out(run: Path, typed: Type, tmp_path: Path) -> None:
    (tmp_path / "new.txt").write_text("Ann left New York.\n\nBob left Rome !\n", encoding="utf-8")
    told = typed("predict", run, tmp_path / "new.txt")
    assert told.code == 0
    first, second, third = told.out.split("\n\n")
    assert first == "Ann\tB-person\nleft\tO\nNew\tB-place\nYork\tI-place\n.\tO"
    assert second.lstrip("\n").startswith("Bob\tB-person")
    assert third in ("", "\n")


def test_json_has_words_tags_probabilities_and_entities(run: Path, typed: Type, tmp_path: Path) -> None:
    (tmp_path / "new.conll").write_text("Ann\nleft\nNew\nYork\n\nBob\tO\n", encoding="utf-8")
    told = typed("predict", run, tmp_path / "new.conll", "--json")
    first, second = map(json.loads, told.out.splitlines())
    assert first["tags"] == ["B-person", "O", "B-place", "I-place"]
    assert [(e["text"], e["type"], e["start"], e["end"]) for e in first["entities"]] == [
        ("Ann", "person", 0, 1),
        ("New York", "place", 2, 4),
    ]
    assert first["entities"][1]["probability"] == min(first["probabilities"][2:4])
    assert (second["words"], second["error"]) == (["Bob"], None)


def test_a_line_that_is_no_text_is_told_and_the_others_answered(
    run: Path, typed: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = io.TextIOWrapper(io.BytesIO(b"Ann left Rome.\n\xff\xfe\nBob left Oslo."))
    monkeypatch.setattr(sys, "stdin", lines)
    told: Outcome = typed("predict", run)
    assert told.code == 1
    assert told.err.startswith("example 2: the line is not UTF-8: save the file as UTF-8, or name its encoding")
    assert told.out.count("B-person") == 2


def test_evaluate_scores_parts_and_other_data(run: Path, typed: Type, tmp_path: Path) -> None:
    own = typed("evaluate", run, "--part", "test", "--json").json
    assert own["f1"] == json.loads((run / "result.json").read_text())["tests"]["test"]["f1"]
    (tmp_path / "other.conll").write_text("Ann x B-person\nbought x O\nAcme x B-firm\n", encoding="utf-8")
    other = typed("evaluate", run, tmp_path / "other.conll")
    assert "entity F1" in other.out
    assert "firm 0.0 (1)" in other.out
    missing = typed("evaluate", run, "--part", "tst")
    assert missing.code == 2
    assert "Did you mean 'test'" in missing.err


def test_check_tells_what_is_there(run: Path, typed: Type) -> None:
    told = typed("check", run.parent / "towns")
    assert told.code == 0
    assert "train: 120 entities (person 60, place 60)" in told.out
    assert "stand in training word for word" in told.out
    assert "Train on it: quatrain train" in told.out


def test_python_finds_entities_in_texts_and_in_lists_of_words(run: Path) -> None:
    opened = qt.open_run(run)
    in_text, in_words = opened.predict("Yes: Ann left New York", ["Bob", "left"])
    assert (in_text[-1].text, in_text[-1].start, in_text[-1].end) == ("New York", 14, 22)
    assert isinstance(in_text[0], FoundEntity)
    assert [(e.text, e.start, e.end) for e in in_words] == [("Bob", 0, 1)]
    assert opened.predict() == []
    with pytest.raises(DataError, match="a sentence is a text or a list of words"):
        opened.predict([1, 2])
    with pytest.raises(DataError, match="a sentence is a text or a list of words"):
        opened.predict(None)
    with pytest.raises(RunError, match=r"cannot generate\. Use it with: quatrain predict"):
        opened.generate("Ann")


def test_words_have_vectors_that_know_the_words_around(run: Path) -> None:
    opened = qt.open_run(run)
    one, other, none = opened.embed("Ann left Rome", ["Ann", "left", "New", "York"], [])
    assert (one.shape, other.shape, none.shape) == ((3, 8), (4, 8), (0, 8))
    assert not np.allclose(one[0], other[0])
    assert np.allclose(one, opened.embed(["Ann", "left", "Rome"])[0], atol=1e-6)


def test_a_stopped_training_goes_on_to_the_same_bytes(run: Path, typed: Type, tmp_path: Path) -> None:
    data, often = run.parent / "towns", ("--set", "train.checkpoint_seconds=0", "--set", "train.keep_checkpoints=9")
    dropping = ("--set", "model.dropout=0.3", "--set", "model.backbone.word_dropout=0.3")
    assert typed("train", data, "--steps", 6, "--out", tmp_path / "one", "--quiet", *TINY, *often, *dropping).code == 0
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    (tmp_path / "two" / "result.json").unlink()
    for newest in sorted((tmp_path / "two" / "checkpoints").iterdir())[-2:]:
        shutil.rmtree(newest)
    assert typed("train", "--resume", "--out", tmp_path / "two", "--quiet").code == 0
    sums = [hashlib.sha256((tmp_path / name / "model.safetensors").read_bytes()).hexdigest() for name in ("one", "two")]
    assert sums[0] == sums[1]


def test_pieces_of_words_and_a_trained_body_are_read_too(run: Path, typed: Type, tmp_path: Path) -> None:
    pieces = ("--set", "data.tokenizer.name=wordpiece", "--set", "data.tokenizer.vocab_size=90")
    sizes = ("--set", "model.backbone.d_model=8", "--set", "train.dtype=float32", "--device", "cpu")
    data = run.parent / "towns"
    typed_run = typed("train", data, "--model", "gru", "--steps", 2, "--out", tmp_path / "p", *pieces, *sizes)
    assert typed_run.code == 0, typed_run.err
    assert json.loads((tmp_path / "p" / "config.json").read_text())["model"]["backbone"]["kind"] == "text"
    for start in (tmp_path / "p", run):
        again = typed(
            "train", data, "--from", start, "--steps", 2, "--out", tmp_path / f"from-{start.name}", "--device", "cpu"
        )
        assert again.code == 0, again.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--model", "bilstn"), "--model bilstn: no model is called 'bilstn'. Did you mean 'bilstm'"),
        (("--set", "data.tag_column=ner"), "data.tag_column=ner: columns of CoNLL files have no names"),
        (("--set", "data.units=letters"), "data.units"),
    ],
)
def test_what_cannot_be_meant_is_refused(run: Path, typed: Type, words: tuple[str, ...], message: str) -> None:
    outcome = typed("train", run.parent / "towns", "--steps", 2, *words)
    assert outcome.code == 2
    assert message in outcome.err
