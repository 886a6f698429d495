"""What is taken for labelled text without being asked to, and what is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from quatrain.data import looks_labelled
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


def test_what_cannot_be_read_looks_like_nothing(tmp_path: Path) -> None:
    assert not looks_labelled(str(tmp_path / "missing.csv"))
    (tmp_path / "a.csv").write_bytes(b"text,label\n\xff\xfe,1\n")
    assert not looks_labelled(str(tmp_path / "a.csv"))
