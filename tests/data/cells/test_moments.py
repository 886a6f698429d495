"""The time of a row is the same however it is spelt, and in whichever columns it stands."""

from __future__ import annotations

import pytest

from quatrain.data.cells import MomentColumns, Moments, moment_columns, moments_of
from quatrain.data.cells.times import written
from quatrain.errors import DataError

from .spelt import DAILY, DAYS, HOURLY, HOURS, Columns

MONTHS = [day for day in DAYS if day.day == 1]


def table(columns: Columns) -> list[dict[str, str]]:
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def read(columns: Columns, wanted: str | None = None) -> tuple[MomentColumns, Moments]:
    rows = table(columns)
    found = moment_columns(rows[:200], [*columns], wanted)
    assert found is not None
    return found, moments_of(rows, found)


@pytest.mark.parametrize("name", HOURLY)
def test_hours_are_the_same_in_every_spelling(name: str) -> None:
    columns, found = read({**HOURLY[name](HOURS), "x": ["0.5"] * len(HOURS)})
    assert [stamp[0] for stamp in found.stamps if stamp] == [int(hour.timestamp()) for hour in HOURS]
    assert found.seconds.tolist() == [hour.timestamp() for hour in HOURS]
    assert found.is_dated
    assert "x" not in columns.names


@pytest.mark.parametrize("name", DAILY)
def test_days_are_the_same_in_every_spelling(name: str) -> None:
    _, found = read(DAILY[name](DAYS))
    assert [stamp and written(*stamp) for stamp in found.stamps] == [f"{day:%Y-%m-%d}" for day in DAYS]


@pytest.mark.parametrize(
    "columns",
    [
        {"year": [f"{day.year}" for day in MONTHS], "month": [f"{day.month}" for day in MONTHS]},
        {"Year": [f"{day.year}.0" for day in MONTHS], "Month": [f"{day.month}.0" for day in MONTHS]},
        {"Month": [f"{day:%B}" for day in MONTHS], "Year": [f"{day.year}" for day in MONTHS]},
        {"month": [f"{day:%Y-%m}" for day in MONTHS]},
        {"yyyymm": [f"{day:%Y%m}" for day in MONTHS]},
    ],
)
def test_months_are_the_same_in_every_spelling(columns: Columns) -> None:
    _, found = read(columns)
    assert [stamp and written(*stamp) for stamp in found.stamps] == [f"{day:%Y-%m}" for day in MONTHS]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["44562.479166666664", "44562.999988425924"], ["2022-01-01 11:30:00", "2022-01-01 23:59:59"]),
        (["44562.4791666667", "44562.4798611111"], ["2022-01-01 11:30", "2022-01-01 11:31"]),
        (["44562,5", "44562,75"], ["2022-01-01 12:00", "2022-01-01 18:00"]),
        (["44562.003", "44562.007", "44562.01"], ["2022-01-01 00:05", "2022-01-01 00:10", "2022-01-01 00:15"]),
        (["44562.01", "44562.02", "44562.03"], ["2022-01-01 00:15", "2022-01-01 00:30", "2022-01-01 00:45"]),
        (["44562.4792", "44562.4799"], ["2022-01-01 11:30", "2022-01-01 11:31"]),
        (["44562.9999999999"], ["2022-01-02 00:00"]),
        (["44562.3", "44562.7"], ["2022-01-01 07:12", "2022-01-01 16:48"]),
        (["44562", "44562.5"], ["2022-01-01 00:00", "2022-01-01 12:00"]),
        (["44562.0", "44563.0"], ["2022-01-01", "2022-01-02"]),
    ],
)
def test_days_of_excel_carry_a_time_of_day_as_it_was_meant(cells: list[str], expected: list[str]) -> None:
    _, found = read({"date": cells})
    assert [stamp and written(*stamp) for stamp in found.stamps] == expected
    what = "Whole numbers" if expected[0] == "2022-01-01" else "Numbers"
    assert found.notes[0].startswith(f"{what} in date are read as days")


@pytest.mark.parametrize("name", ["load", "index", "time"])
def test_decimals_in_a_column_that_is_not_called_a_date_are_no_days_of_excel(name: str) -> None:
    assert moment_columns(table({name: ["44562.5", "44562.75"]}), [name]) is None


