"""Windows from everything that may hold them, and everything that may be wrong with it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from quatrain.data import LabelledSeriesConfig, WindowData, encode_windows, open_windows
from quatrain.data.labelled_series import Scale
from quatrain.errors import DataError

from .conftest import windows, write_rows, write_ts


def opened(path: Path, **settings: object) -> WindowData:
    return open_windows(LabelledSeriesConfig(path=str(path), **settings))


def at_line(data: WindowData, line: int) -> np.ndarray:
    """The window that stands in a line, whatever part it is in."""
    ends = f", line {line}"
    return next(
        part.values[row] for part in data.parts.values() for row, at in enumerate(part.places) if at.endswith(ends)
    )


def archive(folder: Path, ending: str = "tsv", mark: str = "\t", n: int = 20) -> Path:
    for part, seed in (("TRAIN", 0), ("TEST", 1)):
        write_rows(folder / f"Toy_{part}.{ending}", *windows(n, seed=seed), mark)
    return folder


@pytest.mark.parametrize(("ending", "mark"), [("tsv", "\t"), ("csv", ","), ("csv", ", "), ("txt", "  "), ("txt", ",")])
def test_a_window_a_row_is_a_label_and_numbers(tmp_path: Path, ending: str, mark: str) -> None:
    data = opened(archive(tmp_path / "Toy", ending, mark))
    assert {name: len(part) for name, part in data.parts.items()} == {"train": 16, "val": 4, "test": 20}
    assert data.classes == ("step", "wave")
    assert data.train.values.shape == (16, 12, 1)
    values, labels = windows(20, seed=1)
    assert np.array_equal(data.tests["test"].values, values)
    assert [data.classes[label] for label in data.tests["test"].labels] == labels
    assert data.tests["test"].places[3] == f"{tmp_path / 'Toy' / f'Toy_TEST.{ending}'}, line 4"


def test_labels_are_whole_numbers_however_they_are_written(tmp_path: Path) -> None:
    values, _ = windows(20)
    labels = ["1.0000000e+00", "-1.0", "1", "-1"] * 5
    assert opened(write_rows(tmp_path / "A_TRAIN.txt", values, labels, "  ")).classes == ("-1", "1")


def test_one_file_is_split_and_has_no_test_part(tmp_path: Path) -> None:
    data = opened(write_rows(tmp_path / "Toy_TRAIN.tsv", *windows(40)), val_fraction=0.25)
    assert {name: len(part) for name, part in data.parts.items()} == {"train": 30, "val": 10}
    assert "the same share of each class" in data.split


def test_equal_windows_never_fall_into_two_parts(tmp_path: Path) -> None:
    values, labels = windows(20)
    data = opened(write_rows(tmp_path / "A_TRAIN.tsv", np.repeat(values, 4, axis=0), np.repeat(labels, 4)))
    seen = {name: {window.tobytes() for window in part.values} for name, part in data.parts.items()}
    assert not seen["train"] & seen["val"]


@pytest.mark.parametrize("n_columns", [1, 3])
def test_files_of_the_archive_have_one_column_or_several(tmp_path: Path, n_columns: int) -> None:
    for part, seed in (("TRAIN", 0), ("TEST", 1)):
        write_ts(tmp_path / f"Toy_{part}.ts", *windows(20, n_columns=n_columns, seed=seed))
        write_rows(tmp_path / f"Toy_{part}.txt", *windows(4))
    (tmp_path / "README.md").write_text("# Toy\n")
    data = opened(tmp_path)
    assert data.tests["test"].values.shape == (20, 12, n_columns)
    assert np.array_equal(data.tests["test"].values, windows(20, n_columns=n_columns, seed=1)[0])
    assert data.classes == ("step", "wave")
    assert any(note.startswith("Not read: ") and "toy_train.txt" in note for note in data.notes)


def test_an_archive_that_is_packed_is_read_like_its_folder(tmp_path: Path) -> None:
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", archive(tmp_path / "Toy"))
    assert opened(Path(packed)).fingerprint == opened(tmp_path / "Toy").fingerprint


def test_the_scale_of_columns_is_taken_from_the_training_part_alone(tmp_path: Path) -> None:
    values, labels = windows(20, n_columns=2)
    write_ts(tmp_path / "A_TRAIN.ts", values * [1.0, 100.0] + [5.0, 0.0], labels)
    write_ts(tmp_path / "A_TEST.ts", values * 1000, labels)
    data = opened(tmp_path)
    np.testing.assert_allclose(data.train.scale.mean, data.train.values.mean(axis=(0, 1)), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(data.train.scale.std, data.train.values.std(axis=(0, 1)), rtol=1e-6)
    assert abs(data.train.plain().mean()) < 1e-6


def test_a_column_that_never_changes_keeps_its_unit() -> None:
    assert Scale.of(np.full((3, 4, 2), 7.0)) == Scale((7.0, 7.0), (1.0, 1.0))


def test_a_missing_number_is_refused_or_put_on_a_line(tmp_path: Path) -> None:
    values, labels = windows(20)
    values[2, 4] = np.nan
    path = write_rows(tmp_path / "A_TRAIN.tsv", values, labels)
    with pytest.raises(DataError, match=r"A_TRAIN.tsv, line 3: 1 numbers are missing, the first in row 5"):
        opened(path)
    filled = at_line(opened(path, missing="line"), 3)
    assert filled[4, 0] == pytest.approx((values[2, 3, 0] + values[2, 5, 0]) / 2)


def test_a_column_without_any_number_cannot_be_filled(tmp_path: Path) -> None:
    values, labels = windows(20, n_columns=2)
    values[0, :, 1] = np.nan
    with pytest.raises(DataError, match=r"column 2 of the window has no number"):
        opened(write_ts(tmp_path / "A_TRAIN.ts", values, labels), missing="line")


def test_windows_of_unequal_length_are_refused_or_stretched(tmp_path: Path) -> None:
    values, labels = windows(20)
    unequal = [window[: 12 - 4 * (i == 5)] for i, window in enumerate(values)]
    path = write_ts(tmp_path / "A_TRAIN.ts", unequal, labels)
    with pytest.raises(DataError, match=r"line 10: a window of 8 rows, where 12 are needed. .*data.length=12"):
        opened(path)
    stretched = opened(path, length=15)
    assert stretched.train.values.shape[1] == 15
    short = at_line(stretched, 10)
    np.testing.assert_allclose(short[[0, -1], 0], unequal[5][[0, -1], 0])


def test_what_is_missing_at_the_end_of_a_row_is_its_end(tmp_path: Path) -> None:
    values, labels = windows(20)
    values[3, 9:] = np.nan  # as the archive fills shorter ones up
    with pytest.raises(DataError, match=r"line 4: a window of 9 rows, where 12 are needed"):
        opened(write_rows(tmp_path / "A_TRAIN.tsv", values, labels))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1\t0.5\t0.7\nx\t0.1\tred\n", r"line 2: 'red' stands where a number is needed. Mend it"),
        ("1\t0.5\t0.7\n0.5\t0.1\t2\n", r"line 2: it has no label: the first value is missing or a broken number"),
        ("1\t0.5\t0.7\n2\t0.1\n", r"line 2: the window has fewer than 2 numbers"),
        ("", r"windows with labels are .ts files"),
        ("1\t0.5\t0.7\n1\t0.6\t0.7\n", r"all 1 training examples have the label '1'"),
    ],
)
def test_what_is_wrong_with_a_row_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "A_TRAIN.txt"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        opened(path)


def test_one_class_is_refused(tmp_path: Path) -> None:
    values, _ = windows(20)
    with pytest.raises(DataError, match=r"all 16 training examples have the label 'up'"):
        opened(write_rows(tmp_path / "A_TRAIN.tsv", values, ["up"] * 20))


def test_a_class_that_only_the_test_part_has_is_refused(tmp_path: Path) -> None:
    archive(tmp_path)
    values, labels = windows(5)
    write_rows(tmp_path / "Toy_TEST.tsv", values, [*labels[:4], "spike"])
    with pytest.raises(DataError, match=r"Toy_TEST.tsv, line 5: the label 'spike' \(1 examples of test\) is not among"):
        opened(tmp_path)


@pytest.mark.parametrize(
    ("header", "line", "message"),
    [
        ("@timestamps true\n", "", r"it has time stamps"),
        ("@targetlabel true\n", "", r"it is for regression"),
        ("", "1,2,x:wave\n", r"line \d+: 'x' stands where a number is needed"),
        ("", "1,2,3\n", r"line \d+: .*label"),
        ("", "1:wave\n", r"line \d+: the window has fewer than 2 rows"),
    ],
)
def test_what_is_wrong_with_a_file_of_the_archive_is_told(tmp_path: Path, header: str, line: str, message: str) -> None:
    path = write_ts(tmp_path / "A_TRAIN.ts", *windows(20), header)
    path.write_text(path.read_text() + line)
    with pytest.raises(DataError, match=message):
        opened(path)


def test_a_file_of_the_archive_without_data_is_told(tmp_path: Path) -> None:
    (tmp_path / "A_TRAIN.ts").write_text("@problemName A\n@classLabel true 1 2\n")
    with pytest.raises(DataError, match="there is no line @data"):
        opened(tmp_path)


def test_windows_of_another_number_of_columns_are_refused(tmp_path: Path) -> None:
    write_ts(tmp_path / "A_TRAIN.ts", *windows(20, n_columns=2))
    write_ts(tmp_path / "A_TEST.ts", *windows(20, n_columns=3))
    with pytest.raises(DataError, match=r"a window of 3 columns, where 2 are needed"):
        opened(tmp_path)


def test_two_data_sets_in_a_folder_are_refused(tmp_path: Path) -> None:
    for name in ("A", "B"):
        write_rows(tmp_path / f"{name}_TRAIN.tsv", *windows(20))
    with pytest.raises(DataError, match=r"a_train.tsv and b_train.tsv are both the part train"):
        opened(tmp_path)


def test_only_a_test_part_is_refused(tmp_path: Path) -> None:
    for part in ("TEST", "VALIDATION"):
        write_rows(tmp_path / f"A_{part}.tsv", *windows(20))
    with pytest.raises(DataError, match=r"there is no window to train on"):
        opened(tmp_path)


def test_of_each_class_its_share_of_labels_is_kept(tmp_path: Path) -> None:
    data = opened(archive(tmp_path, n=40), n_labels=10)
    assert data.class_counts["train"] == [5, 5]


def test_other_windows_are_read_for_a_model_that_is_trained(tmp_path: Path) -> None:
    data = opened(archive(tmp_path / "one"))
    write_rows(tmp_path / "other.tsv", *windows(6, seed=3))
    config = data.config.replace(path=str(tmp_path / "other.tsv"))
    parts = encode_windows(config, data.classes, (12, 1), data.train.scale)
    assert {name: len(part) for name, part in parts.items()} == {"train": 6}
    with pytest.raises(DataError, match="is not among the classes"):
        encode_windows(config, ("x", "y"), (12, 1), data.train.scale)
