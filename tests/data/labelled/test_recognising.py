"""What is taken for labelled text without being asked to, and what is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from quatrain.data import looks_labelled, open_data
from quatrain.errors import ConfigError, DataError
from quatrain.training import Request, data_config


@pytest.mark.parametrize("column", ["label", "Sentiment", "category", "class", "target"])
def test_a_table_of_texts_and_a_few_labels(write: Any, rows: Any, column: str) -> None:
    path = write("a.csv", rows, ("text", column))
    assert looks_labelled(str(path))
    assert data_config(Request(data=str(path))).kind == "labelled"


def test_folders_of_classes_in_train_and_test(tmp_path: Path) -> None:
    for part in ("train", "test"):
        for label in ("pos", "neg"):
            (tmp_path / part / label).mkdir(parents=True)
            (tmp_path / part / label / "1.txt").write_text("text")
    assert looks_labelled(str(tmp_path))
    (tmp_path / "test" / "odd").mkdir()
    (tmp_path / "test" / "odd" / "1.txt").write_text("text")
    assert not looks_labelled(str(tmp_path))


def test_plain_folders_of_text_stay_a_text_unless_classes_are_asked_for(tmp_path: Path) -> None:
    for label in ("poems", "plays"):
        (tmp_path / label).mkdir()
        (tmp_path / label / "1.txt").write_text("text")
    assert not looks_labelled(str(tmp_path))
    assert data_config(Request(data=str(tmp_path))).kind == ""
    assert data_config(Request(data=str(tmp_path), task="classify")).kind == "labelled"


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        (("text", "score"), [("a b", "1"), ("c d", "2")]),
        (("text", "label"), [(f"text {i}", f"title {i}") for i in range(40)]),
        (("text", "rating"), [(f"text {i}", i / 7) for i in range(40)]),
        (("label", "rating"), [(i % 2, i) for i in range(40)]),
    ],
    ids=["no labels", "as many labels as rows", "numbers", "no text"],
)
def test_other_tables_are_none(write: Any, columns: Any, rows: Any) -> None:
    assert not looks_labelled(str(write("a.csv", rows, columns)))


def test_naming_the_column_of_labels_asks_for_classes(write: Any, rows: Any) -> None:
    path = str(write("a.csv", rows, ("message", "Department")))
    assert data_config(Request(data=path)).kind == ""
    asked = data_config(Request(data=path, settings=("data.label_column=Department",)))
    assert (asked.kind, asked.label_column) == ("labelled", "Department")


def test_two_columns_of_text_one_of_few_values_say_how_classes_are_told(write: Any, rows: Any) -> None:
    path = write("a.csv", rows, ("message", "the department"))
    with pytest.raises(DataError, match=r"--task classify --set 'data\.label_column=the department'"):
        open_data(data_config(Request(data=str(path))))


def test_a_setting_that_nothing_has_is_told_with_those_of_what_is_seen(write: Any, rows: Any) -> None:
    path = str(write("a.csv", rows))
    with pytest.raises(
        ConfigError, match=r"data\.labels_column: no setting has this name\. Did you mean 'label_column'"
    ):
        data_config(Request(data=path, settings=("data.labels_column=label",)))


@pytest.mark.parametrize("settings", [(), ("data.label_column=is_duplicate",)], ids=["seen", "named"])
def test_pairs_of_questions_with_numbers_beside_them(write: Any, settings: tuple[str, ...]) -> None:
    columns = ("id", "qid1", "qid2", "question1", "question2", "is_duplicate")
    rows = [(i, i, i + 1, f"how does it work {i}", f"why does it work {i}", i % 2) for i in range(20)]
    asked = data_config(Request(data=str(write("a.tsv", rows, columns)), task="classify", settings=settings))
    assert asked.kind == "labelled"
    data = open_data(asked)
    assert (data.columns.sides, data.columns.label) == (("question1", "question2"), "is_duplicate")


def test_varied_prose_is_told_from_though_columns_of_numbers_stand_beside_it(write: Any) -> None:
    rows = [(f"what a thing to say {i}", i % 2, i % 3) for i in range(20)]
    path = str(write("a.csv", rows, ("comment_text", "toxic", "obscene")))
    assert data_config(Request(data=path, settings=("data.label_column=toxic",))).kind == "labelled"


def test_dates_and_names_beside_prose_are_not_taken_for_the_text(write: Any) -> None:
    rows = [(f"2026-01-{i % 28 + 1:02}", "Ann B.", f"what a thing to say {i}", i % 2) for i in range(20)]
    path = str(write("a.csv", rows, ("created_at", "agent", "description", "churned")))
    data = open_data(data_config(Request(data=path, settings=("data.label_column=churned",))))
    assert data.columns.sides == ("description",)
    with pytest.raises(DataError, match=r"Name one: --set data\.text_column=description, or tell 'churned' from"):
        open_data(data_config(Request(data=path)))


def test_three_examples_of_each_class_are_enough_to_see_them(write: Any) -> None:
    rows = [(f"do the thing {i}", f"intent {i // 3}") for i in range(60)]
    assert looks_labelled(str(write("a.csv", rows, ("utterance", "intent"))))


def test_one_class_and_lists_of_labels_are_seen_so_that_reading_can_stop(write: Any) -> None:
    assert looks_labelled(str(write("one.csv", [(f"text {i}", "pos") for i in range(9)])))
    path = write("lists.jsonl", [(f"text {i}", ["rude", "late"]) for i in range(9)], ("text", "labels"))
    assert looks_labelled(str(path))
    with pytest.raises(DataError, match="line 1: column 'labels' holds a list of labels"):
        open_data(data_config(Request(data=str(path))))


def test_a_column_of_labels_without_a_header_has_a_number(write: Any, rows: Any) -> None:
    path = str(write("a.csv", rows, ()))
    asked = data_config(Request(data=path, settings=("data.label_column=2",)))
    assert (asked.label_column, open_data(asked).classes) == ("2", ("neg", "pos"))


def test_what_cannot_be_read_looks_like_nothing(tmp_path: Path) -> None:
    assert not looks_labelled(str(tmp_path / "missing.csv"))
    (tmp_path / "a.csv").write_bytes(b"text,label\n\xff\xfe,1\n")
    assert not looks_labelled(str(tmp_path / "a.csv"))
