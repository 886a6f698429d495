"""What `quatrain predict` makes of files: other columns, texts that are too long, folders, and what is no text."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import quatrain as qt
from quatrain.errors import ConfigError

from .conftest import Type
from .test_given import KINDS

ADVICE = re.compile(r"--set (?:'[^']*'|\S+?)(?=[.,]?(?:\s|$))")
TEXT_RUNS = ("classifier", "pairs", "masked", "tagger")


def advised(said: str) -> list[str]:
    """The words that an error says to type."""
    (found,) = ADVICE.findall(said)
    return shlex.split(found)


def path_of(run: qt.Run) -> Path:
    return run.folder.path


@pytest.mark.parametrize("name", ["new.csv", "new.jsonl"])
def test_another_column_is_read_as_the_error_says(
    runs: dict[str, qt.Run],
    typed: Type,
    tmp_path: Path,
    name: str,
) -> None:
    path, run = tmp_path / name, path_of(runs["classifier"])
    rows = {"new.csv": "id,my body\n1,a fine film\n", "new.jsonl": '{"id": 1, "my body": "a fine film"}\n'}
    path.write_text(rows[name])
    refused = typed("predict", run, path)
    assert refused.code == 2
    told = typed("predict", run, path, *advised(refused.err), "--json")
    assert (told.code, told.json["text"]) == (0, "a fine film")
    path.write_text(path.read_text().replace("my body", "label"))
    assert typed("predict", run, path, "--set", "data.text_column=label").code == 0


def test_both_columns_of_pairs_are_read_as_the_errors_say(
    runs: dict[str, qt.Run],
    typed: Type,
    tmp_path: Path,
) -> None:
    path, words = tmp_path / "new.csv", list[str]()
    path.write_text("here,there\na fine film,a fine film\n")
    for _ in range(2):
        refused = typed("predict", path_of(runs["pairs"]), path, *words)
        assert refused.code == 2
        words += advised(refused.err)
    told = typed("predict", path_of(runs["pairs"]), path, *words, "--json")
    assert (told.code, told.json["second"]) == (0, "a fine film")


def test_another_column_is_scored_as_the_error_says(
    runs: dict[str, qt.Run],
    typed: Type,
    tmp_path: Path,
) -> None:
    path, words = tmp_path / "new.csv", list[str]()
    path.write_text("stars,body\n" + "pos,a fine film\nneg,a dull plot\n" * 3)
    for _ in range(2):
        refused = typed("evaluate", path_of(runs["classifier"]), path, *words)
        assert refused.code == 2
        words += advised(refused.err)
    assert typed("evaluate", path_of(runs["classifier"]), path, *words).code == 0


def test_settings_without_data_say_nothing(runs: dict[str, qt.Run], typed: Type) -> None:
    refused = typed("evaluate", path_of(runs["classifier"]), "--set", "data.text_column=body")
    assert (refused.code, "says how DATA is read, and none is given" in refused.err) == (2, True)


def test_a_tagger_reads_the_column_that_is_named(runs: dict[str, qt.Run], typed: Type, tmp_path: Path) -> None:
    (tmp_path / "new.conll").write_text("1\tAnn\n2\tleft\n")
    told = typed("predict", path_of(runs["tagger"]), tmp_path / "new.conll", "--set", "data.word_column=2", "--json")
    assert told.json["words"] == ["Ann", "left"]


def test_the_encoding_of_lines_is_read_as_the_error_says(runs: dict[str, qt.Run], typed: Type, tmp_path: Path) -> None:
    (tmp_path / "new.txt").write_bytes("ein schöner Film\n".encode("latin-1"))
    for name in ("classifier", "tagger"):
        refused = typed("predict", path_of(runs[name]), tmp_path / "new.txt")
        assert refused.code == 1
        (words,) = re.findall(r"\((--set [^)]*)\)", refused.err)
        assert typed("predict", path_of(runs[name]), tmp_path / "new.txt", *words.split()).code == 0


@pytest.mark.parametrize(
    ("name", "setting", "message"),
    [
        ("classifier", "data.second_column=b", "What says how a file is read: data.text_column, data.encoding."),
        ("classifier", "data.label_column=b", "What says how a file is read: data.text_column, data.encoding."),
        ("classifier", "data.text_column=b", "is read line by line and has no columns"),
        ("pairs", "data.n_labels=3", "data.text_column, data.second_column, data.encoding."),
        ("tagger", "data.tag_column=2", "data.word_column, data.encoding."),
        ("tagger", "data.word_column=2", "is read as a text and has no columns"),
        ("pictures", "data.image_size=3", "Such files are read as they are."),
        ("windows", "data.length=9", "data.missing"),
    ],
)
def test_a_setting_that_says_nothing_of_files_is_refused(
    runs: dict[str, qt.Run],
    tmp_path: Path,
    name: str,
    setting: str,
    message: str,
) -> None:
    (tmp_path / "new.txt").write_text("a fine film\n")
    with pytest.raises(ConfigError, match=re.escape(message)):
        list(runs[name].predictions([str(tmp_path / "new.txt")], settings=[setting]))


def test_missing_numbers_of_windows_stand_on_a_line_as_the_error_says(
    runs: dict[str, qt.Run],
    typed: Type,
    tmp_path: Path,
) -> None:
    numbers = [*map(str, KINDS["windows"].one)]
    numbers[3] = "?"
    (tmp_path / "new.csv").write_text(",".join(["x", *numbers]) + "\n")
    refused = typed("predict", path_of(runs["windows"]), tmp_path / "new.csv")
    assert refused.code == 1
    assert typed("predict", path_of(runs["windows"]), tmp_path / "new.csv", *advised(refused.err)).code == 0


def test_texts_that_lose_their_ends_are_said_to(runs: dict[str, qt.Run], typed: Type, tmp_path: Path) -> None:
    path, run = tmp_path / "new.txt", runs["classifier"]
    long = "fine film " * run.model.max_seq_len
    path.write_text(f"a fine film\n{long}\n")
    told = typed("predict", path_of(run), path, "--json")
    assert [json.loads(line)["is_cut"] for line in told.out.splitlines()] == [False, True]
    assert (told.code, told.err) == (0, "1 example lost its end: more tokens than the model reads.\n")
    path.write_text(f"{long}\n" * 2)
    assert "2 examples lost their ends: more" in typed("predict", path_of(run), path).err
    path.write_text("a fine film\n")
    assert typed("predict", path_of(run), path).err == ""


def test_a_folder_of_texts_is_read_file_by_file(runs: dict[str, qt.Run], typed: Type, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    (folder / "inner").mkdir(parents=True)
    (folder / "a.txt").write_text("a fine film\nwith a warm cast\n")
    (folder / "inner" / "b.txt").write_text("a dull plot\n")
    lines = typed("predict", path_of(runs["classifier"]), folder).out.splitlines()
    assert [line.split("\t")[0] for line in lines] == [str(folder / "a.txt"), str(folder / "inner" / "b.txt")]
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(folder / "c.png")
    (folder / "d.txt").write_text(" \n")
    (folder / "e.csv").write_text("text\na fine film\n")
    told = typed("predict", path_of(runs["classifier"]), folder, "--json")
    answers = [json.loads(line) for line in told.out.splitlines()]
    assert told.code == 1
    assert [Path(answer["path"]).name for answer in answers] == ["a.txt", "c.png", "d.txt", "e.csv", "b.txt"]
    assert answers[0]["text"] == "a fine film\nwith a warm cast\n"
    for place, reason in ((1, "binary file"), (2, "no text"), (3, "a table")):
        assert reason in answers[place]["error"]
    refused = typed("predict", path_of(runs["pairs"]), folder)
    assert (refused.code, "each file of a folder is one text" in refused.err) == (2, True)


@pytest.mark.parametrize("name", TEXT_RUNS)
def test_a_picture_is_no_text(runs: dict[str, qt.Run], typed: Type, tmp_path: Path, name: str) -> None:
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "a.png")
    told = typed("predict", path_of(runs[name]), tmp_path / "a.png")
    assert (told.code, told.out) == (2, "")
    assert f"{tmp_path / 'a.png'}: this is a binary file, not text." in told.err
