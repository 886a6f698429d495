"""What `check` finds in labelled text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from quatrain.data import LabelledConfig, LabelReport, check_labelled


def checked(path: Path, seq_len: int | None = None) -> LabelReport:
    return check_labelled(LabelledConfig(path=str(path)), seq_len=seq_len)


def test_counts_of_classes_by_part(write: Any, rows: Any) -> None:
    write("a/train.csv", rows)
    report = checked(write("a/val.csv", rows[:3]).parent)
    assert report.class_counts == {"train": {"neg": 8, "pos": 8}, "val": {"neg": 1, "pos": 2}}
    assert report.imbalance == 1.0
    assert report.is_usable
    assert "train: neg 8 (50%), pos 8 (50%)" in report.lines()


def test_uneven_and_rare_classes_are_told_of(write: Any, rows: Any) -> None:
    many = [(f"text {i}", "usual") for i in range(100)]
    write("a/train.csv", [*many, ("odd", "rare"), ("other", "rare")])
    report = checked(write("a/val.csv", many[:2]).parent)
    assert report.imbalance == 50.0
    text = "\n".join(report.lines())
    assert "The classes are uneven: 100 training examples of 'usual', 2 of 'rare'" in text
    assert "Fewer than 10 training examples: rare" in text
    assert "val has no example of rare" in text


def test_texts_with_two_labels_are_noise(write: Any, rows: Any) -> None:
    write("a/train.csv", [*rows, ("A fine  film!", "neg")])
    report = checked(write("a/val.csv", rows[:2]).parent)
    assert report.contradictory.count == 2
    assert "train.csv, line 18" in report.contradictory.places[1]


def test_leaks_are_measured_exactly_and_but_for_case_and_punctuation(write: Any, rows: Any) -> None:
    write("a/train.csv", rows)
    val = [rows[0], ("GREAT fun.", "pos"), ("all new words", "neg"), ("more new words", "neg")]
    report = checked(write("a/val.csv", val).parent)
    assert report.leaks["val"].exact == 0.25
    assert report.leaks["val"].normalised == 0.5
    assert "val.csv, line 2" in report.leaks["val"].places[0]
    assert any("its scores are partly of what it has seen" in line for line in report.lines())


def test_our_own_split_leaks_nothing_exactly(write: Any, rows: Any) -> None:
    report = checked(write("a.csv", [*rows, *rows]))
    assert report.duplicates.count == len(rows)
    assert report.leaks == {}


def test_empty_unlabelled_and_over_long_examples_are_counted(write: Any, rows: Any) -> None:
    odd = [("", "pos"), ("nothing said", ""), ("very long " * 30, "pos"), ("so long " * 30, "pos")]
    write("a/train.csv", [*rows, *odd])
    report = checked(write("a/val.csv", rows[:2]).parent, seq_len=20)
    assert (report.empty.count, report.unlabelled.count, report.n_long) == (1, 1, 2)
    assert report.longest == 62
    assert any("2 training examples lose their ends" in line for line in report.lines())


def test_faults_do_not_stop_it(write: Any, rows: Any) -> None:
    report = checked(write("a.jsonl", [*rows, ("text", [1]), (7, "pos")]))
    assert report.n_faults == 2
    assert not report.is_usable
    assert report.class_counts["train"] == {"neg": 8, "pos": 8}
    assert sum(line.startswith("ERROR") for line in report.lines()) == 2
    assert report.to_dict()["is_usable"] is False


def test_one_class_and_unknown_classes_are_faults(write: Any, rows: Any, tmp_path: Path) -> None:
    assert "all" in str(checked(write("a.csv", [(text, "pos") for text, _ in rows])).faults[0])
    write("b/train.csv", rows)
    assert "'odd'" in str(checked(write("b/test.csv", [("x", "odd")]).parent).faults[0])
    assert not checked(tmp_path / "missing.csv").is_usable


def test_doubtful_names_of_classes_are_told(write: Any, rows: Any) -> None:
    odd = [("one text", "Pos"), ("two texts", "nan"), ("three texts", "N/A"), ("four texts", "-"), ("five", "pos ")]
    write("a/train.csv", [*rows, *odd])
    text = "\n".join(checked(write("a/val.csv", rows[:2]).parent).lines())
    assert "Classes that differ in nothing but case are told apart: 'Pos' (1) and 'pos' (9)" in text
    assert "'-' (1), 'N/A' (1), 'nan' (1). Leave such labels empty" in text
    assert "1 labels are read without the blanks around them, or doubled in them: 'pos '." in text


def test_names_beyond_doubt_are_not(write: Any, rows: Any) -> None:
    text = "\n".join(checked(write("a.csv", rows)).lines())
    assert not any(word in text for word in ("differ in nothing but case", "look as if", "without the blanks"))
