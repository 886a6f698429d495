"""Starting from a trained model as it is typed: what takes it on, what goes on when it is gone, and what is refused."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from quatrain.cli import main
from quatrain.training.loop import StepRecord, Trainer

from .conftest import Type

QUICK = ("--quiet", "--device", "cpu", "--set", "train.dtype=float32", "--set", "train.batch_size=4")
"""Of a training that starts from something."""
SMALL = (
    *QUICK,
    *("--set", "model.d_model=16", "--set", "model.n_layers=2", "--set", "model.max_seq_len=48"),
    *("--set", "train.seq_len=16", "--set", "data.tokenizer.name=byte"),
)
"""Of a language model that is started from."""
KINDS = ("gpt2", "llama", "lstm", "hyena", "hyena+transformer")
WORDS = ("small", "grey", "boats", "were", "drawn", "over", "sand", "while", "gulls", "cried")
OFTEN = ("--set", "train.checkpoint_seconds=0", "--set", "train.keep_checkpoints=9")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text, labelled sentences, tagged ones, parallel text, and language models of the text; read-only."""
    folder, draw = tmp_path_factory.mktemp("starts"), random.Random(0)
    text = "\n".join(" ".join(draw.choices(WORDS, k=6)) + " ." for _ in range(150))
    (folder / "boats.txt").write_text(text, encoding="utf-8")
    labelled = [f"{' '.join(draw.choices(WORDS, k=4))} {i}\t{('calm', 'rough')[i % 2]}" for i in range(60)]
    (folder / "seas.tsv").write_text("\n".join(["text\tlabel", *labelled]) + "\n", encoding="utf-8")
    tagged = [f"Ann\tB-who\nsaw\tO\n{draw.choice(('Oslo', 'Rome'))}\tB-where\n.\tO\n" for _ in range(60)]
    (folder / "seen.conll").write_text("\n".join(tagged), encoding="utf-8")
    for name, some in (("first", WORDS[:7]), ("second", WORDS[3:])):
        sides = [" ".join(draw.choices(some, k=3)) for _ in range(80)]
        rows = "\n".join(["en\tne", *(f"{side}\t{side[::-1]}" for side in sides)])
        (folder / f"{name}.tsv").write_text(rows + "\n", encoding="utf-8")
    with patch.dict(os.environ, {"XDG_CACHE_HOME": str(folder / "cache")}):
        for kind in KINDS:
            words = ["train", str(folder / "boats.txt"), "--model", kind, "--size", "tiny", "--steps", "2"]
            assert main([*words, "--out", str(folder / kind), *SMALL]) == 0
    return folder


@pytest.fixture
def start(place: Path, tmp_path: Path) -> Path:
    """A start of one's own, that may be changed."""
    return shutil.copytree(place / "llama", tmp_path / "start")


def model_of(run: Path) -> Any:
    return json.loads((run / "config.json").read_text())["model"]


def checksum(run: Path) -> str:
    return hashlib.sha256((run / "model.safetensors").read_bytes()).hexdigest()


def stopped(monkeypatch: pytest.MonkeyPatch, typed: Type, *words: object, at: int = 3) -> None:
    """Type a training that Ctrl-C stops after a few steps."""
    step = Trainer._step

    def interrupted(trainer: Trainer) -> StepRecord:
        if trainer.state.step == at:
            os.kill(os.getpid(), signal.SIGINT)
        return step(trainer)

    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "_step", interrupted)
        assert typed(*words).code == 130


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("data", "tune"), [("seas.tsv", "full"), ("seen.conll", "lora"), ("seas.tsv", "frozen")])
def test_a_classifier_and_a_tagger_take_on_a_language_model(
    place: Path, typed: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, data: str, tune: str
) -> None:
    run, asked = tmp_path / "run", ("train", place / data, "--from", place / kind, "--tune", tune, "--steps", 6)
    done = typed(*asked, "--out", run, *QUICK, *OFTEN)
    assert done.code == 0, done.err
    theirs, ours = model_of(place / kind), model_of(run)["backbone"]
    assert ours["kind"] == "language"
    assert ours["lm"] | {"dropout": theirs["dropout"]} == theirs

    (tmp_path / "lines.txt").write_text("grey boats cried .\nAnn saw Oslo .\n", encoding="utf-8")
    answers = typed("predict", run, tmp_path / "lines.txt", "--json")
    assert answers.code == 0, answers.err
    assert len(answers.out.splitlines()) == 2
    assert typed("evaluate", run).code == 0

    stopped(monkeypatch, typed, *asked, "--out", tmp_path / "stopped", *QUICK, *OFTEN)
    resumed = typed("train", "--resume", "--out", tmp_path / "stopped", "--quiet")
    assert resumed.code == 0, resumed.err
    assert checksum(tmp_path / "stopped") == checksum(run)

    averaged = typed("average", run, "--out", tmp_path / "mean")
    assert averaged.code == 0, averaged.err
    again = typed("train", place / data, "--from", run, "--steps", 1, "--out", tmp_path / "again", *QUICK)
    assert again.code == 0, again.err


