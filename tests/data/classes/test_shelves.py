"""Which folder is the class of a file, and which is its part."""

from __future__ import annotations

import pytest

from quatrain.data.classes.shelves import shelve
from quatrain.data.part_names import folder_part, is_about_the_data, part_folders, part_of


def stood(*names: str) -> dict[str, str]:
    """Part and class of each file."""
    return {name: f"{shelf.part} {shelf.label}" for name, shelf in shelve(names).found.items()}


def test_the_class_is_the_outermost_folder_at_which_names_differ() -> None:
    names = [f"pets/{label}/{year}/{i}.png" for label in ("cat", "dog") for year in (2021, 2022) for i in range(2)]
    shelves = shelve([*names, "pets/readme.txt"])
    assert {shelf.label for shelf in shelves.found.values()} == {"cat", "dog"}
    assert shelves.notes == (
        "The class is the outermost folder (cat, dog), for the 8 files in folders within it, too (2021, 2022). If "
        "those are the classes, move them up to the top.",
    )


def test_a_stray_folder_deep_down_makes_no_class() -> None:
    names = [*(f"{label}/{i}.png" for label in ("cat", "dog") for i in range(3)), "cat/sub/deeper/n.png"]
    assert stood(*names)["cat/sub/deeper/n.png"] == "train cat"
    assert "for the 1 files in folders within it, too (deeper)" in shelve(names).notes[0]


def test_a_few_files_in_the_folder_around_the_classes_are_in_none() -> None:
    names = [*(f"pets/{label}/{i}.png" for label in ("cat", "dog") for i in range(3)), "pets/cover.png"]
    assert {*stood(*names).values()} == {"train cat", "train dog"}
    assert "pets/cover.png" not in stood(*names)


def test_folders_of_one_class_are_no_folder_around_others() -> None:
    assert stood("cat/1.png", "cat/2.png", "cat/old/3.png") == dict.fromkeys(
        ("cat/1.png", "cat/2.png", "cat/old/3.png"), "train cat"
    )


@pytest.mark.parametrize(
    "names",
    [
        ("train", "val", "test"),
        ("Training", "Validation", "Testing"),
        ("training_set", "dev_set", "test_set"),
        ("train2017", "val2017", "test2017"),
        ("images_train", "images_val", "images_test"),
        ("seg_train/seg_train", "seg_val/seg_val", "seg_test/seg_test"),
        ("x/train-clean-100", "x/dev-clean", "x/test-other"),
        ("train/images", "val/images", "test/images"),
        ("train/images", "val", "test"),
        ("data/test/train", "data/test/val", "data/test/test"),
    ],
)
def test_folders_called_as_parts_are_these(names: tuple[str, ...]) -> None:
    files = {f"{folder}/{label}/1.png": label for folder in names for label in ("cat", "dog")}
    parts = dict.fromkeys(files, "")
    for folder, part in zip(names, ("train", "val", "test"), strict=True):
        parts |= {f"{folder}/{label}/1.png": part for label in ("cat", "dog")}
    assert stood(*files) == {name: f"{parts[name]} {label}" for name, label in files.items()}
    assert shelve(files).notes == ()


def test_a_folder_in_whose_name_a_word_of_a_part_stands_is_no_part() -> None:
    names = [f"{place}/{label}/1.png" for place in ("Test Valley", "North") for label in ("a", "b")]
    assert {*stood(*names).values()} == {"train Test Valley", "train North"}
    deeper = [f"{label}/{place}/1.png" for place in ("Dev Patel", "North") for label in ("a", "b")]
    assert {*stood(*deeper).values()} == {"train a", "train b"}


def test_what_stands_outside_the_parts_is_told_of_as_that() -> None:
    shelves = shelve(["train/a/1.png", "train/b/1.png", "test/a/1.png", "more/a/1.png", "train/cover.png"])
    assert {*shelves.found} == {"train/a/1.png", "train/b/1.png", "test/a/1.png"}
    assert shelves.outside == {"more/a/1.png"}
    (note,) = shelves.notes
    assert note == "Left out, since they stand in none of the folders test, train: 1 files, as more/a/1.png."


def test_a_test_part_beside_classes_says_what_to_do() -> None:
    shelves = shelve(["cat/1.png", "dog/1.png", "test/cat/1.png", "test/dog/1.png"])
    assert not shelves.found
    assert "Put what is to be learned from (cat, dog) into a folder called train beside it" in shelves.problem
    mended = [f"train/{name}" for name in ("cat/1.png", "dog/1.png")] + ["test/cat/1.png", "test/dog/1.png"]
    assert {*stood(*mended).values()} == {"train cat", "train dog", "test cat", "test dog"}


def test_a_test_part_beside_classes_in_a_folder_around_them_says_what_to_do() -> None:
    names = ["pets/cover.png", *(f"pets/{folder}/1.png" for folder in ("cat", "dog", "test/cat", "test/dog"))]
    assert "test holds folders" in shelve(names).problem
    assert "(cat, dog)" in shelve(names).problem


def test_a_folder_called_as_a_part_within_a_class_is_none() -> None:
    names = ["one/test/unit/1.py", "one/src/2.py", "two/src/3.py", "two/4.py"]
    assert {*stood(*names).values()} == {"train one", "train two"}


def test_a_test_part_without_classes_is_in_no_folder_of_a_class() -> None:
    shelves = shelve(["train/cat/1.png", "train/dog/1.png", "test1/1.png", "test1/2.png"])
    assert {*shelves.found} == {"train/cat/1.png", "train/dog/1.png"}
    assert not shelves.outside
    assert not shelves.notes


def test_a_folder_of_files_called_as_a_part_is_a_class_and_said_to_be() -> None:
    shelves = shelve(["test/1.png", "control/1.png"])
    assert {shelf.label for shelf in shelves.found.values()} == {"test", "control"}
    assert "test is read as a class, not as a part" in shelves.notes[0]


def test_parts_without_folders_of_classes_say_what_to_do() -> None:
    shelves = shelve(["train/1.png", "test/1.png"])
    assert not shelves.found
    assert "Make a folder for each class in them, or list the files and their classes in a table" in shelves.problem


def test_one_part_alone_is_all_there_is() -> None:
    assert {*stood("test/a/1.png", "test/b/1.png").values()} == {"train a", "train b"}


@pytest.mark.parametrize("name", ["Test Valley", "North", "train station", "crash test", "development", "my_test"])
def test_names_of_places_and_things_are_no_parts(name: str) -> None:
    assert folder_part(name) is None
    assert part_folders([name, "North"]) == {}
    assert part_of(f"{name}/a.txt") is None


def test_any_word_of_a_file_names_its_part() -> None:
    assert part_of("wiki.train.tokens") == "train"
    assert part_of("Test Valley/my_test.txt") == "test"
    assert part_of("test/a.txt") == "test"


@pytest.mark.parametrize(
    ("name", "is_about"),
    [
        ("README", True), ("readme.md", True), ("LICENSE.txt", True), ("a/COPYING", True), ("licence.rst", True),
        ("SHA256SUMS", True), ("license_plate_3.png", False), ("readme.png", False), ("license.csv", False),
        ("copying_machines.txt", False), ("readmes/a.txt", False),
    ],
)  # fmt: skip
def test_files_about_the_data_are_told_by_their_whole_names(name: str, is_about: bool) -> None:
    assert is_about_the_data(name) is is_about
