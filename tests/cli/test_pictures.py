"""Pictures from the command to the answer: train, predict, evaluate, check, go on."""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import quatrain as qt
from quatrain.cli import main
from quatrain.errors import DataError

from .conftest import Type

SMALL = (
    *("--size", "tiny", "--device", "cpu", "--set", "train.dtype=float32", "--set", "train.batch_size=8"),
    *("--set", "train.n_validations=2", "--set", "train.checkpoint_seconds=0", "--set", "data.augment.erase=0.3"),
)
TINY = {
    "convnet": ("--set", "model.backbone.widths=[4,6]"),
    "vit": ("--model", "vit", "--set", "model.backbone.d_model=8", "--set", "model.backbone.n_layers=1"),
}


def paint(root: Path, n: int = 16) -> Path:
    """Folders of squares, dark or bright."""
    draw = np.random.default_rng(0)
    for label, low in (("dark", 0), ("bright", 128)):
        (root / label).mkdir(parents=True)
        for i in range(n):
            pixels = (draw.integers(0, 100, (8, 8)) + low).astype(np.uint8)
            Image.fromarray(pixels).save(root / label / f"{i:02}.png")
    return root


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of a tiny convolutional network on pictures beside it; read-only."""
    folder = tmp_path_factory.mktemp("pictures")
    data = paint(folder / "squares")
    words = ["train", str(data), "--steps", "30", "--out", str(folder / "run"), "--quiet", *SMALL, *TINY["convnet"]]
    assert main(words) == 0
    return folder / "run"


def test_training_keeps_all_that_predicting_needs(finished: Path) -> None:
    result = json.loads((finished / "result.json").read_text())
    assert result["task"] == "classify"
    assert result["accuracy"] > 0.9
    beside = {result["baseline"]["key"], *(other["key"] for other in result["beside"])}
    assert beside == {"logistic_regression", "support_vectors", "majority"}
    assert result["data"]["class_counts"]["train"] == [14, 14]
    backbone = json.loads((finished / "config.json").read_text())["model"]["backbone"]
    assert backbone["image_size"] == [8, 8]
    assert 0.3 < backbone["mean"][0] < 0.6
    assert not (finished / "tokenizer.json").exists()


def test_a_picture_of_any_size_and_mode_is_told(finished: Path, typed: Type, tmp_path: Path) -> None:
    Image.new("RGBA", (50, 30), (250, 250, 250, 255)).save(tmp_path / "a.png")
    Image.new("L", (8, 8), 10).save(tmp_path / "b.bmp")
    done = typed("predict", finished, tmp_path / "a.png", tmp_path / "b.bmp")
    assert done.code == 0
    told = [line.split("\t") for line in done.out.splitlines()]
    assert [(path, label) for path, label, _ in told] == [
        (str(tmp_path / "a.png"), "bright"),
        (str(tmp_path / "b.bmp"), "dark"),
    ]


def test_a_folder_is_read_whole_and_what_cannot_be_read_is_reported(
    finished: Path, typed: Type, tmp_path: Path
) -> None:
    for name, level in (("a.png", 10), ("c.png", 240)):
        Image.new("L", (8, 8), level).save(tmp_path / name)
    (tmp_path / "b.png").write_bytes(b"no picture")
    done = typed("predict", finished, tmp_path, "--json")
    answers = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 1
    assert [answer["label"] for answer in answers] == ["dark", None, "bright"]
    assert [answer["path"] for answer in answers] == [str(tmp_path / name) for name in ("a.png", "b.png", "c.png")]
    assert all("picture" not in answer for answer in answers)
    assert answers[1]["error"] == f"{tmp_path / 'b.png'}: is no picture, or a damaged one."
    assert "example 2:" in done.err


def test_pictures_in_arrays_are_told_one_by_one(finished: Path, typed: Type, tmp_path: Path) -> None:
    pixels = np.stack([np.full((8, 8), 240, np.uint8), np.full((8, 8), 10, np.uint8)])
    np.savez(tmp_path / "new.npz", images=pixels)
    done = typed("predict", finished, tmp_path / "new.npz")
    assert [line.split("\t")[:2] for line in done.out.splitlines()] == [
        [f"{tmp_path / 'new.npz'}: images[0]", "bright"],
        [f"{tmp_path / 'new.npz'}: images[1]", "dark"],
    ]


def test_a_picture_comes_through_a_pipe(finished: Path, typed: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO()
    Image.new("L", (9, 9), 240).save(stream, "jpeg")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stream.getvalue())))
    assert typed("predict", finished).out.startswith("-\tbright\t")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"no picture")))
    assert typed("predict", finished, "--json").json["path"] == "-"


def test_python_takes_paths_bytes_pictures_and_arrays(finished: Path, tmp_path: Path) -> None:
    run = qt.open_run(finished)
    picture = Image.new("L", (8, 8), 240)
    picture.save(tmp_path / "a.png")
    given = [
        str(tmp_path / "a.png"), tmp_path / "a.png", (tmp_path / "a.png").read_bytes(), picture,
        np.full((8, 8), 240, np.uint8), np.full((8, 8, 3), 240 / 255), np.full((1, 8, 8), 240, np.uint8),
    ]  # fmt: skip
    answers = run.predict(*given)
    assert len({round(answer["bright"], 4) for answer in answers}) == 1
    assert answers[0]["bright"] > 0.5
    assert run.embed(*given).shape == (7, 6)


@pytest.mark.parametrize(
    ("example", "message"),
    [
        (7, "int: no picture. Give the path of a file"),
        ("nowhere.png", r"nowhere.png: cannot be read: No such file or directory"),
        (np.zeros(4), "an array of 1x4 numbers"),
        (b"", "the picture: is no picture"),
    ],
)
def test_what_is_no_picture_is_a_typed_error(finished: Path, example: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        qt.open_run(finished).predict(example)


def test_its_own_validation_part_and_other_pictures_are_scored(finished: Path, typed: Type, tmp_path: Path) -> None:
    result = json.loads((finished / "result.json").read_text())
    assert typed("evaluate", finished, "--json").json["accuracy"] == result["accuracy"]
    other = paint(tmp_path / "other", n=3)
    assert typed("evaluate", finished, other, "--part", "train", "--json").json["n_targets"] == 6


def test_pictures_that_have_changed_are_not_taken_for_those_of_training(
    finished: Path, typed: Type, tmp_path: Path
) -> None:
    shutil.copytree(finished.parent, tmp_path / "copy")
    recipe = tmp_path / "copy" / "run" / "recipe.toml"
    recipe.write_text(recipe.read_text().replace(str(finished.parent), str(tmp_path / "copy")))
    (tmp_path / "copy" / "squares" / "dark" / "00.png").unlink()
    done = typed("evaluate", tmp_path / "copy" / "run")
    assert done.code == 2
    assert "has changed since" in done.err


def test_check_says_what_is_there_and_what_is_odd(typed: Type, tmp_path: Path) -> None:
    root = paint(tmp_path / "squares")
    (root / "dark" / "broken.jpg").write_bytes(b"no")
    shutil.copy(root / "dark" / "00.png", root / "bright" / "x.png")
    Image.new("L", (8, 8), 7).save(root / "dark" / "blank.png")
    done = typed("check", root)
    assert done.code == 0
    assert "34 pictures of 2 classes" in done.out
    assert "note: Left out, since unreadable: 1 of 35 pictures." in done.out
    assert f"pictures of a single colour: 1 ({root / 'dark' / 'blank.png'})" in done.out
    assert "training pictures that stand in another class, too" in done.out or "stand in training, too" in done.out
    report = typed("check", root, "--json").json
    assert report["pictures"] == {"train": 30, "val": 4}
    assert report["is_usable"]


def test_check_names_what_keeps_pictures_from_being_used(typed: Type, tmp_path: Path) -> None:
    root = paint(tmp_path / "squares")
    shutil.rmtree(root / "dark")
    done = typed("check", root, "--set", "data.val_fraction=0.2")
    assert done.code == 2
    assert "ERROR" in done.out
    assert "with one class there is nothing to tell apart" in done.out


@pytest.mark.parametrize("model", TINY)
def test_a_training_that_was_stopped_ends_with_the_same_bytes(model: str, typed: Type, tmp_path: Path) -> None:
    words = (paint(tmp_path / "squares"), "--steps", 8, "--quiet", *SMALL, *TINY[model])
    assert typed("train", *words, "--out", tmp_path / "whole").code == 0
    assert typed("train", *words, "--out", tmp_path / "cut", "--set", "train.keep_checkpoints=8").code == 0
    run = tmp_path / "cut"
    (run / "result.json").unlink()
    checkpoints = sorted((run / "checkpoints").iterdir())
    for later in checkpoints[3:]:
        shutil.rmtree(later)
    assert typed("train", "--resume", "--out", run, "--quiet").code == 0
    assert (run / "model.safetensors").read_bytes() == (tmp_path / "whole" / "model.safetensors").read_bytes()


def test_a_word_for_no_model_of_pictures_names_what_is_near(typed: Type, tmp_path: Path) -> None:
    done = typed("train", paint(tmp_path / "squares", 2), "--model", "convnets")
    assert done.code == 2
    assert "Did you mean 'convnet'?" in done.err


def test_digits_need_no_file(typed: Type, tmp_path: Path) -> None:
    words = ("--steps", 3, "--out", tmp_path / "run", "--json", "--quiet", *SMALL, *TINY["convnet"])
    result = typed("train", "digits", *words).json
    assert set(result["tests"]) == {"test"}
    assert typed("predict", tmp_path / "run", tmp_path / "none.png").code == 1