def test_days_of_excel_keep_fractions_of_a_second_where_there_are_such() -> None:
    cells = [f"{44562 + step * 0.25 / 86_400:.12f}" for step in range(8)]
    _, found = read({"date": cells})
    start = 1_640_995_200
    assert found.seconds.tolist() == pytest.approx([start + step / 4 for step in range(8)])


@pytest.mark.parametrize(
    ("columns", "notes"),
    [
        (
            {"date": ["2024-01-01"] * 3, "hour": ["1", "2", "24"]},
            ("The time of day stands in hour.", "Hour 24 in hour is read as 0:00 of the next day."),
        ),
        ({"date": ["2024-01-01"] * 3, "hour": ["0", "1", "2"]}, ("The time of day stands in hour.",)),
        (
            {"month": ["1", "1"], "year": ["2024"] * 2, "day": ["1", "2"]},
            ("Time stamps are put together from year, month, day.",),
        ),
    ],
)
def test_what_was_found_out_is_told(columns: Columns, notes: tuple[str, ...]) -> None:
    assert read(columns)[1].notes == notes


@pytest.mark.parametrize(
    "columns",
    [
        {"date": ["2024-01-01"] * 4, "hour": ["0", "1", "2", "24"]},
        {"year": ["2024"] * 4, "month": ["1"] * 4, "day": ["1"] * 4, "hour": ["0", "1", "2", "24"]},
    ],
)
def test_hour_24_is_none_where_an_hour_is_0(columns: Columns) -> None:
    _, found = read(columns)
    assert [stamp is None for stamp in found.stamps] == [False, False, False, True]
    assert len({stamp for stamp in found.stamps}) == 4


def test_a_column_of_dates_goes_before_years_and_months() -> None:
    parts = {"Year": ["2024"] * 3, "Month": ["1"] * 3, "Day": ["5", "6", "7"]}
    dates = ["2024-01-05", "2024-01-06", "2024-01-07"]
    for name in ("date", "Order Date"):
        assert read({**parts, name: dates})[0].names == (name,)
    columns, _ = read({"No": ["1", "2", "3"], **parts})
    assert columns.names == ("Year", "Month", "Day")
    assert read({"No": ["1", "2", "3"], **parts}, "Year")[0] == columns
    assert read({"date": dates, **parts}, "date")[0].names == ("date",)


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        ({"year": ["2024", "2025"], "x": ["1", "2"]}, ("year",)),
        ({"year": ["2024", "2025"], "month": ["13", "14"]}, ("year",)),
        ({"year": ["1", "2"], "month": ["1", "2"]}, ("year",)),
        ({"year": ["2024"] * 2, "month": ["1"] * 2, "day": ["Mon", "Tue"]}, ("year", "month")),
        ({"year": ["2024"] * 2, "month": ["1"] * 2, "hour": ["3", "4"]}, ("year", "month")),
    ],
)
def test_what_is_no_part_of_a_date_is_not_put_together(columns: Columns, names: tuple[str, ...]) -> None:
    assert read(columns)[0].names == names


def test_what_is_no_date_in_several_columns_stays_as_it_is_written() -> None:
    columns, found = read({"year": ["2024"] * 3, "month": ["1", "2", "2"], "day": ["5", "30", "?"]})
    assert found.cells == ["2024-01-05", "2024-02-30", "2024 2 ?"]
    assert [stamp is None for stamp in found.stamps] == [False, True, True]
    assert columns.called == "columns year, month, day"


def test_dates_that_could_be_read_in_several_ways_are_refused() -> None:
    columns, found = read({"when": ["01/02/2024", "03/04/2024"]})
    with pytest.raises(DataError, match=r"a.csv: in the dates of column when, such as 01/02/2024, .*data.date_order"):
        found.refuse_undecided(columns, "a.csv")
    moments_of(table({"when": ["01/02/2024", "03/04/2024"]}), columns, "mdy").refuse_undecided(columns, "a.csv")


def test_a_fraction_behind_a_time_of_day_is_kept() -> None:
    for cell in ("1970-01-01 00:00:01.25", "01/13/1970 00:00:01.250", "1.1.1970 00:00:01,25"):
        _, found = read({"time": [cell]})
        assert found.seconds[0] % 86_400 == 1.25
