"""Stamps in the spellings of people, decided over a column."""

from __future__ import annotations

import pytest

from quatrain.data.cells.spellings import spelling_of
from quatrain.data.cells.times import written


def read(name: str, *cells: str) -> list[str | None]:
    spelling = spelling_of(cells, name)
    return [written(*stamp) if (stamp := spelling.parse(cell)) else None for cell in cells]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["01/31/2022", "02/01/2022"], ["2022-01-31", "2022-02-01"]),
        (["31/01/2022", "01/02/2022"], ["2022-01-31", "2022-02-01"]),
        (["1.2.2022", "2.2.22"], ["2022-02-01", "2022-02-02"]),
        (["1/31/2022 3:05 PM", "2/1/2022 12:00 AM"], ["2022-01-31 15:05", "2022-02-01 00:00"]),
        (["31-01-69 13:05:10"], ["1969-01-31 13:05:10"]),
        (["01-Jan-22", "02-feb-22"], ["2022-01-01", "2022-02-02"]),
        (["5 January 2022", "6 Jan. 2022"], ["2022-01-05", "2022-01-06"]),
        (["Jan 5, 2022", "May 16 2022"], ["2022-01-05", "2022-05-16"]),
        (["Jan 2000", "February 2001", "Mar-99"], ["2000-01", "2001-02", "1999-03"]),
        (["1950 Q1", "1950Q2", "1950-Q4"], ["1950-01", "1950-04", "1950-10"]),
        (["Q3 1950"], ["1950-07"]),
        (["1Q10", "2Q2010"], ["2010-01", "2010-04"]),
        (["2015M01", "2015-M12"], ["2015-01", "2015-12"]),
        (["2020-W01", "2020W53", "2021-W53"], ["2019-12-30", "2020-12-28", None]),
        (["Sunday, January 01, 2023", "Mon Jan 2 2023"], ["2023-01-01", "2023-01-02"]),
        (["01. Januar 2023", "2. März 2023", "3. Dez 2023"], ["2023-01-01", "2023-03-02", "2023-12-03"]),
        (["2022-01-31", "2022-02-30"], ["2022-01-31", None]),
        (["13/01/2022", "14/01/2022", "01/14/2022"], ["2022-01-13", "2022-01-14", None]),
    ],
)
def test_a_column_of_dates(cells: list[str], expected: list[str | None]) -> None:
    assert read("when", *cells) == expected


@pytest.mark.parametrize(
    ("name", "cells", "expected"),
    [
        ("time", ["1640995200", "1640998800"], "2022-01-01 00:00:00"),
        ("ts", ["1640995200000", "1640998800000"], "2022-01-01 00:00:00"),
        ("ts", ["1640995200000", "1640995200001"], "1640995200000"),
        ("volume", ["1640995200", "1640998800"], "1640995200"),
        ("Date", ["44562", "44563"], "2022-01-01"),
        ("step", ["44562", "44563"], "44562"),
        ("Date", ["20220101", "20220102"], "2022-01-01"),
        ("year", ["1999", "2000"], "1999"),
        ("date", ["200001", "200012"], "2000-01"),
        ("yyyymm", ["201412"], "2014-12"),
        ("step", ["200001", "200002"], "200001"),
        ("date", ["200001", "200013"], "200001"),
        ("timestamp", ["1700000000.0", "1700003600.0"], "2023-11-14 22:13:20"),
    ],
)
def test_whole_numbers_are_dates_where_name_and_size_say_so(name: str, cells: list[str], expected: str) -> None:
    assert read(name, *cells)[0] == expected


def test_days_and_months_that_nothing_tells_apart_are_undecided() -> None:
    assert spelling_of(["01/02/2022", "03/04/2022"], "d").is_undecided
    assert not spelling_of(["01/02/2022", "03/04/2022"], "d", "mdy").is_undecided
    assert not spelling_of(["01.02.2022", "03.04.2022"], "d").is_undecided


def numbered(pattern: str, n: int) -> list[str]:
    return [pattern.format(number) for number in range(1, n + 1)]


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (numbered("23-01-{:02}", 31), "ymd"),
        (numbered("23/{:02}/01", 12), None),
        (numbered("23/{:02}/01", 12) + numbered("24/{:02}/01", 12), "ymd"),
        (["99-12-30", "99-12-31"], "ymd"),
        (numbered("{:02}-01-23", 31), "dmy"),
        (numbered("01/{:02}/2005", 12) + numbered("01/{:02}/2006", 12), "dmy"),
        (numbered("{:02}/01/2005", 12) + numbered("{:02}/01/2006", 12), "mdy"),
        (numbered("01.{:02}.05", 12), "dmy"),
        (numbered("01/{:02}/2005", 12), None),
        (["23-01-05", "23-01-06", "23-01-20"], None),
    ],
)
def test_the_order_of_three_numbers(cells: list[str], order: str | None) -> None:
    spelling = spelling_of(cells, "date")
    assert (None if spelling.is_undecided else spelling.order) == order


def test_half_seconds_are_not_read_as_seconds_that_stand_twice() -> None:
    assert read("timestamp", "1700000000.000", "1700000000.500") == [None, None]
