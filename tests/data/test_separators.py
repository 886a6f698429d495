"""What stands between the values of a .csv is found from its first rows, quotes and prose notwithstanding."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from quatrain.data import DataConfig, LabelledConfig, SeriesConfig, check_data, open_labelled
from quatrain.data.readers import read_documents
from quatrain.data.separators import separator_of_text
from quatrain.data.series import looks_like_series, read_table
from quatrain.errors import DataError


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n2,5;3,5\n", ";"),
        ("day;load, MW;wind\n1;2,5;3\n2;2,5;3\n", ";"),
        ("a\tb\n1\t2\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ('a;b\n"x; y";"one\ntwo"\n"p,q";r\n', ";"),
        ("text,label\none; two; three,x\nfour; five; six,y\n", ","),
        ("text;what,label\na;b,x\nc,d\n", ","),
        ("text\nIt was; it is\nSo; there\n", ","),
        ("text,label\na, b, c\nd,e\nf,g\n", ","),
        ("a;b\n", ";"),
        ("", ","),
    ],
)
def test_the_separator_is_what_the_first_row_has_and_the_others_have_as_often(text: str, separator: str) -> None:
    assert separator_of_text(text) == separator


def test_a_row_that_is_cut_off_does_not_count() -> None:
    assert separator_of_text("a;b\n1;2\n3", is_whole=False) == ";"


@pytest.mark.parametrize(("mark", "words"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_texts_are_read_whatever_separates_them_and_check_says_what(tmp_path: Path, mark: str, words: str) -> None:
    rows = [("id", "text"), *((str(place), f'"one, {place}\r\nand {mark} two"') for place in range(30))]
    path = tmp_path / "a.csv"
    path.write_bytes(("\ufeff" + "\r\n".join(map(mark.join, rows)) + "\r\n").encode())
    found = [document.text for document in read_documents(DataConfig(path=str(path)))]
    assert found[7] == f"one, 7\r\nand {mark} two"
    assert f"note: {path}: values are separated by {words}." in check_data(DataConfig(path=str(path))).lines()
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert len([*read_documents(DataConfig(path=str(tmp_path / "b.csv.gz")))]) == 30


def test_labels_are_read_from_a_table_of_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "Kommentar;Bewertung\n" + "".join(f"schön, {i};gut\nübel, {i};schlecht\n" for i in range(20)),
        encoding="latin-1",
    )
    asked = LabelledConfig(path=str(path), text_column="Kommentar", label_column="Bewertung", encoding="latin-1")
    assert open_labelled(asked).classes == ("gut", "schlecht")


def test_prose_with_semicolons_stays_a_table_of_commas(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text\n" + "It was the best of times; it was the worst of times\n" * 30)
    assert next(iter(read_documents(DataConfig(path=str(path))))).text.endswith("; it was the worst of times")
    assert not any("separated" in line for line in check_data(DataConfig(path=str(path))).lines())


@pytest.mark.parametrize(
    ("first", "mark"), [("sep=;", ";"), ('"sep=,"', ","), ("SEP=\t", "\t"), ("sep=|||", "|"), ("sep=:", ":")]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_first_line_may_say_what_separates_the_values(tmp_path: Path, first: str, mark: str, encoding: str) -> None:
    path = tmp_path / "a.csv"
    rows = [
        f"2024-01-{day:02}{mark}{day},5" if mark == ";" else f"2024-01-{day:02}{mark}{day}.5" for day in range(1, 29)
    ]
    path.write_bytes("\r\n".join([first, f"date{mark}load", *rows, ""]).encode(encoding))
    config = SeriesConfig(path=str(path), encoding=encoding.removesuffix("-sig"))
    read = read_table(config)
    assert read.values["load"].tolist() == [day + 0.5 for day in range(1, 29)]
    assert read.lines[0] == 3
    assert encoding == "utf-16" or looks_like_series(str(path))
    rows[4] = f"2024-01-05{mark}broken"
    path.write_bytes("\r\n".join([first, f"date{mark}load", *rows]).encode(encoding))
    with pytest.raises(DataError, match=r"a.csv, line 7: 'broken' stands in column load"):
        read_table(config)
    path.write_bytes(
        "\r\n".join([first, f"date{mark}load", f"2024-01-05{mark}1{mark}2{mark}3", *rows]).encode(encoding)
    )
    with pytest.raises(DataError, match=r"a.csv, line 3: 4 values stand under 2 columns"):
        read_table(config)


def test_texts_and_labels_may_stand_below_such_a_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sep=;\ntext;label\n" + "".join(f"so, it goes {i};good\nso, it ends {i};bad\n" for i in range(20)))
    assert open_labelled(LabelledConfig(path=str(path))).classes == ("bad", "good")
    assert next(iter(read_documents(DataConfig(path=str(path), text_column="text")))).text == "so, it goes 0"
    assert any("values are separated by semicolons" in line for line in check_data(DataConfig(path=str(path))).lines())
    path.write_text("sep=;\n")
    with pytest.raises(DataError, match=r"holds no row"):
        read_table(SeriesConfig(path=str(path)))


def test_a_table_of_commas_may_hold_such_words(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text\n" + "sep=;\n" * 3)
    assert [document.text for document in read_documents(DataConfig(path=str(path)))] == ["sep=;"] * 3
