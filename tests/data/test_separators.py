"""What stands between the values of a .csv is found from its first rows, quotes and prose notwithstanding."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from quatrain.data import DataConfig, LabelledConfig, check_data, open_labelled
from quatrain.data.readers import read_documents
from quatrain.data.separators import separator_of_text


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
