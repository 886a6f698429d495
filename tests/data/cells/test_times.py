"""Time stamps and frequencies: what people write, what follows, where rows are left out."""

from __future__ import annotations

import numpy as np
import pytest

from quatrain.data.cells.times import Times, parse_stamp, written
from quatrain.data.series.frequency import find_frequency


def times(*texts: str) -> Times:
    stamps = [parse_stamp(text) for text in texts]
    assert None not in stamps
    return Times(np.array([stamp[0] for stamp in stamps if stamp]), stamps[0][1])


@pytest.mark.parametrize(
    "text",
    ["2024-02-29", "2024-02-29 13:05", "2024-02-29 13:05:07", "1961-05", "17", "-3"],
)
def test_a_stamp_is_written_as_it_was_read(text: str) -> None:
    stamp = parse_stamp(text)
    assert stamp is not None
    assert written(*stamp) == text


def test_spellings_of_one_moment() -> None:
    same = ["2024-03-01T12:00:00Z", "2024/3/1 12:00:00", "2024-03-01 14:00:00+02:00", "2024-03-01 12:00:00.000"]
    assert {parse_stamp(text) for text in same} == {(1_709_294_400, "second")}
    assert parse_stamp("20240301") == parse_stamp("2024-03-01")


@pytest.mark.parametrize("text", ["", "2024-02-30", "2024-13-01", "12:00", "3.5", "yesterday", "01/02/2024"])
def test_what_is_no_stamp(text: str) -> None:
    assert parse_stamp(text) is None


@pytest.mark.parametrize(
    ("texts", "name", "following"),
    [
        (["2024-01-01", "2024-01-02", "2024-01-03"], "daily", ["2024-01-04", "2024-01-05"]),
        (["2024-01-01 00:00", "2024-01-01 00:15"], "a row every 15 minutes", ["2024-01-01 00:30", "2024-01-01 00:45"]),
        (["2023-11-30", "2023-12-31", "2024-01-31"], "monthly", ["2024-02-29", "2024-03-31"]),
        (["2023-08-15", "2023-11-15", "2024-02-15"], "quarterly", ["2024-05-15", "2024-08-15"]),
        (["2022-01", "2023-01", "2024-01"], "yearly", ["2025-01", "2026-01"]),
        (["3", "5", "7"], "whole numbers, 2 apart", ["9", "11"]),
        (["2024-01-01", "2024-01-08", "2024-01-15"], "weekly", ["2024-01-22", "2024-01-29"]),
    ],
)
def test_time_goes_on_by_the_frequency(texts: list[str], name: str, following: list[str]) -> None:
    series = times(*texts)
    found = find_frequency(series)
    assert found.name == name
    assert [written(int(stamp), series.style) for stamp in found.after(int(series.stamps[-1]), 2)] == following
    assert found.n_gaps == 0


def test_weekdays_go_on_after_the_weekend_and_holidays_are_gaps() -> None:
    series = times(*(f"2024-01-{day:02}" for day in (1, 2, 3, 4, 5, 8, 9, 11, 12)))
    found = find_frequency(series)
    assert found.name == "daily without weekends"
    assert (found.n_gaps, found.longest_gap) == (1, "2024-01-09")
    assert [written(int(stamp), "day") for stamp in found.after(int(series.stamps[-1]), 2)] == [
        "2024-01-15",
        "2024-01-16",
    ]


def test_a_gap_is_counted_and_named() -> None:
    found = find_frequency(times(*(f"2024-01-01 {hour:02}:00" for hour in (0, 1, 2, 3, 4, 9, 10, 12, 13))))
    assert (found.name, found.n_gaps, found.longest_gap) == ("hourly", 2, "2024-01-01 04:00")


def test_irregular_stamps_have_no_season() -> None:
    found = find_frequency(times(*(f"2024-01-{day:02}" for day in (1, 2, 5, 11, 13, 20))))
    assert found.kind == "irregular"
    assert found.seasons == ()


def test_seasons_are_whole_numbers_of_rows() -> None:
    hourly = find_frequency(times("2024-01-01 00:00", "2024-01-01 01:00", "2024-01-01 02:00"))
    assert hourly.seasons == (24, 168)
    assert find_frequency(times("2024-01", "2024-02", "2024-03")).seasons == (12,)
