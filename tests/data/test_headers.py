"""A first row is taken for names or for data by one rule, and no reader loses a row by it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from quatrain.data import DataConfig, LabelledConfig, MaskedConfig, PairsConfig, check_data, open_data, open_labelled
from quatrain.data.corpus import open_text
from quatrain.data.headers import names_columns
from quatrain.data.pairs.reading import read_parallel
from quatrain.data.readers import read_documents
from quatrain.errors import DataError

LINES = [f"the {word} ship of the line sailed on" for word in ("first", "second", "third", "fourth", "fifth")]
LABELLED = [("neg", "a dull film"), ("pos", "warm and wise"), ("neg", "too long for me"), ("pos", "a joy to see")]
HAM = [["ham", "see you"], ["spam", "win"], ["ham", "so"], ["spam", "now"]]


def write(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    mark = {".csv": ",", ".tsv": "\t"}[path.suffix]
    path.write_text("".join(mark.join(map(str, row)) + "\n" for row in rows), encoding="utf-8")
    return path


def texts(path: Path, **settings: object) -> list[str]:
    return [document.text for document in read_documents(DataConfig(path=str(path), **settings))]


def notes(config: DataConfig | MaskedConfig) -> list[str]:
    return [line for line in check_data(config).lines() if line.startswith("note: ") and "first row" in line]


@pytest.mark.parametrize(
    ("first", "below", "asked", "expected"),
    [
        (["text", "label"], [["a dull film", "neg"]], [], True),
        (["0", "1"], [["a dull film", "0"], ["a warm film", "1"]], ["1"], True),
        (["", "0", "1"], [["0", "a dull film", "0"]], [], True),
        (["2", "a dull film of old"], [["2", "a warm one, and wise"]], ["2"], False),
        (["text", "label"], [["a dull film", "neg"]], ["1", "2"], False),
        (["2019", "2020"], [["a dull film", "a warm one"]], ["2019"], True),
        (["neg", "a dull film"], [["pos", "warm and wise"], ["neg", "too long for me"]], [], False),
        (["ham", "dull"], HAM, [], False),
        (["spam", "v2"], HAM, [], False),
        (["win", "v2"], HAM, ["win"], True),
        (["kind", "win"], HAM, ["win"], False),
        (["spam", "v2"], HAM, ["v2"], True),
        (["label", "v2"], [["label", "see you"], ["title", "win"]], ["label"], True),
        (["spam", "text"], HAM, [], True),
        (["title", "It was the best of times"], [["title", "It was"], ["body", "So it goes on"]] * 2, [], False),
        (["id", "What did you like?"], [["x", "all of it, really"]], [], True),
        (["stars", "What did you like?"], [["4", "all of it, really"]], [], True),
        (["4", "I liked all of it"], [["5", "all of it, really"]], [], False),
        (["What did you like?"], [["all of it, really"]], ["What did you like?"], True),
        (["the first ship of the line"], [], [], False),
        (["the first ship"], [["aye"], ["no"]], [], None),
        (["kind", "name"], [["a", "b"]], ["other"], None),
    ],
)
def test_a_first_row_is_told_from_names(
    first: list[str], below: list[list[str]], asked: list[str], expected: bool | None
) -> None:
    assert names_columns(first, below, asked) is expected


@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_a_column_of_prose_without_a_name_is_read_whole_and_said_to_be(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, [(line,) for line in LINES])
    assert texts(path) == LINES
    said: list[str] = []
    sentence = f"{path}: the first row is read as text, not as names of columns."
    data = open_text(DataConfig(path=str(path)), cache_dir=tmp_path / "cache", say=said.append)
    assert sentence in said
    assert sentence in data.notes
    again: list[str] = []
    open_text(DataConfig(path=str(path)), cache_dir=tmp_path / "cache", say=again.append)
    assert sentence in again
    assert notes(DataConfig(path=str(path))) == notes(MaskedConfig(path=str(path))) == [f"note: {sentence}"]


def test_a_table_of_one_row_of_prose_is_a_text(tmp_path: Path) -> None:
    assert texts(write(tmp_path / "a.csv", [LINES[:1]])) == LINES[:1]


def test_numbers_beside_prose_without_names_are_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [(i, line) for i, line in enumerate(LINES)])
    assert texts(path) == LINES
    assert notes(DataConfig(path=str(path))) == [
        f"note: {path}: the first row is read as text, not as names of columns, and the text is column 2."
    ]


def test_columns_by_number_are_read_first_row_included_and_nothing_more_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", LABELLED)
    config = DataConfig(path=str(path), text_column=2)
    assert texts(path, text_column=2) == [text for _, text in LABELLED]
    assert texts(path, text_column="1") == [label for label, _ in LABELLED]
    assert notes(config) == []
    with pytest.raises(DataError, match=r"no column is called '3'\. Its columns: 1, 2\. Name one: --set"):
        texts(path, text_column=3)


def test_a_masked_model_reads_columns_by_number(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [("x", line) for line in LINES])
    data = open_data(MaskedConfig(path=str(path), text_column=2))
    assert data.about()["n_chars"] == sum(map(len, LINES))


def test_several_columns_without_names_ask_for_a_number(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", LABELLED)
    with pytest.raises(DataError, match=r"several columns hold text\. The first row looks like data") as told:
        texts(path)
    assert str(told.value).endswith(
        "not like names of columns, so these are numbers: 1, 2. Name one: --set data.text_column=2, or tell '1' from "
        "the text: --task classify --set data.label_column=1 --set data.text_column=2"
    )


def test_a_first_row_that_could_be_either_is_said_to_be_taken_for_names(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [("aye",), ("no",), ("aye aye",)])
    assert texts(path) == ["no", "aye aye"]
    (note,) = notes(DataConfig(path=str(path)))
    assert note == (
        f"note: {path}: the first row is taken for a name, and column 'aye' is read. If that row is text, too: "
        "--set data.text_column=1"
    )
    assert texts(path, text_column="1") == ["aye", "no", "aye aye"]
    assert notes(DataConfig(path=str(path), text_column="aye")) == []


def test_what_is_the_same_of_many_files_is_said_once(tmp_path: Path) -> None:
    folder = tmp_path / "lines"
    folder.mkdir()
    for number in range(5):
        write(folder / f"{number}.csv", [(f"{line} {number}",) for line in LINES])
    (note,) = notes(DataConfig(path=str(folder)))
    assert note.startswith(
        f"note: {folder / '0.csv'}, {folder / '1.csv'}, {folder / '2.csv'} and 2 more: the first row"
    )


def test_empty_lines_above_a_header_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\n\nn,text\n1,one\n")
    assert texts(tmp_path / "a.csv") == ["one"]


def test_pairs_beside_numbers_are_read_first_row_included(tmp_path: Path) -> None:
    rows = [(i, f"the dog number {i} barks", f"der Hund Nummer {i} bellt") for i in range(6)]
    read = read_parallel(PairsConfig(path=str(write(tmp_path / "a.tsv", rows))))
    assert read.parts["train"].src == [source for _, source, _ in rows]
    assert "The first row is read as a pair, not as names of columns." in read.direction


def test_words_above_numbers_are_names_for_pairs_and_labels_alike(tmp_path: Path) -> None:
    rows = [("nr", "the English text", "der deutsche Text")]
    rows += [(str(i), f"the dog number {i} barks", f"der Hund Nummer {i} bellt") for i in range(6)]
    path = write(tmp_path / "a.tsv", rows)
    asked = PairsConfig(path=str(path), source=rows[0][1], target=rows[0][2])
    assert len(read_parallel(asked).parts["train"].src) == 6
    labelled = write(tmp_path / "b.csv", [("stars", "What did you like?"), *((i % 2, LINES[i % 5]) for i in range(30))])
    config = LabelledConfig(path=str(labelled), label_column="stars")
    data = open_labelled(config)
    assert sum(len(part.texts) for part in data.parts.values()) == 30


def test_a_single_column_is_one_side_only(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [(line,) for line in LINES])
    with pytest.raises(DataError, match=r"two sides\. Its only column: 1\. Write the other side into a second one\."):
        read_parallel(PairsConfig(path=str(path)))


def test_a_number_in_the_first_row_of_texts_is_no_name(tmp_path: Path) -> None:
    words = [("dog", "Hund"), ("cat", "Katze"), ("cow", "Kuh"), ("ox", "Ochse")]
    path = write(tmp_path / "a.tsv", [(7 + i, *pair) for i, pair in enumerate(words)])
    assert read_parallel(PairsConfig(path=str(path))).parts["train"].tgt == [target for _, target in words]
    path = write(tmp_path / "b.csv", [(7 + i, source) for i, (source, _) in enumerate(words)])
    assert texts(path) == [source for source, _ in words]
    assert notes(DataConfig(path=str(path)))[0].endswith("names of columns, and the text is column 2.")
