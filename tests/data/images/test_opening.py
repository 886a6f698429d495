"""Pictures from everything that may hold them, and everything that may be wrong with it."""

from __future__ import annotations

import re
import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from quatrain.data import ImageData, ImagesConfig, encode_images, looks_like_pictures, open_images
from quatrain.errors import DataError, MissingExtra

from .conftest import drawn, write_idx

MakeFolder = Callable[..., Path]


def opened(path: Path | str, **settings: object) -> ImageData:
    return open_images(ImagesConfig(path=str(path), **settings))


def heard(path: Path) -> list[str]:
    said: list[str] = []
    open_images(ImagesConfig(path=str(path)), say=said.append)
    return said


def test_digits_are_always_there_and_a_fifth_of_each_class_is_held_out() -> None:
    data = opened("digits")
    assert data.train.image_size == (8, 8)
    assert {name: len(part) for name, part in data.parts.items()} == {"train": 1295, "val": 143, "test": 359}
    assert data.classes == tuple("0123456789")
    assert min(data.class_counts["test"]) > 30
    assert data.train.pixels.max() == 255


def test_of_each_class_its_share_of_labels_is_kept() -> None:
    data = opened("digits", n_labels=50)
    assert len(data.train) == 50
    assert data.class_counts["train"] == [5] * 10
    assert len(data.tests["test"]) == 359
    assert data.about()["n_labels"] == 50


def test_equal_pictures_never_fall_into_two_parts(tmp_path: Path) -> None:
    pixels = np.repeat(drawn(20, 4, 4), 5, axis=0)
    np.savez(tmp_path / "x.npz", images=pixels, labels=np.repeat(np.arange(20) % 2, 5))
    data = opened(tmp_path / "x.npz")
    seen = {part: {data.train.pixels[row].tobytes() for row in rows.rows} for part, rows in data.parts.items()}
    assert not seen["train"] & seen["val"]


def test_a_folder_for_each_class_keeps_the_spelling_of_its_name(folder: MakeFolder) -> None:
    data = opened(folder())
    assert data.classes == ("Dog", "cat")
    assert (data.train.n_channels, data.train.image_size) == (1, (8, 6))
    assert len(data.train) + len(data.val) == 24
    bright = data.train.pixels[data.train.rows].mean(axis=(1, 2, 3)) > 127
    assert np.array_equal(data.train.labels == 0, bright)


def test_parts_are_folders_around_the_classes(folder: MakeFolder, tmp_path: Path) -> None:
    for part in ("train", "valid", "test"):
        shutil.move(folder(part), tmp_path / "all" / part)
    data = opened(tmp_path / "all")
    assert {name: len(part) for name, part in data.parts.items()} == {"train": 24, "val": 24, "test": 24}
    assert data.split.startswith("As given")


def test_an_archive_is_read_like_its_folder(folder: MakeFolder, tmp_path: Path) -> None:
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", folder())
    assert opened(packed).fingerprint == opened(tmp_path / "pets").fingerprint


def test_idx_files_are_parts_by_their_names(mnist: Path) -> None:
    data = opened(mnist)
    assert {name: len(part) for name, part in data.parts.items()} == {"train": 36, "val": 4, "test": 10}
    assert data.classes == ("0", "1", "2", "3")
    assert data.tests["test"].places[3].endswith("t10k-images-idx3-ubyte.gz[3]")


def test_one_idx_file_of_images_finds_its_labels(mnist: Path) -> None:
    data = opened(mnist / "train-images-idx3-ubyte.gz")
    assert set(data.parts) == {"train", "val"}


@pytest.mark.parametrize(
    "names",
    [
        ("x_train", "y_train", "x_test", "y_test"),
        ("train_images", "train_labels", "test_images", "test_labels"),
        ("images", "labels", None, None),
        ("arr_0", "arr_1", None, None),
    ],
)
def test_arrays_are_pictures_and_labels_by_their_names(tmp_path: Path, names: tuple[str | None, ...]) -> None:
    arrays = dict(zip(names, (drawn(20, 4, 5), np.arange(20) % 2, drawn(6, 4, 5), np.arange(6) % 2), strict=True))
    np.savez(tmp_path / "x.npz", **{name: array for name, array in arrays.items() if name})
    assert set(opened(tmp_path / "x.npz").parts) == {"train", "val", *(["test"] if names[2] else [])}


