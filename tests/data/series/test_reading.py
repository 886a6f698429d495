"""Tables as they come: what is found out, and every fault with its line and what to type."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np
import pytest

from quatrain.data import SeriesConfig, open_series
from quatrain.data.series import looks_like_series, read_table, series_of
from quatrain.errors import ConfigError, DataError

from .tables import days, hours, walk, wave, write

N = 200


def table(tmp_path: Path, **columns: object) -> Path:
    return write(tmp_path / "series.csv", {"date": hours(N), "load": wave(N), **columns})


def edited(path: Path, line: int, text: str) -> Path:
    lines = path.read_text().splitlines()
    lines[line - 1] = text
    path.write_text("\n".join(lines) + "\n")
    return path


def refusal(path: Path, **settings: object) -> str:
    with pytest.raises(DataError) as refused:
        open_series(SeriesConfig(path=str(path), **settings))
    return str(refused.value)


def test_a_table_is_read_as_it_stands(tmp_path: Path) -> None:
    path = table(tmp_path, note=["fine"] * N)
    read = read_table(SeriesConfig(path=str(path)))
    assert read.time_column == "date"
    np.testing.assert_array_equal(read.values["load"], wave(N))
    assert read.lines[0] == 2
    assert read.notes == ("Without numbers, and so not read: note.",)


@pytest.mark.parametrize("ending", [".csv.gz", ".tsv", ".jsonl"])
def test_other_tables_give_the_same(tmp_path: Path, ending: str) -> None:
    path, plain = tmp_path / f"other{ending}", table(tmp_path)
    text = plain.read_text()
    if ending == ".csv.gz":
        path.write_bytes(gzip.compress(text.encode()))
    elif ending == ".tsv":
        path.write_text(text.replace(",", "\t"))
    else:
        rows = (line.split(",") for line in text.splitlines()[1:])
        path.write_text("".join(f'{{"date": "{date}", "load": {load}}}\n' for date, load in rows))
    np.testing.assert_array_equal(read_table(SeriesConfig(path=str(path))).values["load"], wave(N))


def test_a_table_may_come_through_stdin(tmp_path: Path) -> None:
    content = io.BytesIO(table(tmp_path).read_bytes())
    assert len(read_table(SeriesConfig(path="-"), stdin=content)) == N


def test_columns_are_named_by_a_list_or_by_commas(tmp_path: Path) -> None:
    path = table(tmp_path, wind=wave(N, 1), rain=wave(N, 2))
    data = open_series(SeriesConfig(path=str(path), columns="load, wind", targets="wind"))
    assert data.series.columns == ("load", "wind")
    assert data.series.targets == ("wind",)


def test_targets_are_read_though_they_are_no_columns(tmp_path: Path) -> None:
    path = table(tmp_path, wind=wave(N, 1))
    assert open_series(SeriesConfig(path=str(path), columns="load", targets="wind")).series.columns == ("load", "wind")


def test_an_unknown_column_is_refused_with_the_nearest(tmp_path: Path) -> None:
    assert "Did you mean 'load'?" in refusal(table(tmp_path), columns="laod")
    assert "no column is called 'when'" in refusal(table(tmp_path), time_column="when")


def test_a_column_without_numbers_is_refused(tmp_path: Path) -> None:
    assert "column note holds no numbers. Known: load" in refusal(table(tmp_path, note=["fine"] * N), columns="note")


def test_a_table_without_time_stamps_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "plain.csv", {"a": wave(N), "b": wave(N, 1)})
    assert "no column holds time stamps" in refusal(path)
    assert "--set" not in refusal(path), "measurements are no stamps"


def test_rows_out_of_order_are_refused_and_may_be_sorted(tmp_path: Path) -> None:
    path = table(tmp_path)
    lines = path.read_text().splitlines()
    lines[10], lines[11] = lines[11], lines[10]
    path.write_text("\n".join(lines) + "\n")
    message = refusal(path)
    assert "time runs backwards in 1 places: line 12 (2024-01-01 09:00:00)" in message
    assert "--set data.sort=true" in message
    data = open_series(SeriesConfig(path=str(path), sort=True))
    np.testing.assert_array_equal(data.series.inputs[:, 0], wave(N))
    assert "1 rows stood before earlier ones" in " ".join(data.notes)


def test_a_table_that_begins_with_its_newest_row_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "down.csv", {"date": hours(N)[::-1], "load": wave(N)})
    assert "The newest row stands first" in refusal(path)
    data = open_series(SeriesConfig(path=str(path), sort=True))
    np.testing.assert_array_equal(data.series.inputs[:, 0], wave(N)[::-1])


def test_duplicated_stamps_are_refused_and_one_may_count(tmp_path: Path) -> None:
    path = edited(table(tmp_path), 12, f"{hours(N)[9]},999")
    message = refusal(path)
    assert "1 time stamps stand twice: line 12 (2024-01-01 09:00:00)" in message
    assert "--set data.duplicates=first" in message
    for which, value in (("first", wave(N)[9]), ("last", 999)):
        data = open_series(SeriesConfig(path=str(path), duplicates=which))
        assert len(data.series) == N - 1
        assert data.series.inputs[9, 0] == value


def test_missing_numbers_are_refused_with_their_place(tmp_path: Path) -> None:
    path = edited(table(tmp_path), 7, f"{hours(N)[5]},")
    message = refusal(path)
    assert "line 7: a number is missing in column load (2024-01-01 05:00:00)" in message
    assert "in all: load 1" in message
    assert "--set data.missing=last" in message


@pytest.mark.parametrize("word", ["", "NA", "nan", "null", "-"])
def test_a_missing_number_is_the_last_before_it_and_no_target(tmp_path: Path, word: str) -> None:
    path = edited(table(tmp_path), 7, f"{hours(N)[5]},{word}")
    data = open_series(SeriesConfig(path=str(path), missing="last"))
    assert data.series.inputs[5, 0] == data.series.inputs[4, 0]
    assert np.isnan(data.series.truth[5, 0])
    assert np.isfinite(data.series.inputs).all()
    assert "are read as the last ones before them" in " ".join(data.notes)


def test_rows_before_the_first_number_are_left_out(tmp_path: Path) -> None:
    path = edited(edited(table(tmp_path), 2, f"{hours(N)[0]},"), 3, f"{hours(N)[1]},")
    data = open_series(SeriesConfig(path=str(path), missing="last"))
    assert len(data.series) == N - 2
    assert "The first 2 rows are left out" in " ".join(data.notes)


def test_a_missing_number_leaves_two_returns_unscored(tmp_path: Path) -> None:
    path = edited(write(tmp_path / "price.csv", {"date": days(N), "close": walk(N)}), 7, f"{days(N)[5]},")
    data = open_series(SeriesConfig(path=str(path), missing="last"))
    assert np.flatnonzero(np.isnan(data.series.truth[:, 0])).tolist() == [4, 5]


def test_a_word_among_numbers_is_refused_with_its_line(tmp_path: Path) -> None:
    message = refusal(edited(table(tmp_path), 9, f"{hours(N)[7]},broken"))
    assert "series.csv, line 9: 'broken' stands in column load" in message


def test_an_infinite_number_is_a_word(tmp_path: Path) -> None:
    assert "'inf' stands in column load" in refusal(edited(table(tmp_path), 9, f"{hours(N)[7]},inf"))


def test_a_word_among_time_stamps_is_refused_with_its_line(tmp_path: Path) -> None:
    assert "line 9: 'soon' in column date is no time stamp" in refusal(edited(table(tmp_path), 9, "soon,1"))


def test_a_row_of_another_length_is_refused_with_its_line(tmp_path: Path) -> None:
    assert "line 9: 3 values stand under 2 columns" in refusal(edited(table(tmp_path), 9, "2024-01-01 07:00:00,1,2"))


def test_an_empty_table_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("date,load\n")
    assert "holds no row of numbers" in refusal(tmp_path / "empty.csv")
    assert "there is no such file" in refusal(tmp_path / "nowhere.csv")
    (tmp_path / "notes.txt").write_text("words")
    assert "this is no table" in refusal(tmp_path / "notes.txt")


def test_a_horizon_longer_than_the_series_is_refused(tmp_path: Path) -> None:
    message = refusal(table(tmp_path), horizon=500)
    assert "a horizon of 500 rows is longer than the series of 200" in message
    assert "--set data.input_len=1 --set data.horizon=7" in message
    open_series(SeriesConfig(path=str(table(tmp_path)), input_len=1, horizon=7))


LONG = {"horizon": 4, "input_len": 30}


@pytest.mark.parametrize(
    ("n", "needed", "settings"),
    [(2, 6, {}), (3, 6, {}), (5, 35, {"horizon": 4}), (3, 45, {"input_len": 30}), (4, 49, LONG)],
)
def test_how_many_rows_are_needed_is_said(tmp_path: Path, n: int, needed: int, settings: dict[str, int]) -> None:
    def of(rows: int) -> Path:
        return write(tmp_path / f"{rows}.csv", {"date": days(rows), "load": wave(rows)})

    assert f"at least {needed} are needed" in refusal(of(n), **settings)
    refusal(of(needed - 1), **settings)
    open_series(SeriesConfig(path=str(of(needed)), **settings))


def test_only_what_works_is_advised_where_a_series_is_short(tmp_path: Path) -> None:
    path = write(tmp_path / "five.csv", {"date": days(5), "load": wave(5)})
    assert refusal(path).endswith("Take another split (--set data.val_fraction=0.2).")
    open_series(SeriesConfig(path=str(path), val_fraction=0.2))


def test_a_column_of_measurements_is_not_advised_as_one_of_stamps(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", {"load": wave(N), "wind": walk(N)})
    assert "Add one, or number the rows in index. Columns: load, wind." in refusal(path)
    write(path, {"index": range(N), "load": wave(N), "wind": walk(N)})
    assert len(open_series(SeriesConfig(path=str(path))).series) == N
    write(path, {"load": wave(N), "row": range(N)})
    assert "Name it: --set data.time_column=row." in refusal(path)
    assert len(open_series(SeriesConfig(path=str(path), time_column="row")).series) == N


def test_too_short_a_training_part_is_refused(tmp_path: Path) -> None:
    message = refusal(table(tmp_path), input_len=150, horizon=10)
    assert "the training part has 140 rows, and one window takes 160" in message
    assert "--set data.input_len=37" in message


def test_too_short_a_validation_part_is_refused(tmp_path: Path) -> None:
    assert "the validation part has 20 rows, and one window takes 24" in refusal(
        table(tmp_path), horizon=24, input_len=8
    )


def test_more_rows_than_there_are_are_refused(tmp_path: Path) -> None:
    assert "200 rows cannot be split into 150" in refusal(table(tmp_path), train_rows=150, val_rows=40, test_rows=40)


def test_log_returns_of_zero_are_refused_with_the_line(tmp_path: Path) -> None:
    path = edited(table(tmp_path), 9, f"{hours(N)[7]},0")
    assert "line 9: load is 0, and only values above 0 have log returns" in refusal(path, returns="log")


def test_settings_of_no_sense_are_refused() -> None:
    for settings in ({"horizon": 0}, {"returns": "maybe"}, {"missing": "mean"}, {"val_fraction": 1.0}):
        with pytest.raises(ConfigError):
            SeriesConfig(path="x", **settings)


def test_a_gap_is_told_and_run_across(tmp_path: Path) -> None:
    path = write(tmp_path / "gap.csv", {"date": [*hours(300)[:50], *hours(300)[60:]], "load": wave(290)})
    data = open_series(SeriesConfig(path=str(path), horizon=5))
    assert "Rows are left out in 1 places, the most after 2024-01-03 01:00:00" in " ".join(data.notes)
    assert len(data.series) == 290


def test_a_column_called_close_is_a_price_unless_told_otherwise(tmp_path: Path) -> None:
    prices = walk(N)
    path = write(tmp_path / "price.csv", {"date": days(N), "volume": [0, *range(1, N)], "close": prices})
    said: list[str] = []
    data = open_series(SeriesConfig(path=str(path)), say=said.append)
    assert data.config.returns == "log"
    assert data.config.horizon == 1
    np.testing.assert_allclose(data.series.truth[:, 0], np.diff(np.log(prices)))
    np.testing.assert_array_equal(data.series.levels[:, 0], prices[1:])
    np.testing.assert_array_equal(data.series.inputs[:, 0], np.arange(1, N), "volume has a 0: it stays as it is")
    assert any("Column close looks like a price, so its log returns are modelled" in line for line in said)
    plain = open_series(SeriesConfig(path=str(path), returns="none", horizon=2))
    np.testing.assert_array_equal(plain.series.truth[:, 0], prices)
    differences, _ = series_of(read_table(SeriesConfig(path=str(path))), SeriesConfig(path=str(path), returns="diff"))
    np.testing.assert_allclose(differences.truth[:, 0], np.diff(prices))


@pytest.mark.parametrize(
    ("text", "is_series"),
    [
        ("date,load\n2024-01-01,1\n2024-01-02,2\n2024-01-03,\n", True),
        ("year,load\n2001,1\n2002,2\n2003,2.5\n", True),
        ("date,load\n2024-01-03,1\n2024-01-02,2\n2024-01-01,3\n", True),
        ("date,text,label\n2024-01-01,good,1\n2024-01-02,bad,0\n2024-01-03,fair,1\n", False),
        ("text,label\ngood,1\nbad,0\nfair,1\n", False),
        ("a,b\n1,2\n3,4\n5,6\n", False),
        ("date,load\n2024-01-01,1\n2024-01-01,2\n2024-01-03,3\n", True),
        ("date\n2024-01-01\n2024-01-02\n2024-01-03\n", False),
        ("src,tgt\n1,2\n3,4\n5,6\n", False),
        ("date,load\n2024-01-01,1\n2024-02-30,2\n2024-01-03,3\n2024-01-04,3\n2024-01-05,3\n", True),
        ("date,load\n2024-01-01,1\n2024-01-02,inf\n2024-01-03,3\n", True),
        ("Date,Sales\n01/30/2022,1\n01/31/2022,2\n02/01/2022,3\n", True),
        ("Date;Sales\n30.01.2022;1,5\n31.01.2022;2,5\n01.02.2022;3,5\n", True),
        ("Date,Sales\n30-Jan-22,$1.5\n31-Jan-22,$2.5\n01-Feb-22,$3.5\n", True),
        ("Quarter,GDP\n1950 Q1,1\n1950 Q2,2\n1950 Q3,3\n", True),
        (",2022\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n", True),
        ("date,store,sales\n2024-01-01,a,1\n2024-01-01,b,2\n2024-01-02,a,3\n2024-01-02,b,3\n", True),
        ("date,review,stars\n" + "".join(f"2024-01-0{d},day {d} was not bad at all,{d}\n" for d in range(1, 9)), False),
        ("date,who,what,n\n2024-01-01,al,x,1\n2024-01-02,bo,y,2\n2024-01-03,cy,z,2\n", False),
        ("step,load\n3,1\n1,2\n2,3\n", False),
    ],
)
def test_tables_of_dates_and_numbers_look_like_series(tmp_path: Path, text: str, is_series: bool) -> None:
    path = tmp_path / "some.csv"
    path.write_text(text)
    assert looks_like_series(str(path)) is is_series
    assert not looks_like_series(str(tmp_path / "nowhere.csv"))


def test_dates_and_numbers_are_read_as_people_write_them(tmp_path: Path) -> None:
    stamps = [f"{day[8:]}.{day[5:7]}.{day[:4]}" for day in days(N)]
    loads = [f"{1000 + value:,.2f}".translate(str.maketrans(",.", ".,")) for value in wave(N)]
    path = tmp_path / "german.csv"
    path.write_text("\ufeffDatum;Last\r\n" + "".join(f"{a};{b}\r\n" for a, b in zip(stamps, loads, strict=True)))
    read = read_table(SeriesConfig(path=str(path)))
    assert (read.times.written(0), read.times.written(N - 1)) == (days(N)[0], days(N)[-1])
    np.testing.assert_allclose(read.values["Last"], 1000 + wave(N), atol=0.006)
    assert read.notes == ("Read with a comma before the decimals: Last.",)


def test_days_and_months_are_told_apart_by_the_whole_column(tmp_path: Path) -> None:
    stamps = [f"{day[5:7]}/{day[8:]}/{day[:4]}" for day in days(N)]
    path = write(tmp_path / "us.csv", {"Date": stamps, "load": wave(N)})
    data = open_series(SeriesConfig(path=str(path)))
    assert data.series.times.written(N - 1) == days(N)[-1]
    assert data.config.date_order == "mdy", "what a table of a few rows is read by later"
    assert "Dates are read as month, day and year." in data.notes


def test_where_days_and_months_cannot_be_told_apart_somebody_must_say(tmp_path: Path) -> None:
    stamps = [f"{1 + place % 12:02}/{1 + place % 12:02}/{2000 + place}" for place in range(20)]
    path = write(tmp_path / "any.csv", {"Date": stamps, "load": wave(20)})
    assert "--set data.date_order=dmy, mdy or ymd" in refusal(path)


def test_days_and_months_are_told_apart_by_regular_steps(tmp_path: Path) -> None:
    stamps = [f"{1 + month % 12:02}/01/{2000 + month // 12}" for month in range(N)]
    path = write(tmp_path / "monthly.csv", {"Date": stamps, "load": wave(N)})
    assert open_series(SeriesConfig(path=str(path))).config.date_order == "mdy"
    assert open_series(SeriesConfig(path=str(path), date_order="mdy")).series.frequency.name == "monthly"


def test_the_time_of_day_may_stand_in_a_column_of_its_own(tmp_path: Path) -> None:
    date, clock = zip(*(stamp.split() for stamp in hours(N)), strict=True)
    path = write(tmp_path / "two.csv", {"Date": date, "Time": [text.replace(":", ".") for text in clock], "x": wave(N)})
    read = read_table(SeriesConfig(path=str(path)))
    assert (read.times.written(25), [*read.values]) == (hours(N)[25], ["x"])
    assert read.notes == ("The time of day stands in Time.",)


def test_seconds_since_1970_are_dates_and_so_have_a_season(tmp_path: Path) -> None:
    for unit in (1, 1000):
        path = write(tmp_path / f"{unit}.csv", {"time": (1_704_067_200 + 3600 * np.arange(N)) * unit, "x": wave(N)})
        data = open_series(SeriesConfig(path=str(path)))
        assert (data.series.frequency.name, data.series.times.written(1)) == ("hourly", hours(N)[1])
        assert data.train.horizon > 4


def test_days_of_excel_are_dates_where_the_column_is_called_so(tmp_path: Path) -> None:
    for name, first in (("Date", "2022-01-01"), ("index", "44562")):
        path = write(tmp_path / f"{name}.csv", {name: 44_562 + np.arange(N), "x": wave(N)})
        assert read_table(SeriesConfig(path=str(path))).times.written(0) == first


def test_a_row_without_a_time_is_one_fault_alone(tmp_path: Path) -> None:
    faults: list[str] = []
    path = edited(table(tmp_path), 9, "2024-02-30,1")
    read_table(SeriesConfig(path=str(path)), lambda fault: faults.append(str(fault)))
    assert len(faults) == 1
    assert "line 9: '2024-02-30' in column date is no time stamp" in faults[0]


def test_a_column_without_a_name_that_counts_rows_is_not_read(tmp_path: Path) -> None:
    path = write(tmp_path / "pandas.csv", {"": np.arange(N), "date": days(N), "load": wave(N)})
    read = read_table(SeriesConfig(path=str(path)))
    assert [*read.values] == ["load"]
    assert read.notes == ("The first column has no name and counts the rows, and so is not read.",)
    kept = read_table(SeriesConfig(path=str(write(tmp_path / "b.csv", {"": wave(N), "date": days(N)}))))
    assert [*kept.values] == [""]


def test_time_stamps_may_stand_in_a_column_without_a_name(tmp_path: Path) -> None:
    read = read_table(SeriesConfig(path=str(write(tmp_path / "frame.csv", {"": days(N), "load": wave(N)}))))
    assert (read.time_column, read.times.written(0)) == ("", days(N)[0])


def test_a_price_that_is_not_above_0_stops_with_its_row(tmp_path: Path) -> None:
    path = edited(write(tmp_path / "price.csv", {"date": days(N), "close": walk(N)}), 9, f"{days(N)[7]},0")
    message = refusal(path)
    assert f"price.csv, line 9: close looks like a price and is 0 ({days(N)[7]})" in message
    assert "--set data.returns=diff, or none" in message
    assert open_series(SeriesConfig(path=str(path), returns="none", horizon=2)).series.returns == "none"


def stores(tmp_path: Path, *, is_sorted: bool) -> Path:
    rows = [(day, store, place) for place, day in enumerate(days(N)) for store in ("Rome", "Bonn")]
    rows = sorted(rows, key=lambda row: (row[1], row[0])) if is_sorted else rows
    loads = {"Rome": wave(N), "Bonn": wave(N, 1)}
    columns = {"date": [row[0] for row in rows], "store": [row[1] for row in rows]}
    return write(tmp_path / "long.csv", columns | {"sales": [loads[store][place] for _, store, place in rows]})


@pytest.mark.parametrize("is_sorted", [False, True])
def test_series_below_one_another_are_named_and_may_stand_side_by_side(tmp_path: Path, is_sorted: bool) -> None:
    path = stores(tmp_path, is_sorted=is_sorted)
    message = refusal(path)
    assert "store tells 2 series below one another" in message
    assert "--set data.group_column=store" in message
    assert "duplicates" not in message
    data = open_series(SeriesConfig(path=str(path), group_column="store"))
    by_name = dict(zip(data.series.columns, data.series.inputs.T, strict=True))
    np.testing.assert_array_equal(by_name["sales Rome"], wave(N))
    np.testing.assert_array_equal(by_name["sales Bonn"], wave(N, 1))
    again = open_series(data.config)
    assert again.fingerprint == data.fingerprint
    assert open_series(SeriesConfig(path=str(path), group_column="store", columns="sales")).series.columns == (
        data.series.columns
    )


def test_a_moment_that_stands_twice_for_one_series_is_refused(tmp_path: Path) -> None:
    path = stores(tmp_path, is_sorted=False)
    path.write_text(path.read_text() + f"{days(N)[3]},Rome,1\n")
    assert f"'{days(N)[3]}' stands twice for 'Rome'" in refusal(path, group_column="store")
    assert "no column is called 'shop'" in refusal(path, group_column="shop")


def test_two_columns_may_tell_series_apart(tmp_path: Path) -> None:
    rows = [(day, store, dept) for day in days(N) for store in (1, 2) for dept in (7, 8)]
    date, store, dept = zip(*rows, strict=True)
    path = write(tmp_path / "long.csv", {"date": date, "store": store, "dept": dept, "sales": wave(len(rows))})
    assert "--set data.group_column=store,dept" in refusal(path)
    data = open_series(SeriesConfig(path=str(path), group_column="store,dept"))
    assert data.series.columns == ("sales 1 7", "sales 1 8", "sales 2 7", "sales 2 8")


@pytest.mark.parametrize(
    ("separator", "cells", "decimal", "first", "note"),
    [
        (";", ["1.337", "961"], None, 1337, "1.337 in kurs is read as 1337; if it is 1.337: --set data.decimal=."),
        (",", ["1.337", "961"], None, 1.337, "1.337 in kurs is read as 1.337; if it is 1337: --set data.decimal=,"),
        ("\t", ["1,475", "1,510"], None, 1475, "1,475 in kurs is read as 1475; if it is 1.475: --set data.decimal=,"),
        ("\t", ["1,475", "1,510"], ",", 1.475, None),
        (",", ["1.337", "961"], ",", 1337, None),
        (";", ["1.337", "961"], ".", 1.337, None),
    ],
)
def test_three_digits_behind_every_mark_are_read_one_way_and_told(
    tmp_path: Path, separator: str, cells: list[str], decimal: str | None, first: float, note: str | None
) -> None:
    path = tmp_path / ("prices.tsv" if separator == "\t" else "prices.csv")
    rows = [f"{day}{separator}{cells[place % 2]}" for place, day in enumerate(days(20))]
    path.write_text("\n".join([f"date{separator}kurs", *rows]) + "\n")
    read = read_table(SeriesConfig(path=str(path), decimal=decimal))
    assert read.values["kurs"][0] == first
    assert read.decimal == (decimal or ("." if first == 1.337 or separator == "\t" else ","))
    assert [told for told in read.notes if "data.decimal" in told] == ([note] if note else [])


def test_a_point_behind_a_zero_tells_that_it_stands_before_decimals(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text("date;rate\n" + "".join(f"{day};{'1.250' if i else '0.500'}\n" for i, day in enumerate(days(20))))
    read = read_table(SeriesConfig(path=str(path)))
    assert read.values["rate"][1] == 1.25
    assert not any("rate" in note for note in read.notes)


@pytest.mark.parametrize(
    ("separator", "cell", "others", "is_told"),
    [
        (",", "8.951", ["0.250", "1.5"], False),
        (",", "8.951", ["12", "13"], True),
        (";", "8,951", ["0,250", "1,5"], False),
        (";", "8.951", ["0,250", "1,5"], True),
        ("\t", "8,951", ["0.250", "1.5"], True),
    ],
)
def test_three_digits_are_told_of_only_where_no_other_column_says_what_stands_before_decimals(
    tmp_path: Path, separator: str, cell: str, others: list[str], is_told: bool
) -> None:
    path = tmp_path / ("a.tsv" if separator == "\t" else "a.csv")
    rows = [separator.join((day, cell, others[place % 2])) for place, day in enumerate(days(20))]
    path.write_text("\n".join([separator.join(("date", "x", "y")), *rows]) + "\n")
    told = [
        note for note in read_table(SeriesConfig(path=str(path))).notes if note.startswith(f"{cell} in x is read as")
    ]
    assert bool(told) is is_told


@pytest.mark.parametrize("units", [("${}", "€{}"), ("{}%", "{}")])
def test_units_that_differ_within_a_column_are_told(tmp_path: Path, units: tuple[str, str]) -> None:
    path = table(tmp_path, price=[units[i % 2].format(i + 1) for i in range(N)])
    assert any(note.startswith("Units differ in price") for note in read_table(SeriesConfig(path=str(path))).notes)


@pytest.mark.parametrize("others", [("3.5",), ("3.5", "north"), ("2024-06-01", "7")])
def test_a_first_row_with_a_date_is_data(tmp_path: Path, others: tuple[str, ...]) -> None:
    path = tmp_path / "a.csv"
    path.write_text("".join(f"2024-01-{day:02},{','.join(others)}\n" for day in range(1, 29)))
    assert looks_like_series(str(path))
    table = read_table(SeriesConfig(path=str(path)))
    assert (len(table), table.time_column, int(table.lines[0])) == (28, "1", 1)
    names = ", ".join(str(place) for place in range(1, len(others) + 2))
    assert table.notes[0] == (f"The first row is read as data, not as names of columns, which are called {names}.")


def test_dates_that_name_columns_are_a_header(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("moment,2024-01-01,2024-02-01\n" + "".join(f"2023-01-{day:02},1,{day}\n" for day in range(1, 29)))
    assert [*read_table(SeriesConfig(path=str(path))).values] == ["2024-01-01", "2024-02-01"]
