"""The same moments in the spellings of people: what stands in the columns of time of a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

Moments = Sequence[dt.datetime]
Columns = dict[str, list[str]]
MONATE = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()  # noqa: SIM905
UTC = dt.UTC
HOURS = [dt.datetime(2023, 11, 3, tzinfo=UTC) + dt.timedelta(hours=hour) for hour in range(24 * 40)]
"""Over the end of a month, hour by hour."""
DAYS = [dt.datetime(2023, 11, 3, tzinfo=UTC) + dt.timedelta(days=day) for day in range(120)]
"""Over the end of a year, day by day."""


def excel(moment: dt.datetime) -> float:
    """As Excel counts: days, with its noise behind them."""
    return (moment - dt.datetime(1899, 12, 30, tzinfo=UTC)) / dt.timedelta(days=1)


def ending(moment: dt.datetime) -> tuple[dt.datetime, int]:
    """The day and the hour from 1 to 24 that a moment is the end of."""
    return (moment - dt.timedelta(days=1), 24) if moment.hour == 0 else (moment, moment.hour)


def each(pattern: str, name: str = "date") -> Callable[[Moments], Columns]:
    return lambda moments: {name: [moment.strftime(pattern) for moment in moments]}


def counted(per_second: int, name: str = "time", form: str = "{}") -> Callable[[Moments], Columns]:
    return lambda moments: {name: [form.format(int(moment.timestamp()) * per_second) for moment in moments]}


def two(date: str, name: str, clock: Callable[[dt.datetime], str]) -> Callable[[Moments], Columns]:
    return lambda moments: {
        "date": [moment.strftime(date) for moment in moments],
        name: [clock(moment) for moment in moments],
    }


def hour_ending(form: str, name: str) -> Callable[[Moments], Columns]:
    def columns(moments: Moments) -> Columns:
        days, hours = zip(*map(ending, moments), strict=True)
        return {"date": [f"{day:%Y-%m-%d}" for day in days], name: [form.format(hour) for hour in hours]}

    return columns


def calendar(*names: str, month: str = "%m", is_ending: bool = False) -> Callable[[Moments], Columns]:
    def columns(moments: Moments) -> Columns:
        days, hours = zip(*(ending(each) if is_ending else (each, each.hour) for each in moments), strict=True)
        parts = [[f"{day:%Y}" for day in days], [f"{day.strftime(month)}" for day in days], [str(d.day) for d in days]]
        return dict(zip(names, [*parts, [str(hour) for hour in hours]], strict=False))

    return columns


HOURLY: dict[str, Callable[[Moments], Columns]] = {
    "iso": each("%Y-%m-%d %H:%M:%S"),
    "iso with T and Z": each("%Y-%m-%dT%H:%M:%SZ", "timestamp"),
    "american": each("%m/%d/%Y %I:%M %p"),
    "european": each("%d/%m/%Y %H:%M"),
    "german": each("%d.%m.%y %H:%M", "Datum"),
    "named": each("%d-%b-%y %H:%M"),
    "seconds": counted(1),
    "seconds with a point": counted(1, "timestamp", "{}.0"),
    "milliseconds": counted(1000, "ts"),
    "Excel": lambda moments: {"date": [repr(excel(moment)) for moment in moments]},
    "Excel, ten digits": lambda moments: {"DateTime": [f"{excel(moment):.10f}" for moment in moments]},
    "Excel, five digits": lambda moments: {"Date": [f"{excel(moment):.5f}" for moment in moments]},
    "Excel, two digits": lambda moments: {"Date": [f"{excel(moment):.2f}" for moment in moments]},
    "a date and a time": two("%m/%d/%Y", "Time", lambda moment: f"{moment:%H.%M}"),
    "a date and an hour": two("%Y-%m-%d", "hour", lambda moment: str(moment.hour)),
    "a date and an hour of two digits": two("%Y%m%d", "Hour", lambda moment: f"{moment.hour:02}"),
    "hours 1 to 24": hour_ending("{}", "hour"),
    "hours 01 to 24": hour_ending("{:02}", "HR"),
    "times 01:00 to 24:00": hour_ending("{:02}:00", "time"),
    "24:00 behind the date": lambda moments: {
        "date": [f"{day:%m/%d/%Y} {hour:02}:00" for day, hour in map(ending, moments)]
    },
    "year, month, day, hour": calendar("year", "month", "day", "hour"),
    "Jahr, Monat, Tag, Stunde": calendar("Jahr", "Monat", "Tag", "Stunde"),
    "year, month, day, hours 1 to 24": calendar("Year", "Mo", "Day", "Hour", is_ending=True),
}
"""By what they are called: the columns of time of some whole hours."""
DAILY: dict[str, Callable[[Moments], Columns]] = {
    "iso": each("%Y-%m-%d"),
    "compact": each("%Y%m%d"),
    "american": each("%m/%d/%Y"),
    "european": each("%d/%m/%y"),
    "german": each("%d.%m.%Y"),
    "year first": each("%y-%m-%d"),
    "named": each("%b %d, %Y"),
    "with the weekday": each("%A, %B %d, %Y"),
    "in German": lambda moments: {"Datum": [f"{day.day}. {MONATE[day.month - 1]} {day.year}" for day in moments]},
    "Excel": lambda moments: {"date": [str(round(excel(moment))) for moment in moments]},
    "Excel with a point": lambda moments: {"date": [f"{excel(moment):.1f}" for moment in moments]},
    "year, month, day": calendar("year", "month", "day"),
    "yyyy, mm, dd": calendar("yyyy", "mm", "dd"),
    "year, name of the month, day": calendar("Year", "Month", "Day", month="%b"),
}
"""The same of some days."""
