"""`quatrain mix`: two runs become one that every other verb takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Type


def test_a_run_and_its_n_gram_together(typed: Type, finished: Path, tmp_path: Path) -> None:
    data, ngram, both = finished.parent / "poems.txt", tmp_path / "ngram", tmp_path / "both"
    assert typed("train", data, "--model", "ngram", "--out", ngram).code == 0
    assert typed("mix", finished, ngram, "--out", both).code == 0
    scores = [typed("evaluate", run, "--json") for run in (finished, ngram, both)]
    assert [score.err for score in scores] == [""] * 3
    losses = [json.loads(score.out)["loss"] for score in scores]
    assert losses[2] < sum(losses[:2]) / 2
    written = json.loads(typed("generate", both, "the", "--max-new-tokens", "5", "--seed", "1", "--json").out)
    assert len(written["tokens"]) <= 5


@pytest.mark.parametrize("runs", [0, 1])
def test_fewer_than_two_runs_are_refused(typed: Type, finished: Path, tmp_path: Path, runs: int) -> None:
    refused = typed("mix", *[finished] * runs, "--out", tmp_path / "both")
    assert refused.code == 2
    assert "quatrain mix RUN RUN --out OUT" in refused.err


def test_another_tokenizer_is_refused(typed: Type, finished: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("an entirely different alphabet: 0123456789\n" * 30, encoding="utf-8")
    assert typed("train", other, "--model", "ngram", "--out", tmp_path / "ngram").code == 0
    refused = typed("mix", finished, tmp_path / "ngram", "--out", tmp_path / "both")
    assert refused.code == 2
    assert "has another tokenizer than" in refused.err


def test_a_mixture_cannot_be_resumed_nor_written_over(typed: Type, finished: Path, tmp_path: Path) -> None:
    assert typed("mix", finished, finished, "--out", tmp_path / "both").code == 0
    assert typed("mix", finished, finished, "--out", tmp_path / "both").code == 2
    refused = typed("train", "--resume", "--out", tmp_path / "both")
    assert refused.code == 2
    assert "Traceback" not in refused.err
