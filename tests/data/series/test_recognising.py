"""Which tables are series, though columns of words stand beside their numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from quatrain.data import looks_labelled, looks_like_windows
from quatrain.data.config import SeriesConfig
from quatrain.data.series import looks_like_series, read_table
from quatrain.errors import DataError

SEASONS = ("winter", "spring", "summer", "autumn")
DAYS = [dt.date(2023, 1, 1) + dt.timedelta(days=day) for day in range(800)]


def written(path: Path, head: str, rows: list[str]) -> str:
    path.write_text("\n".join([head, *rows]) + "\n")
    return str(path)


def stretch(place: int, usual: str, other: str) -> str:
    """80 rows of one word, then 10 of another one, and again."""
    return other if place % 90 >= 80 else usual


@pytest.mark.parametrize(
    ("column", "word"),
    [
        ("name", lambda place, day: "AAPL"),
        ("unit", lambda place, day: stretch(place, "EUR", "USD")),
        ("holiday", lambda place, day: stretch(place, "no", "yes")),
        ("flag", lambda place, day: stretch(place, "ok", "bad")),
        ("whatever", lambda place, day: "the same"),
        ("which", lambda place, day: f"{day:%B}"),
        ("which", lambda place, day: SEASONS[day.month % 12 // 3]),
        ("which", lambda place, day: f"{day:%A}"),
        ("store", lambda place, day: "Rome" if place < 400 else "Bonn"),
        ("remark", lambda place, day: "" if place % 50 else f"a pump of the plant was mended on day {place}"),
        ("comment", lambda place, day: "" if place % 50 else "mended"),
    ],
)
def test_words_that_go_with_a_series_leave_it_one(
    tmp_path: Path, column: str, word: Callable[[int, dt.date], str]
) -> None:
    rows = [f"{day},{place % 7}.5,{word(place, day)}" for place, day in enumerate(DAYS)]
    path = written(tmp_path / "a.csv", f"date,sales,{column}", rows)
    assert looks_like_series(path)
    assert not looks_like_windows(path)


def test_a_row_that_cannot_be_read_far_down_does_not_hide_a_series(tmp_path: Path) -> None:
    rows = [f"{day},{place % 7}.5,EUR" for place, day in enumerate(DAYS)]
    assert looks_like_series(written(tmp_path / "a.csv", "date,sales,unit", [*rows, "2030-01-01,1,EUR,much,more"]))


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("date,store,item,sales", lambda day, store, item: f"{day},{store},{item},1.5"),
        ("code,continent,country,date,cases", lambda day, store, item: f"{store}{item},E,{item}{store},{day},3"),
    ],
)
def test_columns_of_words_that_tell_series_apart_may_be_more_than_those_of_numbers(
    tmp_path: Path, head: str, row: Callable[[dt.date, str, str], str]
) -> None:
    rows = [row(day, store, item) for store in "AB" for item in "xy" for day in DAYS[:300]]
    path = written(tmp_path / "a.csv", head, rows)
    assert looks_like_series(path)
    with pytest.raises(DataError, match=r"data.group_column"):
        read_table(SeriesConfig(path=path))


def test_birthdays_and_dates_in_random_order_are_no_series(tmp_path: Path) -> None:
    for column in ("birthday", "Date of birth", "dob"):
        rows = [f"{day},{place % 7}.5" for place, day in enumerate(DAYS)]
        assert not looks_like_series(written(tmp_path / "a.csv", f"{column},x", rows))
    random = [DAYS[place * 131 % 300] for place in range(300)]
    rows = [f"{day},{place % 7}.5" for place, day in enumerate(random)]
    assert not looks_like_series(written(tmp_path / "a.csv", "joined,height", rows))
    assert looks_like_series(written(tmp_path / "a.csv", "date,height", rows))


def test_a_column_called_as_messages_are_is_text_however_short_they_are(tmp_path: Path) -> None:
    rows = [f"{day},{place % 7},{place % 5},so it {place}" for place, day in enumerate(DAYS[:300])]
    assert not looks_like_series(written(tmp_path / "a.csv", "date,likes,retweets,message", rows))
    assert looks_like_series(written(tmp_path / "a.csv", "date,likes,retweets,weather", rows))


def test_series_one_after_another_are_told_of(tmp_path: Path) -> None:
    days = [*DAYS[:300], *DAYS[400:700]]
    said = "Time jumps where {} changes"
    for column, words in (("store", ["Rome"] * 300 + ["Bonn"] * 300), ("unit", ["EUR"] * 200 + ["USD"] * 400)):
        rows = [f"{day},{place % 7}.5,{word}" for place, (day, word) in enumerate(zip(days, words, strict=True))]
        notes = read_table(SeriesConfig(path=written(tmp_path / "a.csv", f"date,sales,{column}", rows))).notes
        assert any(said.format(column) in note for note in notes) is (column == "store")


def test_dates_in_any_spelling_are_no_labelled_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Date,x,label\n" + "".join(f"1/{day}/2022,{day},{day % 2}\n" for day in range(1, 30)))
    assert not looks_labelled(str(path))
    assert looks_like_series(str(path))
