"""A series is the same however its time stamps are spelt, and a few rows are read as the table they go on from."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from quatrain.data import SeriesConfig, SeriesData, open_series
from quatrain.data.series import looks_like_series, read_table
from quatrain.errors import DataError

from ..cells.spelt import DAILY, DAYS, HOURLY, HOURS, Columns
from .tables import wave

SPELLINGS = [*(("hourly", name) for name in HOURLY), *(("daily", name) for name in DAILY)]


def spelt(frequency: str, name: str) -> Columns:
    return HOURLY[name](HOURS) if frequency == "hourly" else DAILY[name](DAYS)


def write(path: Path, columns: Columns, start: int = 0) -> str:
    """A table with semicolons, for commas may stand before decimals; its rows from one on."""
    n = len(next(iter(columns.values())))
    cells = {**columns, "x": [str(number) for number in wave(n)]}
    rows = [";".join(row) for row in zip(*cells.values(), strict=True)]
    path.write_text("\n".join([";".join(cells), *rows[start:]]) + "\n", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(("frequency", "name"), SPELLINGS)
def test_the_same_series_in_every_spelling(tmp_path: Path, frequency: str, name: str) -> None:
    path = write(tmp_path / "a.csv", spelt(frequency, name))
    assert looks_like_series(path)
    data = open_series(SeriesConfig(path=path, input_len=8, horizon=2))
    plain = open_series(SeriesConfig(path=write(tmp_path / "b.csv", spelt(frequency, "iso")), input_len=8, horizon=2))
    assert data.series.frequency.name == frequency
    assert data.series.columns == ("x",)
    np.testing.assert_array_equal(data.series.times.stamps, plain.series.times.stamps)
    assert data.fingerprint == plain.fingerprint


@pytest.mark.parametrize(("frequency", "name"), SPELLINGS)
def test_a_few_rows_are_read_as_the_table_that_was_learned_from(tmp_path: Path, frequency: str, name: str) -> None:
    columns = spelt(frequency, name)
    config = open_series(SeriesConfig(path=write(tmp_path / "a.csv", columns), input_len=8, horizon=2)).config
    start = DAYS.index(next(day for day in DAYS if day.day == 2)) if frequency == "daily" else 24 * 28
    end = start + 9
    some = {title: cells[:end] for title, cells in columns.items()}
    few = read_table(config.replace(path=write(tmp_path / "few.csv", some, start)))
    moments = DAYS if frequency == "daily" else HOURS
    assert few.times.stamps.tolist() == [int(moment.timestamp()) for moment in moments[start:end]]


def test_a_series_by_month_in_two_columns_is_monthly(tmp_path: Path) -> None:
    months = [(1990 + month // 12, 1 + month % 12) for month in range(120)]
    path = write(tmp_path / "a.csv", {"year": [f"{year}" for year, _ in months], "month": [f"{m}" for _, m in months]})
    assert looks_like_series(path)
    data = open_series(SeriesConfig(path=path))
    assert (data.series.frequency.name, data.series.times.written(119)) == ("monthly", "1999-12")
    assert "Time stamps are put together from year, month." in data.notes


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"date": ["2024-01-01"] * 4, "hour": ["0", "1", "2", "24"]},
            r"line 5: '2024-01-01 24' in column date is no time stamp. As hours in hour start from 0, write 0 and the",
        ),
        (
            {"year": ["2024"] * 4, "month": ["2"] * 4, "day": ["27", "28", "29", "30"]},
            r"line 5: '2024-02-30' in columns year, month, day is no time stamp",
        ),
        (
            {"date": ["01/02/2024", "03/04/2024", "05/06/2024", "07/08/2024"]},
            r"such as 01/02/2024, day, month and year cannot be told apart.*--set data.date_order=dmy, mdy or ymd",
        ),
        (
            {"date": ["2024-01-01", "2024-01-02 24:00", "2024-01-03 24:30", "2024-01-05"]},
            r"line 4: '2024-01-03 24:30' in column date is no time stamp",
        ),
        (
            {"date": ["44562.5", "44562.75", "soon", "44563.25"]},
            r"line 4: 'soon' in column date is no time stamp",
        ),
        (
            {"time": ["1700000000", "1700003600", "", "1700007200"]},
            r"line 4: '' in column time is no time stamp",
        ),
    ],
)
def test_what_is_no_moment_is_refused_with_its_line(tmp_path: Path, columns: Columns, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_table(SeriesConfig(path=write(tmp_path / "a.csv", columns)))


def zoned(path: Path, stamps: list[str], **settings: object) -> SeriesData:
    path.write_text("time,x\n" + "".join(f"{stamp},{x}\n" for stamp, x in zip(stamps, wave(len(stamps)), strict=True)))
    return open_series(SeriesConfig(path=str(path), input_len=8, horizon=2, **settings))


def berlin(step: str, n: int, first: str) -> list[str]:
    """ISO 8601 with the offset of Berlin, over the change to or from summer time."""
    start = dt.datetime.fromisoformat(first).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    if step == "day":
        return [(start + dt.timedelta(days=i)).isoformat() for i in range(n)]
    seconds = start.timestamp()
    return [dt.datetime.fromtimestamp(seconds + 3600 * i, start.tzinfo).isoformat() for i in range(n)]


@pytest.mark.parametrize(("zone", "told"), [("+01:00", "+01:00"), ("-0330", "-0330"), ("Z", "Z"), (" UTC", " UTC")])
def test_stamps_with_an_offset_are_told_as_they_are_written(tmp_path: Path, zone: str, told: str) -> None:
    stamps = [f"2022-11-{1 + i // 24:02}T{i % 24:02}:00:00{zone}" for i in range(240)]
    data = zoned(tmp_path / "a.csv", stamps)
    times = data.series.times
    assert (times.written(0), times.written(239)) == (f"2022-11-01 00:00:00{told}", f"2022-11-10 23:00:00{told}")
    assert times.write(int(data.series.frequency.after(int(times.stamps[-1]), 1)[0])) == f"2022-11-11 00:00:00{told}"
    assert any(f"offset from UTC, {zone.strip()}" in note for note in data.notes)


@pytest.mark.parametrize(("first", "last"), [("2022-10-25", "+01:00"), ("2022-03-22", "+02:00")])
def test_hours_go_on_over_a_change_of_summer_time(tmp_path: Path, first: str, last: str) -> None:
    stamps = berlin("hour", 240, first)
    data = zoned(tmp_path / "a.csv", stamps)
    assert (data.series.frequency.name, data.series.frequency.n_gaps) == ("hourly", 0)
    assert data.series.times.written(239) == stamps[-1].replace("T", " ")
    after = dt.datetime.fromisoformat(stamps[-1]) + dt.timedelta(hours=1)
    told = data.series.times.write(int(data.series.frequency.after(int(data.series.times.stamps[-1]), 1)[0]))
    assert told == after.isoformat(sep=" ")
    assert told.endswith(last)
    assert any("The offset of the time stamps from UTC changes" in note and last in note for note in data.notes)


def test_days_stay_days_over_a_change_of_summer_time(tmp_path: Path) -> None:
    stamps = [stamp for stamp in berlin("day", 300, "2022-03-01") if dt.datetime.fromisoformat(stamp).weekday() < 5]
    data = zoned(tmp_path / "a.csv", stamps)
    assert data.series.frequency.name == "daily without weekends"
    assert data.series.times.written(0) == "2022-03-01 00:00:00+01:00"
    assert data.series.times.written(len(stamps) - 1) == stamps[-1].replace("T", " ")


def test_a_date_that_ends_in_a_year_has_no_offset(tmp_path: Path) -> None:
    stamps = [(dt.date(2022, 1, 1) + dt.timedelta(days=i)).strftime("%d-%m-%Y") for i in range(240)]
    assert zoned(tmp_path / "a.csv", stamps).series.times.zone == ""