@pytest.mark.parametrize(
    ("pixels", "n_channels"),
    [
        (drawn(20, 4, 5), 1),
        (drawn(20, 4, 5, 3), 3),
        (drawn(20, 3, 4, 5), 3),
        (drawn(20, 4, 5, 1), 1),
        (drawn(20, 4, 5).astype(np.uint16) * 257, 1),
        (drawn(20, 4, 5) / 255, 1),
        (drawn(20, 4, 5).astype(np.uint16), 1),
        (drawn(20, 4, 5).astype(np.int32) * 257, 1),
        (drawn(20, 4, 5).astype(np.float32), 1),
        (drawn(20, 4, 5).astype(np.int64), 1),
    ],
)
def test_arrays_of_every_layout_and_type(tmp_path: Path, pixels: np.ndarray, n_channels: int) -> None:
    np.savez(tmp_path / "x.npz", images=pixels, labels=np.array(["b", "a"] * 10))
    data = opened(tmp_path / "x.npz")
    assert (data.train.n_channels, data.train.image_size) == (n_channels, (4, 5))
    assert data.classes == ("a", "b")
    if pixels.ndim == 3:
        assert np.array_equal(data.train.pixels[:, 0], drawn(20, 4, 5))


def test_a_corrupt_picture_is_named_and_counted_and_training_goes_on(folder: MakeFolder) -> None:
    root = folder()
    (root / "cat" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    (root / "notes.txt").write_text("about")
    said = " ".join(heard(root))
    assert "Left out, since unreadable: 1 of 25 pictures." in said
    assert str(root / "cat" / "broken.png") in said
    assert "Left out, since no pictures or in no folder of a class: 1 files." in said
    assert len(opened(root).train) + len(opened(root).val) == 24


def test_pictures_of_different_sizes_are_scaled_and_counted(folder: MakeFolder) -> None:
    root = folder()
    Image.new("L", (40, 30), 3).save(root / "cat" / "large.png")
    assert any("Scaled to 8x6, what juts out cut off: 1 of 25 pictures" in note for note in heard(root))
    assert opened(root, image_size=4, n_channels=3).train.pixels.shape == (25, 3, 4, 4)


def test_pictures_called_as_files_about_the_data_are_pictures(folder: MakeFolder) -> None:
    root = folder()
    for name in ("license_plate_3", "readme", "Copying"):
        Image.new("L", (6, 8), len(name)).save(root / "cat" / f"{name}.png")
    (root / "README.md").write_text("about")
    data = opened(root)
    assert len(data.train) + len(data.val) == 27
    assert data.notes == ("Left out, since no pictures or in no folder of a class: 1 files.",)


def test_folders_within_those_of_classes_are_told_of(folder: MakeFolder) -> None:
    root = folder()
    for label in ("cat", "Dog"):
        for year in ("2021", "2022"):
            (root / label / year).mkdir()
            shutil.copy(root / label / "00.png", root / label / year / "00.png")
    data = opened(root)
    assert data.classes == ("Dog", "cat")
    assert any(note.startswith("The class is the outermost folder (Dog, cat)") for note in data.notes)


def test_places_are_no_parts_and_what_is_outside_the_parts_is_called_so(folder: MakeFolder, tmp_path: Path) -> None:
    for place in ("Test Valley", "North"):
        shutil.move(folder(), tmp_path / "places" / place)
    assert opened(tmp_path / "places").classes == ("North", "Test Valley")
    for part in ("train", "test"):
        shutil.move(folder(), tmp_path / "all" / part)
    shutil.move(folder(), tmp_path / "all" / "more")
    notes = opened(tmp_path / "all").notes
    assert notes == ("Left out, since they stand in none of the folders test, train: 24 files, as more/Dog/00.png.",)


def test_a_test_part_beside_classes_is_refused_with_what_to_do(folder: MakeFolder) -> None:
    root = folder()
    shutil.copytree(root, root / "test")
    assert looks_like_pictures(str(root))
    with pytest.raises(DataError, match=r"pets: test holds folders .* folder called train beside it"):
        opened(root)


def test_pictures_of_telephones_are_named_and_counted_with_what_to_do(folder: MakeFolder) -> None:
    root = folder(n=4)
    for i in range(5):
        (root / "cat" / f"new{i}.HEIC").write_bytes(b"\0\0\0\x18ftypheic")
        Image.new("L", (6, 8), i).save(root / "Dog" / f"new{i}.jfif", "jpeg")
        Image.new("L", (6, 8), i).save(root / "Dog" / f"new{i}.avif")
    assert looks_like_pictures(str(root))
    data = opened(root)
    assert len(data.train) + len(data.val) == 18
    assert f"unreadable: 5 of 23 pictures. {root / 'cat' / 'new0.HEIC'}: .heic is not read. Save it" in data.notes[0]


def test_where_all_are_of_telephones_it_is_said_what_to_do(tmp_path: Path) -> None:
    for label in ("cat", "dog"):
        (tmp_path / "pets" / label).mkdir(parents=True)
        (tmp_path / "pets" / label / "1.heic").write_bytes(b"\0\0\0\x18ftypheic")
    assert looks_like_pictures(str(tmp_path / "pets"))
    with pytest.raises(DataError, match=r"2 could not be read: .*1.heic: .heic is not read. Save it as .jpg or .png"):
        opened(tmp_path / "pets")


def test_pixels_are_decoded_once_and_again_when_a_file_changes(
    folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = folder()
    first = opened(root)
    with monkeypatch.context() as patch:
        patch.setattr("quatrain.data.images.folders.decode", lambda *_: pytest.fail("decoded again"))
        assert opened(root).fingerprint == first.fingerprint
    Image.new("L", (6, 8), 77).save(root / "cat" / "00.png")
    assert opened(root).fingerprint != first.fingerprint
    assert isinstance(first.train.pixels, np.memmap)


def test_a_test_part_of_another_size_is_brought_to_that_of_training(tmp_path: Path) -> None:
    labels = np.arange(20) % 2
    np.savez(tmp_path / "x.npz", x_train=drawn(20, 4, 5), y_train=labels, x_test=drawn(20, 9, 9), y_test=labels)
    assert "test: 20 pictures of 1x9x9 (channels, height, width) are made 1x4x5." in heard(tmp_path / "x.npz")
    assert opened(tmp_path / "x.npz").tests["test"].image_size == (4, 5)


def test_one_class_cannot_be_told_from_another(folder: MakeFolder) -> None:
    root = folder()
    shutil.rmtree(root / "Dog")
    with pytest.raises(DataError, match=r"all 11 training pictures are of the class 'cat'.*in a folder of its own"):
        opened(root)


def test_a_class_of_the_test_part_alone_is_named(folder: MakeFolder, tmp_path: Path) -> None:
    for part in ("train", "test"):
        shutil.move(folder(part), tmp_path / "all" / part)
    shutil.move(tmp_path / "all" / "test" / "cat", tmp_path / "all" / "test" / "cats")
    with pytest.raises(DataError, match=r"the class 'cats' \(12 pictures of test\) is not among .* Did you mean 'cat'"):
        opened(tmp_path / "all")


@pytest.mark.parametrize("is_empty", [True, False])
def test_a_folder_without_pictures_says_what_is_needed(tmp_path: Path, is_empty: bool) -> None:
    (tmp_path / "pets" / "cat").mkdir(parents=True)
    if not is_empty:
        (tmp_path / "pets" / "cat" / "a.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"holds no picture in the folder of a class"):
        opened(tmp_path / "pets")


def test_a_missing_path_says_what_is_always_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no such file or folder.*digits"):
        opened(tmp_path / "digit")


def test_images_and_labels_must_be_as_many(mnist: Path) -> None:
    write_idx(mnist / "train-labels-idx1-ubyte.gz", np.zeros(39, np.uint8))
    with pytest.raises(
        DataError, match=r"has 40 pictures, but .*train-labels.* 39 labels: they do not belong together"
    ):
        opened(mnist)


def test_images_without_labels_are_named(mnist: Path) -> None:
    (mnist / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte has no labels beside it.*t10k-labels-idx1-ubyte"):
        opened(mnist)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\0\0\x08\x03\0\0\0\2", "does not start as an idx file does"),
        (b"GIF89a..", "does not start as an idx file does"),
        (
            b"\0\0\x08\x03" + bytes([0, 0, 0, 2] * 3) + b"\0" * 7,
            "ends too early: 2x2x2 numbers need 8 bytes, and 7 follow",
        ),
        (b"\0\0\x08\x03" + bytes([0, 0, 0, 2] * 3) + b"\0" * 9, "goes on too long: 2x2x2 numbers need 8 bytes"),
    ],
)
def test_a_truncated_idx_file_is_named(mnist: Path, content: bytes, message: str) -> None:
    (mnist / "train-images-idx3-ubyte.gz").unlink()
    (mnist / "train-images-idx3-ubyte").write_bytes(content)
    with pytest.raises(DataError, match=f"train-images-idx3-ubyte, byte .*{message}"):
        opened(mnist)


def test_a_packed_file_cut_off_is_named(mnist: Path) -> None:
    path = mnist / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte.gz: cannot be read"):
        opened(mnist)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            {"images": drawn(4, 4, 5)},
            "images holds pictures, but its labels are not there. It holds images 4x4x5. Name",
        ),
        ({"x": drawn(4, 4, 5), "z": drawn(4, 4, 5), "y": np.arange(4)}, "z holds pictures, but another array is the"),
        ({"labels": np.arange(4)}, "holds no array of pictures, but labels 4. Pictures are"),
        ({"images": drawn(4, 20), "labels": np.arange(4)}, "but images 4x20, labels 4. Pictures are .* reshape them"),
        ({"images": drawn(4, 4, 5, 2), "labels": np.arange(4)}, "an array of 4x4x5x2 numbers"),
        ({"images": np.full((4, 4, 5), -3.0), "labels": np.arange(4)}, "pixels from -3 to -3"),
        ({"images": np.full((4, 4, 5), -0.5), "labels": np.arange(4)}, r"from -0.5 to -0.5.*: \(x \+ 1\) / 2 makes"),
        ({"images": np.full((4, 4, 5), 70000), "labels": np.arange(4)}, r"pixels from 70000 to 70000"),
        ({"images": np.full((4, 4, 5), "a"), "labels": np.arange(4)}, r"an array of the type <U1"),
        (
            {"images": np.where(np.arange(80).reshape(4, 4, 5) == 27, np.nan, 0), "labels": np.arange(4)},
            r"x.npz: images: 1 pixels are no numbers \(nan or infinite\), the first in picture 1, .*nan_to_num",
        ),
        ({"images": drawn(4, 4, 5), "labels": np.eye(4) * 2}, "4x4 labels of type float64"),
        ({"images": drawn(4, 4, 5), "labels": np.array([0, 1, 0.5, 1])}, "4 labels of type float64. .* whole number"),
        ({"images": drawn(4, 4, 5), "labels": np.arange(3)}, "has 4 pictures, but .* 3 labels"),
    ],
)
def test_arrays_that_are_no_labelled_pictures(tmp_path: Path, arrays: dict[str, np.ndarray], message: str) -> None:
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(DataError, match=message):
        opened(tmp_path / "x.npz")


