"""Labelled text that cannot be learned from says why, where, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from quatrain.data import LabelledConfig, open_labelled
from quatrain.errors import ConfigError, DataError


def refusal(path: Path, **settings: Any) -> str:
    with pytest.raises(DataError) as caught:
        open_labelled(LabelledConfig(path=str(path), **settings))
    return str(caught.value)


def test_one_class_only_teaches_that_there_is_nothing_to_tell_apart(write: Any, rows: Any) -> None:
    message = refusal(write("a.csv", [(text, "pos") for text, _ in rows]))
    assert "all" in message
    assert "have the label 'pos'" in message
    assert "--set data.label_column=NAME" in message


def test_a_label_seen_only_in_test_is_named_with_its_place(write: Any, rows: Any) -> None:
    write("a/train.csv", rows)
    path = write("a/test.csv", [*rows[:2], ("odd one", "posi"), ("odd two", "posi")])
    message = refusal(path.parent)
    assert "test.csv, line 4: the label 'posi' (2 examples of test)" in message
    assert "Did you mean 'pos'?" in message


def test_as_many_labels_as_examples_are_no_classes(write: Any) -> None:
    message = refusal(write("a.csv", [(f"text {i}", f"title {i}") for i in range(20)]))
    assert "these are no classes" in message


def test_a_label_that_names_no_class(write: Any, rows: Any) -> None:
    message = refusal(write("a.jsonl", [*rows, ("text", ["pos"])]))
    assert "line 17: column 'label' holds a list of labels, ['pos']" in message
    assert "holds 0.5" in refusal(write("b.jsonl", [*rows, ("text", 0.5)]))


def test_a_text_that_is_none(write: Any, rows: Any) -> None:
    assert "line 17: column 'text' holds 5, which is no text" in refusal(write("a.jsonl", [*rows, (5, "pos")]))


def test_columns_that_are_not_there(write: Any, rows: Any) -> None:
    path = write("a.csv", rows)
    assert "no column is called 'stars'. Its columns: text, label." in refusal(path, label_column="stars")
    assert "no column is called 'body'" in refusal(path, text_column="body", label_column="label")
    assert "no column is called as labels usually are" in refusal(write("b.csv", rows, ("text", "x")))
    several = [(f"a {i}", f"b {i}", i % 2) for i in range(8)]
    assert "2 columns hold text" in refusal(write("c.csv", several, ("x", "y", "label")))


def test_columns_must_differ() -> None:
    with pytest.raises(ConfigError, match="name different ones"):
        LabelledConfig(path="a", text_column="x", label_column="x")


def test_a_file_that_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    assert "labelled text is a table" in refusal(tmp_path / "a.txt")


def test_an_empty_table_and_one_without_rows(write: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("")
    assert "it is empty" in refusal(tmp_path / "a.csv")
    assert "no column is called as labels" in refusal(write("b.csv", []))


def test_a_row_with_too_many_values_is_named(write: Any, rows: Any) -> None:
    assert "line 18: 3 values stand under 2 columns" in refusal(write("a.csv", [*rows, ("a", "b", "c")]))


def test_no_training_part(write: Any, rows: Any) -> None:
    path = write("a/test.csv", rows)
    write("a/val.csv", rows)
    assert "there is no example to train on" in refusal(path.parent)


def test_too_few_to_validate(write: Any) -> None:
    message = refusal(write("a.csv", [("a", "x"), ("a", "x"), ("b", "y"), ("b", "y")]))
    assert "no class has two different texts" in message


def test_a_character_the_vocabulary_lacks_is_told_with_its_line(write: Any, rows: Any, tmp_path: Path) -> None:
    data = open_labelled(LabelledConfig.from_dict({"path": str(write("a.csv", rows)), "tokenizer": {"name": "char"}}))
    data.tokenizer.save(tmp_path / "tokenizer.json")
    message = refusal(
        write("b.csv", [*rows, ("ünknown", "pos")]),
        tokenizer=LabelledConfig(path="").tokenizer.replace(path=str(tmp_path / "tokenizer.json")),
    )
    assert "b.csv, line 18: character 'ü'" in message


@pytest.mark.parametrize("label", [None, "pos"])
def test_a_first_row_of_data_is_no_header(write: Any, rows: Any, label: str | None) -> None:
    examples = [(i, label, f"{text} of the year") for i, (text, label) in enumerate(rows)]
    path = write("a.csv", examples, ())
    message = refusal(path, label_column=label)
    assert "The first row looks like data, not like names of columns" in message
    assert "--set data.label_column=2 --set data.text_column=3" in message
    data = open_labelled(LabelledConfig(path=str(path), label_column="2", text_column="3"))
    assert len(data.train.texts) + len(data.val.texts) == len(rows)
