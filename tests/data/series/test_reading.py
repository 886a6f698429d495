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
    assert "--set data.time_column=a" in refusal(path)


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
    assert "--set data.horizon=125" in message


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
    ],
)
def test_tables_of_dates_and_numbers_alone_look_like_series(tmp_path: Path, text: str, is_series: bool) -> None:
    path = tmp_path / "some.csv"
    path.write_text(text)
    assert looks_like_series(str(path)) is is_series
    assert not looks_like_series(str(tmp_path / "nowhere.csv"))
