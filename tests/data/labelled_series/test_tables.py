"""Long tables: which column is what, how they are cut, and into which parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from quatrain.data import LabelledSeriesConfig, WindowData, WindowExamples, open_windows
from quatrain.errors import DataError

from .conftest import write_table

STRETCHES = [("walk", 60), ("sit", 60), ("walk", 60), ("sit", 60)]


def opened(path: Path, **settings: object) -> WindowData:
    return open_windows(LabelledSeriesConfig(path=str(path), **settings))


def rows_of(part: WindowExamples) -> set[int]:
    """Which rows of the table stand in a part: the first column counts them."""
    return {int(count) for window in part.values for count in window[:, 0]}


@pytest.mark.parametrize("dated", [False, True])
def test_columns_are_found_by_what_stands_in_them(tmp_path: Path, dated: bool) -> None:
    data = opened(write_table(tmp_path / "a.csv", STRETCHES, dated=dated))
    assert data.columns == ("count", "x")
    assert data.classes == ("sit", "walk")
    config = data.config
    assert (config.label_column, config.time_column) == ("activity", "when" if dated else "time")
    assert (config.length, config.stride) == (15, 7)
    assert "The labels stand in 'activity'." in data.notes


def test_gaps_in_time_are_told(tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", STRETCHES)
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    assert not any("left out in" in note for note in opened(path).notes)
    path.write_text("\n".join([head, *rows[:70], *rows[75:150], *rows[160:]]) + "\n", encoding="utf-8")
    told = "Rows are left out in 2 places, before line 72, line 147: windows run across them row by row."
    assert told in opened(path).notes


def test_windows_never_reach_over_a_change_of_label(tmp_path: Path) -> None:
    data = opened(write_table(tmp_path / "a.csv", STRETCHES), length=10, stride=3)
    for part in data.parts.values():
        for window, label in zip(part.values, part.labels, strict=True):
            counts = window[:, 0].astype(int)
            assert np.array_equal(counts, np.arange(counts[0], counts[0] + 10))
            assert {counts[0] // 60, counts[-1] // 60} == {counts[0] // 60}
            assert data.classes[label] == STRETCHES[counts[0] // 60][0]


@pytest.mark.parametrize("stride", [1, 3, 10, 15])
def test_no_row_stands_in_two_parts_and_what_reaches_over_a_cut_is_counted(tmp_path: Path, stride: int) -> None:
    data = opened(write_table(tmp_path / "a.csv", STRETCHES), length=10, stride=stride)
    rows = {name: rows_of(part) for name, part in data.parts.items()}
    assert not rows["train"] & rows["val"]
    assert not rows["train"] & rows["test"]
    assert not rows["val"] & rows["test"]
    n_all = 4 * len(range(0, 51, stride))
    n_out = n_all - sum(map(len, data.parts.values()))
    assert (f"{n_out} windows that reach over a cut are left out" in data.split) == bool(n_out)
    assert (n_out > 0) == (stride < 10)


def test_what_comes_later_is_held_out(tmp_path: Path) -> None:
    data = opened(write_table(tmp_path / "a.csv", STRETCHES), length=10)
    for label in range(2):
        last = {name: part.values[part.labels == label, :, 0] for name, part in data.parts.items()}
        assert last["train"].max() < last["val"].min() < last["val"].max() < last["test"].min()


def test_whole_recordings_are_held_out_where_they_are_told_apart(tmp_path: Path) -> None:
    people = [name for name in "abcdefghij" for _ in range(2)]
    path = write_table(tmp_path / "a.csv", [("walk", 30), ("sit", 30)] * 10, people)
    data = opened(path, length=10, group_column="person")
    rows = {name: {count // 60 for count in rows_of(part)} for name, part in data.parts.items()}
    assert {name: len(people) for name, people in rows.items()} == {"train": 6, "val": 2, "test": 2}
    assert len(rows["train"] | rows["val"] | rows["test"]) == 10
    assert data.split.startswith("By whole recordings: train 6, val 2, test 2; windows ")


def test_recordings_are_found_by_the_name_of_their_column_and_are_no_input(tmp_path: Path) -> None:
    people = [str(number) for number in range(5) for _ in range(2)]
    data = opened(write_table(tmp_path / "a.csv", [("walk", 20), ("sit", 20)] * 5, people), length=5)
    assert data.columns == ("count", "x")
    assert data.config.group_column == "person"


def test_too_few_recordings_are_refused(tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", [("walk", 30), ("sit", 30)], ["a", "b"])
    with pytest.raises(DataError, match=r"2 recordings cannot be split into 3 parts"):
        opened(path, length=5)


def test_recordings_that_alone_have_a_class_stay_in_training(tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", [("walk", 30), ("sit", 30), ("run", 30)], ["a", "b", "c"])
    with pytest.raises(DataError, match=r"no recording can be spared for test and val"):
        opened(path, length=5)


def test_a_table_may_come_in_parts(tmp_path: Path) -> None:
    for name in ("train", "test"):
        write_table(tmp_path / "har" / f"{name}.csv", STRETCHES)
    data = opened(tmp_path / "har", length=10, stride=10)
    assert {name: len(part) for name, part in data.parts.items()} == {"train": 20, "val": 4, "test": 24}


def test_rows_without_a_label_break_a_stretch_and_are_counted(tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", STRETCHES)
    lines = path.read_text().splitlines()
    for row in (31, 32):
        lines[row] = lines[row].removesuffix("walk")
    path.write_text("\n".join(lines))
    data = opened(path, length=10, stride=1)
    assert "Left out: 2 rows without a label." in data.notes
    assert not {30, 31} & {row for part in data.parts.values() for row in rows_of(part)}


@pytest.mark.parametrize("ending", ["tsv", "jsonl", "parquet"])
def test_every_sort_of_table_is_read(tmp_path: Path, ending: str) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.read_csv(write_table(tmp_path / "a.csv", STRETCHES))
    other = tmp_path / f"b.{ending}"
    {"tsv": lambda: frame.write_csv(other, separator="\t"), "jsonl": lambda: frame.write_ndjson(other)}.get(
        ending, lambda: frame.write_parquet(other)
    )()
    assert opened(other).fingerprint == opened(tmp_path / "a.csv").fingerprint


def changed(path: Path, line: int, old: str, new: str) -> Path:
    lines = path.read_text().splitlines()
    assert old in lines[line]
    lines[line] = lines[line].replace(old, new)
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize(
    ("line", "old", "new", "message"),
    [
        (
            5,
            "0.08,",
            "0.02,",
            r"time runs backwards in 1 places: line 6. --set data.sort=true .* data.group_column=NAME",
        ),
        (
            5,
            "0.08,",
            "0.06,",
            r"1 time stamps stand twice: line 6. Keep one row of each. If it holds several recordings",
        ),
        (5, ",4,", ",four,", r"line 6: 'four' stands in column count, which holds numbers"),
        (5, ",4,", ",,", r"1 numbers are missing.*data.missing=line"),
        (0, "activity", "label,also", r"values stand under 5 columns|no row"),
    ],
)
def test_what_is_wrong_with_a_table_is_told(tmp_path: Path, line: int, old: str, new: str, message: str) -> None:
    path = changed(write_table(tmp_path / "a.csv", STRETCHES), line, old, new)
    with pytest.raises(DataError, match=message):
        opened(path, length=10, stride=10)


def test_rows_out_of_order_are_put_in_order(tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", STRETCHES)
    head, *rows = path.read_text().splitlines()
    whole = opened(path)
    path.write_text("\n".join([head, *reversed(rows)]))
    assert opened(path, sort=True).fingerprint == whole.fingerprint


def test_a_window_longer_than_every_stretch_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a window of 61 rows is longer than every stretch of one label, .* has 60"):
        opened(write_table(tmp_path / "a.csv", STRETCHES), length=61)


def test_stretches_shorter_than_a_window_are_left_out_and_counted(tmp_path: Path) -> None:
    data = opened(write_table(tmp_path / "a.csv", [*STRETCHES, ("walk", 5)]), length=10)
    assert "Left out: 1 stretch of one label is shorter than a window of 10 rows." in data.notes


@pytest.mark.parametrize(
    ("head", "row", "message"),
    [
        ("time,x,a,b", "1,2,red,blue", r"2 columns hold words, so it is not clear which holds the labels"),
        ("time,x,y", "1,2,3", r"no column holds words"),
        ("time,activity", "1,red", r"no column holds numbers"),
    ],
)
def test_columns_that_cannot_be_told_apart_are_asked_for(tmp_path: Path, head: str, row: str, message: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{head}\n{row}\n")
    with pytest.raises(DataError, match=message):
        opened(path)


def test_a_column_that_is_asked_for_must_be_there(tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", STRETCHES)
    with pytest.raises(DataError, match=r"no column is called 'activty'. Did you mean 'activity'"):
        opened(path, label_column="activty")
    with pytest.raises(DataError, match=r"no column of numbers is called 'z'"):
        opened(path, columns="x,z")
    assert opened(path, columns="x").columns == ("x",)


def test_whole_numbers_may_be_labels_where_they_are_named(tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", STRETCHES)
    path.write_text(path.read_text().replace("walk", "1").replace("sit", "2"))
    assert opened(path, label_column="activity").classes == ("1", "2")
