"""`check` of a series: what there is, what is wrong, what looks odd; nothing is raised."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from quatrain.data import SeriesConfig, check_series

from .tables import days, hours, walk, wave, write


def test_a_sound_series_is_described(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", {"date": hours(300), "load": wave(300)})
    report = check_series(SeriesConfig(path=str(path), horizon=12))
    assert report.is_usable
    assert report.frequency == "hourly"
    assert report.windows["test"] == 60 - 12 + 1
    text = "\n".join(report.lines())
    assert "300 rows, 2024-01-01 00:00:00 to 2024-01-13 11:00:00" in text
    assert "load: mean" in text
    assert json.loads(json.dumps(report.to_dict()))["n_rows"] == 300


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", {"date": hours(300), "load": wave(300)})
    lines = path.read_text().splitlines()
    lines[5], lines[9], lines[10] = f"{hours(300)[4]},x", lines[10], lines[9]
    path.write_text("\n".join(lines) + "\n")
    report = check_series(SeriesConfig(path=str(path)))
    assert not report.is_usable
    text = "\n".join(report.lines())
    assert "ERROR" in text
    assert "line 6: 'x' stands in column load" in text
    assert "time runs backwards" in text


def test_a_leak_and_a_missing_file_are_faults(tmp_path: Path) -> None:
    load = wave(300)
    path = write(tmp_path / "s.csv", {"date": hours(300), "load": load, "next": [*load[1:], load[-1]]})
    assert any("LEAK" in str(fault) for fault in check_series(SeriesConfig(path=str(path), horizon=3)).faults)
    assert not check_series(SeriesConfig(path=str(tmp_path / "nowhere.csv"))).is_usable


def test_a_series_that_wanders_or_moves_away_is_noted(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", {"date": days(600), "level": walk(600) + np.arange(600)})
    text = "\n".join(check_series(SeriesConfig(path=str(path), horizon=3)).lines())
    assert "the last value is hard to beat: level" in text
    assert "Far from where they were in training" in text


def test_a_value_far_out_is_noted(tmp_path: Path) -> None:
    load = wave(300)
    load[100] = 1e4
    path = write(tmp_path / "s.csv", {"date": hours(300), "load": load})
    assert "1 values of load are far out" in "\n".join(check_series(SeriesConfig(path=str(path), horizon=3)).lines())


@pytest.mark.parametrize(
    ("column", "n_rows", "is_told"),
    [("label", 50, True), ("Activity", 50, True), ("shift", 50, False), ("label", 1, False), ("label", 300, False)],
)
def test_numbers_that_look_like_classes_of_windows_are_told_of(
    tmp_path: Path, column: str, n_rows: int, is_told: bool
) -> None:
    path = tmp_path / "a.csv"
    draw = np.random.default_rng(0).normal(size=600)
    rows = [f"{place},{value:.3f},{place // n_rows % 2}" for place, value in enumerate(draw)]
    path.write_text("\n".join([f"time,x,{column}", *rows]) + "\n")
    how = f"to tell them: --task classify --set data.label_column={column}."
    said = f"Column {column} looks like classes of windows; {how}"
    assert (said in check_series(SeriesConfig(path=str(path))).notes) is is_told