def test_truths_are_black_and_white(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", images=drawn(20, 4, 5) > 99, labels=np.arange(20) % 2)
    assert np.array_equal(opened(tmp_path / "x.npz").train.pixels[:, 0], (drawn(20, 4, 5) > 99) * 255)


@pytest.mark.parametrize(
    ("pixels", "note"),
    [
        (drawn(20, 4, 5), None),
        (drawn(20, 4, 5) / 255, None),
        (drawn(20, 4, 5) > 99, None),
        (drawn(20, 4, 5).astype(np.uint16), r"Whole numbers up to 255 \(uint16\) are read as bytes"),
        (drawn(20, 4, 5).astype(float), r"Numbers up to 255 are read as bytes, of which 255 is white"),
        (drawn(20, 4, 5).astype(np.uint16) * 257, r".*up to 65535 \(uint16\) are read as 16 bits, .* 65535 is white"),
    ],
)
def test_how_numbers_are_read_is_said_where_their_type_does_not_say_it(
    tmp_path: Path, pixels: np.ndarray, note: str | None
) -> None:
    np.savez(tmp_path / "x.npz", images=pixels, labels=np.arange(20) % 2)
    assert len(heard(tmp_path / "x.npz")) == (note is not None)
    assert note is None or re.match(note, heard(tmp_path / "x.npz")[0])


def test_parts_of_one_file_are_of_one_scale(tmp_path: Path) -> None:
    bright, dark = drawn(20, 4, 5).astype(np.uint16) * 257, drawn(20, 4, 5).astype(np.uint16)
    labels = np.arange(20) % 2
    np.savez(tmp_path / "x.npz", x_train=bright, y_train=labels, x_test=dark, y_test=labels)
    assert opened(tmp_path / "x.npz").tests["test"].pixels.max() == 0


@pytest.mark.parametrize(
    "labels",
    [(np.arange(20) % 2).astype(float), np.eye(2)[np.arange(20) % 2], np.eye(2, dtype=bool)[np.arange(20) % 2]],
)
def test_whole_numbers_and_rows_with_a_single_one_are_labels(tmp_path: Path, labels: np.ndarray) -> None:
    np.savez(tmp_path / "x.npz", images=drawn(20, 4, 5), labels=labels)
    data = opened(tmp_path / "x.npz")
    assert data.classes == ("0", "1")
    assert data.train.labels.tolist() == [int(place.rpartition("[")[2][:-1]) % 2 for place in data.train.places]


def test_an_array_without_labels_is_recognised_so_that_it_can_be_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x_train=drawn(20, 4, 5))
    assert looks_like_pictures(str(tmp_path / "x.npz"))


