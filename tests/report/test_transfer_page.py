"""The page of what a start is worth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from quatrain.errors import RunError
from quatrain.report import write_transfer_report

from .outline import HOSTILE, Outline, said


def arm(*values: float) -> dict[str, Any]:
    return {"values": list(values), "mean": sum(values) / len(values)}


def content(**changes: Any) -> dict[str, Any]:
    points = [
        {"n_labels": n, "scratch": arm(a, a + 0.02), "start": arm(a + 0.1, a + 0.1), "counted": arm(a - 0.1, a - 0.08),
         "gain": 0.09, "interval": [0.01, 0.17]}
        for n, a in ((20, 0.5), (400, 0.7))
    ]  # fmt: skip
    runs = [
        {"run": "start-all-0", "n_labels": 400, "start": True, "seed": 0, "accuracy": 0.8},
        {"run": "scratch-all-1", "n_labels": 400, "start": False, "seed": 1, "accuracy": 0.83},
    ]
    return {
        "data": "reviews.tsv", "start": "runs/masked", "tune": "full", "measure": "accuracy", "score": "accuracy",
        "seconds": 60.0, "budget": "20 updates each", "verdict": "With 20 labels it helps.", "points": points,
        "runs": runs, **changes,
    }  # fmt: skip


def page_of(folder: Path, **changes: Any) -> str:
    (folder / "transfer.json").write_text(json.dumps(content(**changes)), encoding="utf-8")
    return write_transfer_report(folder).read_text(encoding="utf-8")


def test_all_three_curves_stand_in_the_picture_and_in_the_table(tmp_path: Path) -> None:
    words = said(page_of(tmp_path))
    assert "Labels From scratch From the start Counted Gain, points 95 % interval" in words
    assert "20 51.0 % 60.0 % 41.0 % +9.0 +1.0 to +17.0" in words
    assert "With 20 labels it helps." in words


def test_the_best_run_is_the_one_to_use(tmp_path: Path) -> None:
    assert f"quatrain predict {tmp_path}/scratch-all-1 FILE" in page_of(tmp_path)
    assert f"quatrain predict {tmp_path}/start-all-0 FILE" in page_of(tmp_path, runs=[])


def test_words_from_outside_are_shown_and_do_not_act(tmp_path: Path) -> None:
    outline = Outline(page_of(tmp_path, data=HOSTILE, start=HOSTILE, verdict=HOSTILE, measure=HOSTILE, score=HOSTILE))
    assert outline.open == []
    assert {tag for tag, _ in outline.elements}.isdisjoint({"script", "img"})


def test_without_its_file_it_is_said_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"holds no transfer\.json; type quatrain transfer again"):
        write_transfer_report(tmp_path)