def test_what_is_counted_is_no_start(place: Path, typed: Type, tmp_path: Path) -> None:
    counted = ("--model", "ngram", "--quiet", "--set", "data.tokenizer.name=byte")
    assert typed("train", place / "boats.txt", *counted, "--out", tmp_path / "counted").code == 0
    done = typed("train", place / "seas.tsv", "--from", tmp_path / "counted", "--steps", 1, "--out", tmp_path / "run")
    assert done.code == 2
    assert f"--from {tmp_path / 'counted'}: a model of kind 'ngram' has no body" in done.err
    assert not (tmp_path / "run").exists()


STARTED: dict[str, tuple[str, tuple[str, ...]]] = {
    "classify": ("seas.tsv", ()),
    "tag": ("seen.conll", ()),
    "language": ("boats.txt", ("--set", "train.seq_len=16")),
}


@pytest.mark.parametrize("task", STARTED)
def test_a_run_is_scored_and_gone_on_with_when_its_start_is_gone(
    place: Path, typed: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: str
) -> None:
    start, (data, words) = shutil.copytree(place / "llama", tmp_path / "start"), STARTED[task]
    asked = ("train", place / data, "--from", start, "--steps", 6, *QUICK, *OFTEN, *words)
    assert typed(*asked, "--out", tmp_path / "whole").code == 0
    stopped(monkeypatch, typed, *asked, "--out", tmp_path / "stopped")
    shutil.rmtree(start)
    scored = typed("evaluate", tmp_path / "whole", "--json")
    assert scored.code == 0, scored.err
    moved = (tmp_path / "stopped").rename(tmp_path / "moved")
    resumed = typed("train", "--resume", "--out", moved, "--quiet")
    assert resumed.code == 0, resumed.err
    assert checksum(moved) == checksum(tmp_path / "whole")
    assert typed("evaluate", moved, "--json").json["loss"] == scored.json["loss"]
    averaged = typed("average", moved, "--out", tmp_path / "mean")
    assert averaged.code == 0, averaged.err


@pytest.mark.parametrize("shared", ["true", "false"])
def test_a_translator_goes_on_with_the_vocabularies_of_its_start(
    place: Path, typed: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: str
) -> None:
    start, run = tmp_path / "start", tmp_path / "run"
    words = ("--set", "data.tokenizer.name=word", "--set", f"data.shared_vocabulary={shared}", "--size", "tiny")
    made = typed("train", place / "first.tsv", "--task", "translate", *words, "--steps", 2, "--out", start, *QUICK)
    assert made.code == 0, made.err
    asked = ("--task", "translate", "--from", start, "--steps", 6, *QUICK, *OFTEN)
    done = typed("train", place / "second.tsv", *asked, "--out", run)
    assert done.code == 0, done.err
    files = {file.name for file in start.glob("*tokenizer.json")}
    assert ("source_tokenizer.json" in files) == (shared == "false")
    for name in files:
        assert (run / name).read_text() == (start / name).read_text()
    stopped(monkeypatch, typed, "train", place / "second.tsv", *asked, "--out", tmp_path / "stopped")
    shutil.rmtree(start)
    assert typed("evaluate", run).code == 0
    resumed = typed("train", "--resume", "--out", tmp_path / "stopped", "--quiet")
    assert resumed.code == 0, resumed.err
    assert checksum(tmp_path / "stopped") == checksum(run)


