"""Windows are the same however the time stamps and numbers of their table are spelt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from quatrain.data import LabelledSeriesConfig, could_be_windows, looks_like_windows, open_windows
from quatrain.data.labelled_series import unlabelled_windows
from quatrain.data.labelled_series.read import Window
from quatrain.errors import DataError

from ..cells.spelt import DAILY, DAYS, HOURLY, HOURS, Columns

HOURLY_AND_DAILY = [
    *(("hourly", name) for name in HOURLY),
    *(("daily", name) for name in DAILY),
]
N = 120
LABELS = [("walk", "sit")[row // 15 % 2] for row in range(N)]
ORDERS = {"european": "dmy", "year first": "ymd"} | dict.fromkeys(
    ("american", "a date and a time", "24:00 behind the date"), "mdy"
)
"""Of dates that nothing but their being in order tells."""


def spelt(frequency: str, name: str) -> Columns:
    columns = HOURLY[name](HOURS[:N]) if frequency == "hourly" else DAILY[name](DAYS[:N])
    return {**columns, "x": [f"{row}.5" for row in range(N)], "activity": LABELS}


def write(path: Path, columns: Columns, rows: Sequence[int] = range(N), mark: str = ";") -> str:
    cells = [mark.join(cells[row] for cells in columns.values()) for row in rows]
    path.write_text("\n".join([mark.join(columns), *cells]) + "\n", encoding="utf-8")
    return str(path)


def config_of(path: str, **settings: object) -> LabelledSeriesConfig:
    return LabelledSeriesConfig(path=path, length=5, stride=5, **settings)


@pytest.mark.parametrize(("frequency", "name"), HOURLY_AND_DAILY)
def test_the_same_windows_in_every_spelling(tmp_path: Path, frequency: str, name: str) -> None:
    path = write(tmp_path / "a.csv", spelt(frequency, name))
    assert looks_like_windows(path)
    data = open_windows(config_of(path))
    assert data.columns == ("x",)
    plain = open_windows(config_of(write(tmp_path / "b.csv", spelt(frequency, "iso"))))
    assert data.fingerprint == plain.fingerprint


@pytest.mark.parametrize(("frequency", "name"), HOURLY_AND_DAILY)
def test_rows_are_put_in_order_and_gaps_are_found_in_every_spelling(tmp_path: Path, frequency: str, name: str) -> None:
    kept = [row for row in range(N) if row not in (70, 71, 72)]
    mixed = np.random.default_rng(0).permutation(kept).tolist()
    settings = {"date_order": ORDERS.get(name)}
    columns = spelt(frequency, name)
    with pytest.raises(DataError, match=r"time runs backwards in \d+ places"):
        open_windows(config_of(write(tmp_path / "a.csv", columns, mixed), **settings))
    data = open_windows(config_of(str(tmp_path / "a.csv"), sort=True, **settings))
    plain = open_windows(config_of(write(tmp_path / "b.csv", columns, kept)))
    assert data.fingerprint == plain.fingerprint
    assert [note for note in plain.notes if note.startswith("Rows are left out in 1 places, before line 72")]
    assert [note for note in data.notes if note.startswith("Rows are left out in 1 places")]


@pytest.mark.parametrize(("frequency", "name"), HOURLY_AND_DAILY)
def test_a_few_rows_are_read_as_the_table_that_was_learned_from(tmp_path: Path, frequency: str, name: str) -> None:
    columns = spelt(frequency, name)
    config = open_windows(config_of(write(tmp_path / "a.csv", columns))).config
    rows = range(30, 40)
    path = write(tmp_path / "few.csv", {title: cells for title, cells in columns.items() if title != "activity"}, rows)
    found = list(unlabelled_windows(config.replace(path=path, sort=True), None))
    assert [window.numbers[:, 0].tolist() for window in found if isinstance(window, Window)] == [
        [row + 0.5 for row in rows[:5]],
        [row + 0.5 for row in rows[5:]],
    ]


def test_the_order_that_was_found_out_holds_where_a_few_rows_do_not_tell_it(tmp_path: Path) -> None:
    columns = spelt("daily", "american")
    config = open_windows(config_of(write(tmp_path / "a.csv", columns))).config
    assert config.date_order == "mdy"
    rows = [30, 33, 31, 32, 61, 60, 64, 62, 63, 65]
    assert [columns["date"][row] for row in rows[3:6]] == ["12/05/2023", "01/03/2024", "01/02/2024"]
    few = {title: columns[title] for title in ("date", "x")}
    path = write(tmp_path / "few.csv", few, rows)
    found = list(unlabelled_windows(config.replace(path=path, sort=True), None))
    assert [window.numbers[0, 0] for window in found if isinstance(window, Window)] == [30.5, 61.5]
    with pytest.raises(DataError, match=r"cannot be told apart.* Write them as 2026-03-14: the data that"):
        list(unlabelled_windows(config.replace(path=path, sort=True, date_order=None), None))


def test_what_the_training_part_tells_holds_for_the_test(tmp_path: Path) -> None:
    columns = spelt("daily", "american")
    (tmp_path / "both").mkdir()
    rows = [row for row in range(N) if int(columns["date"][row].split("/")[1]) in (2, 5, 8, 9, 11)]
    few = {**columns, "activity": ["walk" if place < len(rows) / 2 else "sit" for place in range(N)]}
    write(tmp_path / "both" / "train.csv", columns)
    alone = write(tmp_path / "both" / "test.csv", few, rows)
    with pytest.raises(DataError, match=r"test.csv: in the dates of column date, .*--set data.date_order=dmy"):
        open_windows(config_of(alone))
    assert open_windows(config_of(str(tmp_path / "both"))).config.date_order == "mdy"


def test_dates_of_one_day_need_no_order(tmp_path: Path) -> None:
    stamps = [f"03/04/2026 10:{row // 60:02}:{row % 60:02}.5" for row in range(N)]
    path = write(tmp_path / "a.csv", {**spelt("hourly", "iso"), "date": stamps})
    assert looks_like_windows(path)
    assert open_windows(config_of(path)).config.date_order is None


def test_dates_that_could_be_read_in_several_ways_are_refused_unless_somebody_says_how(tmp_path: Path) -> None:
    stamps = [f"{3 + row // 60:02}/{5 + 3 * (row // 60):02}/2026 10:{row % 60:02}" for row in range(N)]
    path = write(tmp_path / "a.csv", {**spelt("hourly", "iso"), "date": stamps})
    with pytest.raises(DataError, match=r"in the dates of column date, .*--set data.date_order=dmy, mdy or ymd"):
        open_windows(config_of(path))
    assert open_windows(config_of(path, date_order="dmy")).config.date_order == "dmy"


@pytest.mark.parametrize("form", ["{:.2f}", "2026-01-01 00:00:{:05.2f}", "01.01.2026 00:00:{:05.2f}"])
def test_fractions_of_a_second_are_kept(tmp_path: Path, form: str) -> None:
    stamps = [form.format(0.02 * row) for row in range(N)]
    for texts in (stamps, [text.replace(".", ",") if text.count(".") == 1 else text for text in stamps]):
        columns = {**spelt("hourly", "iso"), "date": texts}
        columns = {"time" if title == "date" else title: cells for title, cells in columns.items()}
        rows = [row for row in range(N) if row not in (70, 71, 72)]
        path = write(tmp_path / "a.csv", columns, rows)
        assert looks_like_windows(path)
        assert any("before line 72" in note for note in open_windows(config_of(path)).notes)
        with pytest.raises(DataError, match=r"1 time stamps stand twice: line 33"):
            open_windows(config_of(write(tmp_path / "a.csv", columns, [*range(31), 30, *range(31, N)])))


@pytest.mark.parametrize("name", ["sample", "frame", "seconds", "t", "index"])
def test_samples_that_are_counted_are_no_dates(tmp_path: Path, name: str) -> None:
    columns = {name: [str(20_260_100 + row) for row in range(N)], "x": spelt("hourly", "iso")["x"], "activity": LABELS}
    data = open_windows(config_of(write(tmp_path / "a.csv", columns)))
    assert data.config.time_column == name
    assert not any("left out" in note for note in data.notes)


def test_numbers_may_have_a_comma_before_the_decimals(tmp_path: Path) -> None:
    plain = spelt("daily", "iso")
    columns = {**plain, "x": [cell.replace(".", ",") for cell in plain["x"]], "y": ["1.500"] * N}
    path = write(tmp_path / "a.csv", columns)
    assert looks_like_windows(path)
    assert could_be_windows(path)
    data = open_windows(config_of(path))
    assert data.columns == ("x", "y")
    assert data.train.values[0, :, 1].tolist() == [1500] * 5
    assert data.config.decimal == ","
    assert "Read with a comma before the decimals: x." in data.notes
    assert "1.500 in y is read as 1500; if it is 1.500: --set data.decimal=." in data.notes
    few = {title: cells for title, cells in columns.items() if title != "activity"} | {"x": ["1.500"] * N}
    (window, *_) = unlabelled_windows(data.config.replace(path=write(tmp_path / "few.csv", few, range(5), "\t")), None)
    assert isinstance(window, Window)
    assert window.numbers.tolist() == [[1500, 1500]] * 5


def test_a_word_among_numbers_is_told_with_what_fills_the_gap(tmp_path: Path) -> None:
    columns = spelt("daily", "iso")
    columns["x"][40] = "broken"
    with pytest.raises(DataError, match=r"line 42: 'broken' stands in column x, .*--set data.missing=line"):
        open_windows(config_of(write(tmp_path / "a.csv", columns)))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"date": ["soon"]}, r"line 42: 'soon' in column date is no time stamp"),
        ({"date": [""]}, r"line 42: '' in column date is no time stamp"),
        ({"date": ["2023-11-31"]}, r"line 42: '2023-11-31' in column date is no time stamp"),
    ],
)
def test_what_is_no_moment_is_told_with_its_line(tmp_path: Path, columns: Columns, message: str) -> None:
    table = spelt("daily", "iso")
    for name, cells in columns.items():
        table[name][40] = cells[0]
    with pytest.raises(DataError, match=message):
        open_windows(config_of(write(tmp_path / "a.csv", table)))


def test_hour_24_is_refused_where_an_hour_is_0(tmp_path: Path) -> None:
    columns = spelt("hourly", "a date and an hour")
    columns["hour"][30] = "24"
    with pytest.raises(
        DataError, match=r"line 32: '2023-11-04 24' in column date .* As hours in hour start from 0, write"
    ):
        open_windows(config_of(write(tmp_path / "a.csv", columns)))


def test_a_column_without_a_name_that_counts_the_rows_is_not_learned_from(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", {"": [str(row) for row in range(N)], **spelt("daily", "iso")})
    data = open_windows(config_of(path))
    assert data.columns == ("x",)
    assert "The first column has no name and counts the rows, and so is not read." in data.notes
