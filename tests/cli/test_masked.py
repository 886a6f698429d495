"""A masked language model as it is typed: trained, asked, scored, gone on with; and what is refused."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest
import torch

import quatrain as qt
from quatrain.cli import main
from quatrain.errors import DataError, RunError

from .conftest import TINY, Type

SMALL = (
    *("--task", "masked", "--size", "tiny", "--device", "cpu", "--model", "transformer"),
    *("--set", "model.backbone.d_model=16", "--set", "model.backbone.n_layers=1"),
    *("--set", "model.backbone.max_seq_len=24", "--set", "train.seq_len=24", "--set", "train.batch_size=4"),
    *("--set", "data.tokenizer.name=word", "--set", "train.dtype=float32", "--set", "train.n_validations=2"),
    *("--set", "train.checkpoint_seconds=0"),
)
WORDS = ["small", "grey", "boats", "were", "drawn", "over", "sand", "while", "gulls", "cried"]


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    draw = random.Random(0)
    path = tmp_path_factory.mktemp("text") / "boats.txt"
    lines = (" ".join(draw.choices(WORDS, k=6)) + " ." for _ in range(150))
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def trained(text: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run; read-only."""
    folder = tmp_path_factory.mktemp("masked")
    with patch.dict(os.environ, {"XDG_CACHE_HOME": str(folder / "cache")}):
        assert main(["train", str(text), *SMALL, "--steps", "6", "--out", str(folder / "run"), "--quiet"]) == 0
    return folder / "run"