@pytest.mark.parametrize(
    ("data", "words", "said"),
    [
        ("seas.tsv", ("--size", "small"), "--size small: the model is that of the start"),
        ("seas.tsv", ("--model", "lstm"), "--model lstm: the model is that of the start"),
        ("seas.tsv", ("--model", "transformer"), "--model transformer: the model is that of the start"),
        ("seen.conll", ("--model", "bilstm"), "--model bilstm: the model is that of the start"),
        ("boats.txt", ("--model", "gpt2"), "--model gpt2: the model is that of the start"),
        ("boats.txt", ("--set", "data.tokenizer.name=bpe"), "--set data.tokenizer.name=bpe: the start"),
        ("seas.tsv", ("--set", "data.tokenizer.name=bpe"), "decides data.tokenizer, for its model reads nothing else"),
        ("seas.tsv", ("--set", "data.tokenizer.lowercase=true"), "--set data.tokenizer.lowercase=true: the start"),
        ("seen.conll", ("--set", "data.units=words"), "--set data.units=words: the start"),
        ("seas.tsv", ("--set", "model.backbone.lm.d_model=8"), "model.backbone.lm.d_model is 8, and 16 there"),
        ("boats.txt", ("--set", "model.d_model=8"), "leave out model.d_model, or leave out --from"),
        ("seas.tsv", ("--set", "model.backbone.lm.n_layers=1"), "model.backbone.lm.n_layers is 1, and 2 there"),
        ("boats.txt", ("--task", "masked"), "reads what stands before a word and nothing after it"),
        ("boats.txt", ("--from", ""), "--from: names no folder"),
        ("boats.txt", ("--from", " "), "--from: names no folder"),
    ],
)
def test_a_word_that_contradicts_the_start_is_refused_before_anything_is_counted(
    place: Path, typed: Type, tmp_path: Path, data: str, words: tuple[str, ...], said: str
) -> None:
    start = () if "--from" in words else ("--from", place / "llama")
    done = typed(
        "train", place / data, *start, "--steps", 1, "--out", tmp_path / "run", "--set", "train.seq_len=16", *words
    )
    assert done.code == 2, done.err
    assert said in done.err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_word_for_what_the_start_is_may_be_typed(place: Path, typed: Type, kind: str) -> None:
    asked = ("train", place / "boats.txt", "--from", place / kind, "--steps", 1, "--set", "train.seq_len=16")
    agreeing = ("--model", kind, "--size", "auto", "--set", "data.tokenizer.name=auto")
    done = typed(*asked, *agreeing, "--dry-run")
    assert done.code == 0, done.err
    assert done.out == typed(*asked, "--dry-run").out


@pytest.mark.parametrize("data", ["boats.txt", "seas.tsv", "seen.conll"])
@pytest.mark.parametrize("fault", ["no vocabulary", "cut short", "no weights"])
def test_a_damaged_start_is_refused_before_anything_is_counted(
    place: Path, start: Path, typed: Type, tmp_path: Path, data: str, fault: str
) -> None:
    weights = start / "model.safetensors"
    if fault == "no vocabulary":
        (start / "tokenizer.json").unlink()
    elif fault == "cut short":
        weights.write_bytes(weights.read_bytes()[:-9])
    else:
        weights.unlink()
    said = {
        "no vocabulary": f"{start}: is damaged: its model reads tokens, and its tokenizer.json is missing",
        "cut short": f"{weights}: damaged",
        "no weights": f"{start}: holds no weights yet",
    }[fault]
    words = ("--from", start, "--steps", 1, "--set", "train.seq_len=16")
    done = typed("train", place / data, *words, "--out", tmp_path / "run")
    assert done.code == 2
    assert said in done.err
    assert not (tmp_path / "run").exists()
    if data == "seas.tsv":
        measured = typed("transfer", place / data, *words, "--out", tmp_path / "worth")
        assert measured.code == 2
        assert said in measured.err
        assert not (tmp_path / "worth").exists()


def test_characters_the_start_does_not_know_are_told_with_what_helps(place: Path, typed: Type, tmp_path: Path) -> None:
    letters = tmp_path / "letters"
    made = ("--model", "llama", "--size", "tiny", "--steps", 1, "--set", "data.tokenizer.name=char", *QUICK)
    assert typed("train", place / "boats.txt", *made, "--out", letters).code == 0
    done = typed("train", place / "seas.tsv", "--from", letters, "--steps", 1, "--out", tmp_path / "run")
    assert done.code == 2
    assert f"characters that the tokenizer of {letters} knows" in done.err
    assert f"Train {letters} again with --set data.tokenizer.name=byte (or bpe)" in done.err


def test_a_missing_start_names_a_few_runs_that_are_near(
    place: Path, typed: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(30):
        (tmp_path / "runs" / f"poems-{i}").mkdir(parents=True)
        (tmp_path / "runs" / f"poems-{i}" / "config.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    done = typed("train", place / "seas.tsv", "--from", "runs/poem-7", "--steps", 1)
    assert done.code == 2
    assert "runs/poem-7: there is no run here. Did you mean 'runs/poems-7'?" in done.err
    assert "and 25 more in runs." in done.err
    assert done.err.count("runs/poems-") == 6