def test_the_file_of_a_class_that_training_lacks_is_named_once(tmp_path: Path) -> None:
    labels = np.arange(20) % 2
    np.savez(tmp_path / "x.npz", x_train=drawn(20, 4, 5), y_train=labels, x_test=drawn(20, 4, 5), y_test=labels + 1)
    with pytest.raises(DataError, match=f"^{re.escape(str(tmp_path / 'x.npz'))}: x_test"):
        opened(tmp_path / "x.npz")


def test_a_damaged_file_of_arrays_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(b"PK\3\4 nothing")
    with pytest.raises(DataError, match=r"x.npz: cannot be read as a .npz file.*numpy.savez"):
        opened(tmp_path / "x.npz")


def test_a_damaged_archive_is_a_fault(folder: MakeFolder, tmp_path: Path) -> None:
    packed = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", folder()))
    packed.write_bytes(packed.read_bytes()[:-30])
    with pytest.raises(DataError, match=r"packed.zip: cannot be read"):
        opened(packed)


def test_a_missing_package_is_named_with_what_to_type(folder: MakeFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    root = folder()
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingExtra, match=r"pip install 'quatrain\[data\]'"):
        opened(root)


@pytest.mark.parametrize("name", ["pets", "mnist", "digits", "x.npz", "packed.zip"])
def test_pictures_are_recognised(folder: MakeFolder, mnist: Path, tmp_path: Path, name: str) -> None:
    shutil.make_archive(str(tmp_path / "packed"), "zip", folder())
    np.savez(tmp_path / "x.npz", images=drawn(4, 4, 5), labels=np.arange(4))
    assert looks_like_pictures(name if name == "digits" else str(tmp_path / name))


def test_other_things_are_not(tmp_path: Path) -> None:
    (tmp_path / "poems.txt").write_text("a\n" * 9)
    (tmp_path / "texts" / "pos").mkdir(parents=True)
    (tmp_path / "texts" / "pos" / "1.txt").write_text("a")
    (tmp_path / "odd.npz").write_bytes(b"no")
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as packed:
        packed.writestr("a.txt", "a")
    assert not any(
        looks_like_pictures(str(tmp_path / name)) for name in ("poems.txt", "texts", "odd.npz", "t.zip", "no")
    )


def test_other_data_must_have_the_classes_of_the_model(folder: MakeFolder) -> None:
    config = ImagesConfig(path=str(folder()))
    assert len(encode_images(config, ("Dog", "cat"))["train"]) == 24
    with pytest.raises(DataError, match=r"the class 'Dog' .* is not among the classes"):
        encode_images(config, ("cat", "dogs"))
