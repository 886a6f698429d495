"""Pictures whose classes a table beside them names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from PIL import Image

from quatrain.data import ImageData, ImagesConfig, looks_like_pictures, open_images
from quatrain.data.images.check import check_images
from quatrain.data.images.naming import LOOKED_AT
from quatrain.data.tables import TABLES
from quatrain.errors import ConfigError, DataError
from quatrain.training import Request, data_config

from .conftest import drawn

Row = tuple[object, ...]


@pytest.fixture
def beside(tmp_path: Path) -> Callable[..., Path]:
    """Makes pictures 0.png, 1.png, ... in a folder, and a table of the rows that are given."""

    def make(rows: Sequence[Row], table: str = "labels.csv", folder: str = "", n: int = 20) -> Path:
        (tmp_path / folder).mkdir(exist_ok=True)
        for number, pixels in enumerate(drawn(n, 6, 5)):
            Image.fromarray(pixels).save(tmp_path / folder / f"{number}.png")
        (tmp_path / table).write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
        return tmp_path

    return make


def opened(path: Path, **settings: object) -> ImageData:
    return open_images(ImagesConfig(path=str(path), **settings))


def listed(n: int = 20, name: str = "{}.png") -> list[Row]:
    return [("filename", "label"), *((name.format(i), "odd" if i % 2 else "even") for i in range(n))]


@pytest.mark.parametrize("target", ["", "labels.csv"], ids=["the folder", "the table"])
def test_a_table_names_the_class_of_each_picture_beside_it(beside: Callable[..., Path], target: str) -> None:
    path = beside(listed()) / target
    assert looks_like_pictures(str(path))
    assert data_config(Request(data=str(path))).kind == "images"
    data = opened(path)
    assert data.classes == ("even", "odd")
    assert sum(map(len, data.parts.values())) == 20
    assert all((int(Path(p).stem) % 2) == label for p, label in zip(data.train.places, data.train.labels, strict=True))


def test_file_names_may_lack_their_endings_and_folders(beside: Callable[..., Path]) -> None:
    path = beside(listed(name="{}"), table="train.csv", folder="train")
    (path / "sample_submission.csv").write_text("filename,label\n0,none\n1,none\n")
    data = opened(path)
    assert data.classes == ("even", "odd")
    assert sum(map(len, data.parts.values())) == 20


def test_tables_called_as_parts_are_these(beside: Callable[..., Path]) -> None:
    beside(listed(16), table="train.csv")
    path = beside([listed()[0], *listed()[17:]], table="test.csv")
    assert {name: len(part) for name, part in opened(path).parts.items()} == {"train": 14, "val": 2, "test": 4}


def test_missing_pictures_and_labels_are_named_and_counted(beside: Callable[..., Path]) -> None:
    path = beside([*listed(), ("gone.png", "odd"), ("1.png", "odd")])
    (path / "labels.csv").write_text((path / "labels.csv").read_text().replace("3.png,odd", "3.png,", 1))
    said: list[str] = []
    data = open_images(ImagesConfig(path=str(path)), say=said.append)
    assert sum(map(len, data.parts.values())) == 19
    notes = "\n".join(said)
    assert "names 1 pictures that are not there, left out: gone.png (line 22)." in notes
    assert "1 pictures without a label are left out" in notes
    assert "1 rows name a picture that an earlier one named" in notes


def test_the_column_of_labels_can_be_named_and_must_be_where_it_is_not_clear(beside: Callable[..., Path]) -> None:
    rows = [("id", "breed", "sex"), *((f"{i}.png", "pug" if i % 2 else "corgi", "mf"[i % 2]) for i in range(20))]
    path = beside(rows)
    with pytest.raises(
        DataError, match=r"names pictures \('id'\).*Its columns: id, breed, sex\. .*data\.label_column=breed"
    ):
        opened(path)
    asked = data_config(Request(data=str(path), settings=("data.label_column=sex",)))
    assert (asked.kind, opened(path, label_column="sex").classes) == ("images", ("f", "m"))
    with pytest.raises(DataError, match="no column is called 'race'"):
        opened(path, label_column="race")


def test_folders_of_classes_lead_unless_a_column_is_named(beside: Callable[..., Path]) -> None:
    beside(listed(), folder="cat")
    path = beside(listed(), folder="dog")
    assert opened(path).classes == ("cat", "dog")


def test_a_column_without_a_table_is_refused(beside: Callable[..., Path]) -> None:
    path = beside([("a", "b"), ("x", "y")], folder="cat")
    with pytest.raises(DataError, match="no table names the pictures beside it"):
        opened(path, label_column="breed")


@pytest.mark.parametrize("size", [0, -3, 4097, (8, 0)])
def test_sizes_are_bounded(size: object) -> None:
    with pytest.raises(ConfigError, match="sides are 1 to 4096 pixels"):
        ImagesConfig(path="a", image_size=size)


def test_a_column_of_parts_makes_the_parts(beside: Callable[..., Path]) -> None:
    head, *rows = listed()
    words = ["train"] * 12 + ["valid"] * 4 + ["test"] * 4
    data = opened(beside([(*head, "split"), *((*row, word) for row, word in zip(rows, words, strict=True))]))
    assert {part: len(pictures) for part, pictures in data.parts.items()} == {"train": 12, "val": 4, "test": 4}
    assert {Path(place).stem for place in data.tests["test"].places} == {"16", "17", "18", "19"}
    assert "Parts as column 'split' says: train 12, val 4, test 4." in data.notes


def test_paths_as_windows_spells_them_are_found(beside: Callable[..., Path]) -> None:
    path = beside(listed(name="IMGS\\{}.PNG"), folder="imgs")
    assert sum(map(len, opened(path).parts.values())) == 20
    assert sum(map(len, opened(path / "labels.csv").parts.values())) == 20


def test_a_table_alone_finds_pictures_by_their_ids_in_a_folder_beside_it(beside: Callable[..., Path]) -> None:
    path = beside(listed(name="{}"), table="train.csv", folder="train") / "train.csv"
    assert looks_like_pictures(str(path))
    assert sum(map(len, opened(path).parts.values())) == 20


def test_a_picture_of_two_classes_stops(beside: Callable[..., Path]) -> None:
    path = beside([*listed(), ("3.png", "even"), ("4.png", "even")])
    with pytest.raises(DataError, match=r"line 22: 3\.png is of the class 'even' here and of 'odd' in an earlier row"):
        opened(path)


def test_a_picture_named_twice_in_one_class_is_fine(beside: Callable[..., Path]) -> None:
    assert sum(map(len, opened(beside([*listed(), ("3.png", "odd")])).parts.values())) == 20


def test_captions_and_ages_are_no_classes(beside: Callable[..., Path]) -> None:
    path = beside([("image", "age"), *((f"{i}.png", i + 20) for i in range(20))])
    with pytest.raises(DataError, match="column 'age' holds 20 different values in 20 rows: no classes"):
        opened(path)


def test_pictures_without_classes_are_no_text_to_learn(beside: Callable[..., Path]) -> None:
    path = beside([(f"{i}.png a",) for i in range(20)], table="labels.txt")
    assert data_config(Request(data=str(path))).kind == "images"
    with pytest.raises(DataError, match=r"write labels\.csv beside them, a table with columns filename,label"):
        opened(path)


def test_a_table_whose_first_rows_name_no_picture_is_not_read_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_read = 0

    def rows(*_: object) -> Iterator[tuple[int, dict[str, str]]]:
        nonlocal n_read
        for n_read in range(1, 5001):
            yield n_read, {"id": str(n_read), "text": "a fine film"}

    monkeypatch.setitem(TABLES, ".jsonl", rows)
    (tmp_path / "reviews.jsonl").write_text("{}\n")
    assert not looks_like_pictures(str(tmp_path / "reviews.jsonl"))
    assert n_read == LOOKED_AT


def notes_of(path: Path, **settings: object) -> list[str]:
    return [*opened(path, **settings).notes]


def test_a_table_without_a_header_keeps_its_first_picture(beside: Callable[..., Path]) -> None:
    path = beside(listed()[1:])
    for target in (path, path / "labels.csv"):
        data = opened(target)
        assert sum(map(len, data.parts.values())) == 20
        assert f"{path / 'labels.csv'}: the first row is read as a picture, not as names of columns." in data.notes
    asked = opened(path, file_column=1, label_column=2)
    assert sum(map(len, asked.parts.values())) == 20
    assert not any("first row" in note for note in asked.notes)


def test_a_table_that_goes_after_folders_is_named_with_what_reads_it(beside: Callable[..., Path]) -> None:
    beside(listed(), folder="cat")
    rows = [("filename", "breed"), *((f"dog/{i}.png", "pug" if i % 2 else "corgi") for i in range(20))]
    path = beside(rows, folder="dog", table="breeds.csv")
    (path / "labels.csv").write_text("filename,width\n" + "".join(f"dog/{i}.png,{i}\n" for i in range(20)))
    (path / "sizes.csv").write_text("n,m\n1,2,3\n")
    said = [note for note in notes_of(path) if ".csv" in note]
    assert said == [
        f"{path / 'breeds.csv'} names pictures, too, but is not read, since folders name their classes. To read it: "
        "--set data.label_column=breed"
    ]
    (path / "labels.csv").unlink()
    assert opened(path, label_column="breed").classes == ("corgi", "pug")


def test_a_table_that_names_no_picture_says_why_nothing_gives_classes(beside: Callable[..., Path]) -> None:
    rows = [("patient", "label"), *((f"p{i}", "odd" if i % 2 else "even") for i in range(20))]
    path = beside(rows)
    why = (
        f"{path / 'labels.csv'} is not read: no column of it names the pictures, such as 0.png. Its columns: patient, "
        "label. Write the names of files into one; --set data.file_column=NAME --set data.label_column=label says "
        "which is which."
    )
    with pytest.raises(DataError) as told:
        opened(path)
    assert f"holds no picture in the folder of a class. {why} Put a folder for each class there" in str(told.value)
    assert [why in line for line in check_images(ImagesConfig(path=str(path))).lines()].count(True) == 1
    with pytest.raises(DataError) as told:
        opened(path, label_column="label")
    assert f"so no column of it can be read. {why} Put one there" in str(told.value)


def test_pictures_of_one_folder_are_of_one_class_and_the_table_is_named(beside: Callable[..., Path]) -> None:
    path = beside([("image", "label"), *((f"x{i}.png", "odd") for i in range(20))], folder="images")
    with pytest.raises(DataError) as told:
        opened(path)
    assert str(told.value).endswith(
        f"in a folder of its own. {path / 'labels.csv'} is not read: 20 of the 20 pictures that its column 'image' "
        "names are not there, such as x0.png."
    )
    assert [line.count("is not read") for line in check_images(ImagesConfig(path=str(path))).lines()].count(1) == 1


def test_a_table_beside_those_of_parts_is_named_if_it_names_pictures(beside: Callable[..., Path]) -> None:
    path = beside(listed(), table="train.csv")
    (path / "more.csv").write_text("filename,label\n0.png,even\n1.png,odd\n")
    (path / "colours.csv").write_text("name\nred\nblue\n")
    said = [note for note in notes_of(path) if "not read" in note]
    assert said == [
        f"{path / 'more.csv'} is not read: tables that are called as parts (train, val, test) stand beside it."
    ]


def test_a_small_table_of_something_else_is_passed_over(beside: Callable[..., Path]) -> None:
    path = beside(listed())
    (path / "settings.csv").write_text("name,value\nlens,35\niso,200,broken\n")
    assert not any("settings.csv" in note for note in notes_of(path))


def test_a_broken_row_of_a_table_that_names_pictures_stops(beside: Callable[..., Path]) -> None:
    with pytest.raises(DataError, match="line 22: 3 values stand under 2 columns"):
        opened(beside([*listed(), ("3.png", "odd", "even")]))


def test_pictures_of_which_most_are_not_there_are_read_if_their_column_is_named(beside: Callable[..., Path]) -> None:
    path = beside(listed(60))
    with pytest.raises(
        DataError, match=r"40 of the 60 pictures .* --set data\.file_column=filename reads those that are"
    ):
        opened(path)
    assert sum(map(len, opened(path, file_column="filename").parts.values())) == 20


def test_a_table_of_pictures_that_are_not_there_is_no_text_to_tell_classes_from(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("filename,label\n" + "".join(f"my dog {i}.png,{'odd' if i % 2 else 'even'}\n" for i in range(20)))
    assert data_config(Request(data=str(path))).kind == "images"
    with pytest.raises(DataError, match=r"20 of the 20 pictures that its column 'filename' names are not there"):
        opened(path)
    path.write_text("filename,label,text\n" + "".join(f"{i}.png,{i % 2},fine film number {i}\n" for i in range(20)))
    assert data_config(Request(data=str(path))).kind == "labelled"
