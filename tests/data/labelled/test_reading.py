"""Labelled text as it lies about: tables of all kinds, parts, folders of classes."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import polars
import pytest

from quatrain.data import LabelledConfig, open_labelled, read_sides
from quatrain.data.labelled import read_labelled
from quatrain.errors import DataError


def open_it(path: Path, **settings: Any) -> Any:
    return open_labelled(LabelledConfig(path=str(path), **settings))


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl"])
def test_a_table_gives_texts_with_the_classes_of_its_labels(write: Any, rows: Any, name: str) -> None:
    data = open_it(write(name, rows))
    assert data.classes == ("neg", "pos")
    pairs = [
        (text, data.classes[label])
        for part in data.parts.values()
        for text, label in zip(part.texts, part.labels, strict=True)
    ]
    assert sorted(pairs) == sorted(rows)
    assert data.columns.sides == ("text",)
    assert data.columns.label == "label"


def test_parquet_keeps_labels_that_are_numbers(tmp_path: Path, rows: Any) -> None:
    table = {"sentence": [text for text, _ in rows], "label": [int(label == "pos") for _, label in rows]}
    polars.DataFrame({"idx": range(len(rows)), **table}).write_parquet(tmp_path / "a.parquet")
    data = open_it(tmp_path / "a.parquet")
    assert data.classes == ("0", "1")
    assert data.columns.sides == ("sentence",)


def test_classes_that_are_numbers_stand_in_the_order_of_numbers(write: Any) -> None:
    rows = [(f"text {i} of many", i % 11) for i in range(44)]
    assert open_it(write("a.csv", rows)).classes == tuple(map(str, range(11)))


@pytest.mark.parametrize(
    ("value", "name"), [(True, "true"), (3, "3"), (3.0, "3"), ("  very   good ", "very good"), ("Yes", "Yes")]
)
def test_a_label_is_named_as_it_is_written(write: Any, value: object, name: str) -> None:
    rows = [(f"text {i}", value if i % 2 else "other") for i in range(8)]
    assert name in open_it(write("a.jsonl", rows)).classes


def test_quotes_in_a_tsv_are_plain_characters(write: Any, rows: Any) -> None:
    data = open_it(write("a.tsv", [*rows, ('he said " hi', "pos"), ('"', "neg")]))
    assert 'he said " hi' in data.train.texts + data.val.texts


@pytest.mark.parametrize("names", [("premise", "hypothesis"), ("sentence1", "sentence2"), ("question1", "question2")])
def test_two_columns_called_as_a_pair_are_one(write: Any, names: tuple[str, str]) -> None:
    rows = [(f"a {i}", f"b {i}", i % 2) for i in range(10)]
    data = open_it(write("a.tsv", rows, (*names, "label")))
    assert data.columns.sides == names
    assert {*zip(data.train.texts, data.train.seconds, strict=True)} <= {(a, b) for a, b, _ in rows}
    tokens, _, segments = data.train.batches(seed=0, batch_size=3, seq_len=16).at(0).inputs
    assert tokens.shape == segments.shape
    assert set(segments.flatten().tolist()) == {0, 1}


def test_columns_can_be_named(write: Any) -> None:
    rows = [(f"one {i}", f"two {i}", i % 2, i % 3) for i in range(12)]
    path = write("a.csv", rows, ("x", "y", "label", "z"))
    data = open_it(path, text_column="y", label_column="z")
    assert data.classes == ("0", "1", "2")
    assert all(text.startswith("two") for text in data.train.texts)


def test_a_table_without_a_header_has_columns_by_number(write: Any, rows: Any) -> None:
    data = open_it(write("a.tsv", [(label, text) for text, label in rows], ()), text_column="2", label_column="1")
    assert sum(part.n_targets for part in data.parts.values()) == len(rows)


def test_parts_are_told_by_the_names_of_files_and_a_test_without_labels_is_left_out_aloud(
    tmp_path: Path, write: Any, rows: Any
) -> None:
    write("sst/train.tsv", rows)
    write("sst/dev.tsv", rows[:4])
    write("sst/test.tsv", [(0, "a film")], ("index", "sentence"))
    with zipfile.ZipFile(tmp_path / "sst.zip", "w") as archive:
        for name in ("dev", "test", "train"):
            archive.write(tmp_path / "sst" / f"{name}.tsv", f"sst/{name}.tsv")
    said: list[str] = []
    data = open_labelled(LabelledConfig(path=str(tmp_path / "sst.zip")), say=said.append)
    assert {name: part.n_targets for name, part in data.parts.items()} == {"train": 16, "val": 4}
    assert any("test.tsv: it has no labels" in sentence for sentence in said)
    assert data.split == "As given: examples of train 16, val 4."


def test_a_test_part_whose_labels_are_all_secret_is_left_out(write: Any, rows: Any) -> None:
    write("a/train.csv", rows)
    write("a/test.csv", [(text, -1) for text, _ in rows])
    data = open_it(write("a/test.csv", [(text, -1) for text, _ in rows]).parent)
    assert data.tests == {}
    assert any("its labels are not given" in note for note in data.notes)


def test_folders_of_classes_inside_train_and_test(tmp_path: Path, rows: Any) -> None:
    for part in ("train", "test"):
        for i, (text, label) in enumerate(rows):
            file = tmp_path / "imdb" / part / label / f"{i}_test.txt"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    (tmp_path / "imdb" / "train" / "unsup").mkdir()
    (tmp_path / "imdb" / "train" / "unsup" / "9.txt").write_text("nobody knows")
    (tmp_path / "imdb" / "README").write_text("about")
    (tmp_path / "imdb" / "train" / "urls_pos.txt").write_text("http")
    data = open_it(tmp_path / "imdb")
    assert data.classes == ("neg", "pos")
    assert data.train.n_targets + data.val.n_targets == 16
    assert data.tests["test"].n_targets == 16
    assert data.columns is None
    assert any("Left out 3 files" in note for note in data.notes)


def test_the_class_of_a_text_is_the_outermost_folder(tmp_path: Path, rows: Any) -> None:
    for i, (text, label) in enumerate(rows):
        file = tmp_path / "mail" / label / str(2020 + i // 2 % 2) / f"licence_{i}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    data = open_it(tmp_path / "mail")
    assert data.classes == ("neg", "pos")
    assert data.train.n_targets + data.val.n_targets == len(rows)
    assert any("in folders within it, too (2020, 2021)" in note for note in data.notes)


def test_a_test_part_of_texts_beside_classes_says_what_to_do(tmp_path: Path, rows: Any) -> None:
    for i, (text, label) in enumerate(rows):
        file = tmp_path / "mail" / ("test" if i > 11 else "") / label / f"{i}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    with pytest.raises(DataError, match=r"mail: test holds folders and is called as a part is"):
        open_it(tmp_path / "mail")


def test_classes_are_spelled_as_their_folders_are(tmp_path: Path) -> None:
    for label in ("US", "us", "UK"):
        for number in range(4):
            (tmp_path / "READ" / label).mkdir(parents=True, exist_ok=True)
            (tmp_path / "READ" / label / f"{number}.TXT").write_text(f"{label} {number}")
    data = open_it(tmp_path / "READ")
    assert data.classes == ("UK", "US", "us")


def test_examples_without_text_or_label_are_left_out_and_counted(write: Any, rows: Any) -> None:
    data = open_it(write("a.tsv", [("", "pos"), ("no label", ""), *rows]))
    assert sum(part.n_targets for part in data.parts.values()) == len(rows)
    assert any("1 examples have no text" in note and "line 2" in note for note in data.notes)
    assert any("1 examples have no label" in note and "line 3" in note for note in data.notes)


def test_rows_to_be_told_need_no_labels(write: Any) -> None:
    path = write("new.csv", [(1, "a fine film"), (2, "")], ("id", "review"))
    assert list(read_sides(LabelledConfig(path=str(path)))) == [("a fine film",), ("",)]


def test_what_is_read_is_the_same_from_csv_and_jsonl(write: Any, rows: Any) -> None:
    one, two = (read_labelled(LabelledConfig(path=str(write(name, rows)))) for name in ("a.csv", "a.jsonl"))
    assert one.parts["train"].texts == two.parts["train"].texts
    assert one.parts["train"].labels == two.parts["train"].labels
    assert open_it(Path(write("b.csv", rows))).fingerprint == open_it(Path(write("b.jsonl", rows))).fingerprint


@pytest.mark.parametrize("name", ["split", "Set", "fold"])
def test_a_column_of_parts_makes_the_parts(write: Any, rows: Any, name: str) -> None:
    words = ["train"] * 8 + ["dev"] * 4 + ["Test"] * 4
    path = write("a.csv", [(*row, word) for row, word in zip(rows, words, strict=True)], ("text", "label", name))
    data = open_it(path)
    assert {part: len(examples.texts) for part, examples in data.parts.items()} == {"train": 8, "val": 4, "test": 4}
    assert data.tests["test"].texts == [text for text, _ in rows[12:]]
    assert f"Parts as column {name!r} says: train 8, val 4, test 4." in data.notes


def test_validation_is_drawn_from_the_training_rows_where_a_column_names_none(write: Any, rows: Any) -> None:
    words = ["train"] * 12 + ["test"] * 4
    path = write("a.csv", [(*row, word) for row, word in zip(rows, words, strict=True)], ("text", "label", "split"))
    data = open_it(path)
    assert len(data.train.texts) + len(data.val.texts) == 12
    assert data.tests["test"].texts == [text for text, _ in rows[12:]]


def test_a_column_that_holds_other_words_too_makes_no_parts(write: Any, rows: Any) -> None:
    words = ["train"] * 15 + ["spare"]
    path = write("a.csv", [(*row, word) for row, word in zip(rows, words, strict=True)], ("text", "label", "split"))
    data = open_it(path)
    assert data.tests == {}
    assert "Column 'split' is not read as the parts: it holds 'spare', which names none." in data.notes