def test_from_text_to_answers(trained: Path, typed: Type, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    result = json.loads((trained / "result.json").read_text())
    assert result["task"] == "masked"
    assert {"loss", "perplexity", "accuracy", "interval", "baseline", "beside", "next_sentence"} <= result.keys()
    assert {result["baseline"]["key"], result["beside"][0]["key"]} == {"neighbours", "without_row"}
    assert result["baseline"]["n_targets"] == result["n_targets"]
    assert result["difference"]["interval"][0] <= result["difference"]["mean"] <= result["difference"]["interval"][1]
    for page in ("report.html", "README.md"):
        assert "counted neighbours" in (trained / page).read_text()

    stdin = SimpleNamespace(buffer=io.BytesIO(b"small [MASK] boats\nnothing hidden\nthe <mask> cried\n"))
    monkeypatch.setattr(sys, "stdin", stdin)
    told = typed("predict", trained)
    assert told.code == 1
    assert "example 2: nothing is hidden in 'nothing hidden'" in told.err
    assert told.out.count("    1: ") == 2

    questions = tmp_path / "questions.txt"
    questions.write_text("small [MASK] boats [MASK] .\n")
    answer = typed("predict", trained, questions, "--json").json
    assert [len(place) for place in answer["places"]] == [5, 5]

    scored = typed("evaluate", trained, "--json").json
    assert scored["loss"] == pytest.approx(result["loss"])
    assert scored["baseline"]["loss"] == pytest.approx(result["baseline"]["loss"])
    assert "nats per hidden token" in typed("evaluate", trained, "--part", "train", "--context", "20").out


def test_the_log_tells_the_loss_of_validations_and_that_of_pairs_beside_it(trained: Path, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in (trained / "metrics.jsonl").read_text().splitlines()]
    steps, checks = ([line for line in lines if line["split"] == split] for split in ("train", "val"))
    assert all(0.3 < step["pair_loss"] < 1.5 for step in steps)
    assert abs(steps[0]["loss"] - checks[0]["loss"]) < 0.5 * steps[0]["pair_loss"]


def test_one_file_is_one_document_though_it_is_cut(trained: Path, finished: Path, text: Path, typed: Type) -> None:
    assert typed("check", text, "--task", "masked", "--json").json["n_documents"] == 1
    for run in (trained, finished):
        assert json.loads((run / "result.json").read_text())["data"]["n_documents"] == 1


def test_other_text_is_scored_too(trained: Path, text: Path, typed: Type) -> None:
    scored = typed("evaluate", trained, text, "--json").json
    assert scored["baseline"] is None
    assert scored["next_sentence"]["n_pairs"] > 0


def test_a_run_stopped_goes_on_to_the_same_weights(trained: Path, text: Path, typed: Type, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert typed("train", text, *SMALL, "--steps", 6, "--out", other, "--quiet").code == 0
    (other / "result.json").unlink()
    shutil.rmtree(sorted((other / "checkpoints").iterdir())[-1])
    assert typed("train", "--resume", "--out", other, "--quiet").code == 0
    weights = [(run / "model.safetensors").read_bytes() for run in (trained, other)]
    assert weights[0] == weights[1]


def test_vectors_of_texts(trained: Path) -> None:
    run = qt.open_run(trained)
    one, other = run.embed("small grey boats", "boats were small")
    assert one.tokens == ("small", "grey", "boats")
    assert one.vectors.shape == (3, 16)
    assert not torch.allclose(one.vectors[0], other.vectors[2])  # the same word among others
    torch.testing.assert_close(one.vector, one.vectors.mean(dim=0))
    with pytest.raises(DataError, match="the text is empty"):
        run.embed("")
    with pytest.raises(DataError, match="has 32 tokens, and the model reads 24"):
        run.embed("boats " * 30)


def test_a_decoder_gives_vectors_too(finished: Path) -> None:
    (found,) = qt.open_run(finished).embed("the quick")
    assert found.vectors.shape == (9, 8)
    assert "".join(found.tokens) == "the quick"


def test_a_translator_gives_vectors_of_sources(tmp_path: Path, typed: Type) -> None:
    lines = ["en\tde", *(f"a dog runs {n}\tein Hund rennt {n}" for n in "abcdefghijklmnopqrstuvwxyz")]
    (tmp_path / "pairs.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    small = ("--size", "tiny", "--set", "model.d_model=8", "--set", "model.encoder.n_layers=1", "--steps", "2")
    assert typed("train", tmp_path / "pairs.tsv", *small, "--out", tmp_path / "en-de", "--quiet").code == 0
    (found,) = qt.open_run(tmp_path / "en-de").embed("a dog")
    assert found.vectors.shape == (len(found.tokens), 8)


def test_an_ngram_has_no_vectors(tmp_path: Path, typed: Type, poems: Path) -> None:
    assert typed("train", poems, "--model", "ngram", "--out", tmp_path / "ngram", "--quiet").code == 0
    with pytest.raises(RunError, match="no context-aware vectors"):
        qt.open_run(tmp_path / "ngram").embed("the fox")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--model", "encodr"), "--model encodr: no model is called 'encodr'. Did you mean 'encoder'?"),
        (("--size", "vast"), "--size vast: unknown."),
        (("--set", "data.mask_fraction=1.5"), "data.mask_fraction: input should be less than 1"),
        (("--set", "train.seq_len=999"), "model.backbone.max_seq_len=128"),
        (("--set", "data.whole_words=true"), "no setting has this name. Did you mean 'whole_word'"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: Path, typed: Type, words: tuple[str, ...], said: str) -> None:
    refused = typed("train", text, "--task", "masked", "--steps", 1, *words)
    assert refused.code == 2
    assert said in refused.err


def test_what_belongs_to_another_task_is_declined(trained: Path, finished: Path, typed: Type) -> None:
    assert "quatrain predict" in typed("generate", trained, "x").err
    assert "was trained for the task 'language'" in typed("predict", finished).err
    assert "--stride means nothing for a run of the task 'masked'" in typed("evaluate", trained, "--stride", 3).err
    told = typed("predict", trained, "--set", "data.missing=last").err
    assert "--set means nothing for a run of the task 'masked'" in told
    too_far = typed("evaluate", trained, "--context", 99)
    assert too_far.code == 2
    assert "the model reads 24 tokens" in too_far.err
    assert "no such part" in typed("evaluate", trained, "--part", "test").err


def test_hidden_tokens_are_never_guessed_to_be_meant(poems: Path) -> None:
    from quatrain.training import Request, data_config

    assert data_config(Request(data=str(poems))).kind == ""


def test_tiny_flags_are_for_decoders(text: Path, typed: Type, tmp_path: Path) -> None:
    refused = typed("train", text, "--task", "masked", *TINY, "--steps", 1, "--out", tmp_path / "no")
    assert refused.code == 2
    assert "no model is called 'gpt2'" in refused.err
