"""What is taken for labelled windows, and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from quatrain.data import could_be_windows, looks_labelled, looks_like_windows
from quatrain.data.series import looks_like_series
from quatrain.training.planning import PLANNERS

from .conftest import windows, write_rows, write_table, write_ts

STRETCHES = [("walk", 30), ("sit", 30)] * 2


def seen(path: Path) -> str:
    """What the data would be taken for: task and sort."""
    found = next((planner for planner in PLANNERS if planner.recognises(str(path), None)), PLANNERS[0])
    return f"{found.task}: {found.data_config.kind or 'text'}"


def test_files_of_the_archives_are_windows(tmp_path: Path) -> None:
    for part in ("TRAIN", "TEST"):
        write_rows(tmp_path / "a" / f"Toy_{part}.tsv", *windows(8))
        write_rows(tmp_path / "b" / f"Toy_{part}.txt", *windows(8), "  ")
        write_ts(tmp_path / "c" / f"Toy_{part}.ts", *windows(8, n_columns=2))
    for path in (
        *(tmp_path / name for name in "abc"),
        tmp_path / "a" / "Toy_TRAIN.tsv",
        tmp_path / "c" / "Toy_TEST.ts",
    ):
        assert seen(path) == "classify: labelled_series"


def test_a_part_alone_is_windows_where_few_classes_stand_before_decimals(tmp_path: Path) -> None:
    assert seen(write_rows(tmp_path / "Toy_TRAIN.tsv", *windows(20))) == "classify: labelled_series"
    assert seen(write_rows(tmp_path / "Few_TRAIN.tsv", *windows(8))) == "language: text"
    sums = "".join(f"{place * 37 % 90} {place} {place * 37 % 90 + place}\n" for place in range(300))
    boards = "".join(f"{place % 9} {place % 7} {place % 5} {place % 3}\n" for place in range(300))
    for name, text in {"addition_train.txt": sums, "sudoku_train.txt": boards}.items():
        path = tmp_path / name
        path.write_text(text)
        assert seen(path) == "language: text"
        assert could_be_windows(str(path))


@pytest.mark.parametrize("dated", [False, True])
@pytest.mark.parametrize("label", ["activity", "label", "what"])
def test_a_long_table_of_time_numbers_and_stretches_of_words_is_windows(
    tmp_path: Path, label: str, dated: bool
) -> None:
    path = write_table(tmp_path / "a.csv", STRETCHES, dated=dated)
    path.write_text(path.read_text().replace("activity", label))
    assert seen(path) == "classify: labelled_series"
    assert not looks_labelled(str(path))
    assert not looks_like_series(str(path))


def test_labels_that_come_back_in_other_recordings_are_those_of_windows(tmp_path: Path) -> None:
    stretches, people = [("walk", 60), ("sit", 60), ("sit", 60), ("walk", 60)], ["a", "a", "b", "b"]
    assert seen(write_table(tmp_path / "a.csv", stretches, people)) == "classify: labelled_series"
    assert not looks_like_windows(str(write_table(tmp_path / "a.csv", stretches[:2])))


def test_a_lone_table_of_numbers_is_windows_only_where_classes_are_asked_for(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "numbers.csv", *windows(8), ",")
    assert not looks_like_windows(str(path))
    assert could_be_windows(str(path))


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.csv", "text,label\n" + "a good film,pos\na bad film,neg\n" * 8, "classify: labelled"),
        ("a.csv", "date,text,label\n" + "2026-01-01,fine,pos\n2026-01-02,dull,neg\n" * 8, "classify: labelled"),
        ("a.csv", "date,x\n" + "".join(f"2026-01-{day:02},{day}\n" for day in range(1, 20)), "forecast: series"),
        ("a.tsv", "en\tde\n" + "A dog.\tEin Hund.\nA cat.\tEine Katze.\n" * 8, "translate: pairs"),
        ("a.conll", "John\tB-person\nruns\tO\n\n" * 8, "tag: tagged"),
        (
            "a.csv",
            "date,x,sky\n" + "".join(f"2026-01-{d:02},{d},{'ab'[d % 2]}\n" for d in range(1, 20)),
            "forecast: series",
        ),
        (
            "a.csv",
            "date,store,x\n" + "".join(f"2026-01-{d:02},{s},{d}\n" for s in ("Rome", "Bonn") for d in range(1, 20)),
            "forecast: series",
        ),
        ("a.csv", "id,x\n1,2\n2,3\n3,5\n4,7\n", "language: text"),
        ("a.ts", "import { a } from './b';\nexport const c = 1;\n", "language: text"),
        ("poems.txt", "Shall I compare thee\nto a summer's day\n", "language: text"),
        ("numbers_TRAIN.txt", "a list of numbers\n1 2 3\n", "language: text"),
    ],
)
def test_what_is_something_else_stays_so(tmp_path: Path, name: str, text: str, expected: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert seen(path) == expected
