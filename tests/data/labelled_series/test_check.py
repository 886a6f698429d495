"""What `check` finds in labelled windows."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from quatrain.data import LabelledSeriesConfig, WindowReport, check_windows

from .conftest import windows, write_rows, write_table


def checked(path: Path, **settings: object) -> WindowReport:
    return check_windows(LabelledSeriesConfig(path=str(path), **settings))


def archive(folder: Path, values: np.ndarray, labels: list[str]) -> Path:
    write_rows(folder / "A_TRAIN.tsv", values, labels)
    return write_rows(folder / "A_TEST.tsv", *windows(8, seed=1)).parent


def test_counts_of_classes_by_part(tmp_path: Path) -> None:
    report = checked(archive(tmp_path, *windows(40)))
    assert report.is_usable
    assert (report.n_windows, report.windows) == (48, {"train": 32, "val": 8, "test": 8})
    assert report.class_counts["test"] == {"step": 4, "wave": 4}
    assert (report.imbalance, report.length) == (1.0, 12)
    assert report.lines()[1:4] == [
        "12 rows of 1 column each",
        "8 of 40 windows, the same share of each class, chosen by a hash of their numbers, validate. As given: test 8.",
        "train: step 16 (50%), wave 16 (50%)",
    ]


def test_windows_that_stand_twice_or_never_change_or_have_gaps_are_told_of(tmp_path: Path) -> None:
    values, labels = windows(40)
    values[2], values[3], values[5] = values[0], values[0], 1.0  # equal of the same class, of another; constant
    values[6] = windows(8, seed=1)[0][0]  # stands in the test part
    values[9, 4] = np.nan
    report = checked(archive(tmp_path, values, labels), missing="line")
    assert (report.missing.count, report.constant.count) == (1, 1)
    assert (report.duplicates.count, report.contradictory.count) == (1, 3)
    assert report.leaks["test"].count == 1
    text = "\n".join(report.lines())
    assert "note: windows in which a number is missing: 1 (" in text
    assert "note: windows that never change: 1 (" in text
    assert "note: windows equal to an earlier one: 1 (" in text
    assert "note: training windows that stand in another class, too: 3 (" in text
    assert "note: windows of test that stand in training, too: 1 (" in text


def test_windows_of_a_long_table_are_told_with_how_they_are_cut(tmp_path: Path) -> None:
    table = write_table(tmp_path / "x.csv", [("walk", 60), ("sit", 60)])
    report = checked(table, length=5)
    assert report.is_usable
    assert report.lines()[1] == "5 rows of 2 columns each"
    assert report.lines()[2].startswith("By time: of each class windows ")
    assert any(line.startswith("note: ") for line in report.lines())


def test_one_class_is_a_fault_and_counts_are_told_all_the_same(tmp_path: Path) -> None:
    report = checked(write_rows(tmp_path / "A_TRAIN.tsv", windows(10)[0], ["wave"] * 10))
    assert not report.is_usable
    assert report.class_counts == {"train": {"wave": 10}}
    assert (report.length, report.split, report.fingerprint) == (None, None, None)
    assert "ERROR: " in "\n".join(report.lines())
    assert "with one class there is nothing to tell apart" in "\n".join(report.lines())
