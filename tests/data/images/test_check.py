"""What `check` finds in labelled pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from quatrain.data import ImagesConfig
from quatrain.data.images import ImageReport, check_images

from .conftest import drawn

MakeFolder = Callable[..., Path]


def checked(path: Path, **settings: object) -> ImageReport:
    return check_images(ImagesConfig(path=str(path), **settings))


def written(path: Path, **arrays: np.ndarray) -> Path:
    np.savez(path, **arrays)
    return path


def test_counts_of_classes_by_part(folder: MakeFolder) -> None:
    report = checked(folder())
    assert report.is_usable
    assert (report.n_pictures, report.pictures) == (24, {"train": 22, "val": 2})
    assert report.class_counts == {"train": {"Dog": 11, "cat": 11}, "val": {"Dog": 1, "cat": 1}}
    assert report.imbalance == 1.0
    assert report.lines()[1:5] == [
        "read as 8x6, grey",
        "2 of 24 pictures, the same share of each class, chosen by a hash of their pixels, validate.",
        "train: Dog 11 (50%), cat 11 (50%)",
        "val: Dog 1 (50%), cat 1 (50%)",
    ]


def test_pictures_that_stand_twice_and_those_of_one_colour_are_told_of(tmp_path: Path) -> None:
    parts = {"train": drawn(24, 5, 4), "val": drawn(6, 5, 4, seed=1), "test": drawn(6, 5, 4, seed=2)}
    train = parts["train"]
    train[2], train[3], train[4] = train[0], train[0], 9  # equal of the same class, equal of another, blank
    parts["test"][5] = train[7]
    every = {f"{part}_images": pixels for part, pixels in parts.items()}
    every |= {f"{part}_labels": np.arange(len(pixels)) % 2 for part, pixels in parts.items()}
    report = checked(written(tmp_path / "x.npz", **every))
    assert report.split == "As given: pictures of train 24, val 6, test 6."
    assert (report.blank.count, report.duplicates.count, report.contradictory.count) == (1, 1, 3)
    assert {part: leak.count for part, leak in report.leaks.items()} == {"val": 0, "test": 1}
    text = "\n".join(report.lines())
    assert "note: pictures of a single colour: 1 (" in text
    assert "note: pictures equal to an earlier one: 1 (" in text
    assert "note: training pictures that stand in another class, too: 3 (" in text
    assert "note: pictures of test that stand in training, too: 1 (" in text
    assert "of val that stand in training" not in text


def test_pictures_that_cannot_be_read_are_left_out(folder: MakeFolder) -> None:
    root = folder(mode="RGB")
    (root / "cat" / "broken.png").write_bytes(b"no picture")
    Image.new("RGB", (9, 9)).save(root / "Dog" / "large.png")
    report = checked(root)
    assert report.is_usable
    assert len(report.unreadable) == 1
    assert "colour" in report.lines()[1]
    assert any(line.startswith("note: ") and "broken.png" in line for line in report.lines())


@pytest.mark.parametrize("n_classes", [0, 1])
def test_what_cannot_be_used_is_a_fault(folder: MakeFolder, tmp_path: Path, n_classes: int) -> None:
    root = folder() if n_classes else tmp_path / "missing"
    for picture in (root / "cat").glob("*"):
        picture.unlink()
    report = checked(root)
    assert not report.is_usable
    assert (report.split, report.fingerprint, report.image_size) == (None, None, None)
    assert any(line.startswith("ERROR: ") for line in report.lines())
    assert report.to_dict()["is_usable"] is False
