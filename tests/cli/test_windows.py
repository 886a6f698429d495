"""Labelled windows of series from the command to the answer: train, predict, evaluate, check, go on."""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import quatrain as qt
from quatrain.cli import main
from quatrain.errors import DataError
from quatrain.training.loop import Trainer

from .conftest import Type

SMALL = (
    *("--size", "tiny", "--device", "cpu", "--set", "train.dtype=float32", "--set", "train.batch_size=8"),
    *("--set", "train.n_validations=2", "--set", "train.checkpoint_seconds=0", "--set", "optim.lr=0.03"),
)
TINY = {
    "fcn": ("--set", "model.backbone.widths=[4,6,5]"),
    "patch": ("--model", "patch", "--set", "model.backbone.d_model=8", "--set", "model.backbone.n_layers=1"),
    "lstm+conv": ("--model", "lstm+conv", "--set", "model.backbone.d_model=8"),
}
LENGTH = 12


def draw(label: str, seed: int) -> list[float]:
    """A window that rises or falls."""
    slope = 1 if label == "up" else -1
    noise = np.random.default_rng(seed).normal(0, 0.3, LENGTH)
    return [round(float(x), 3) for x in 100 + slope * np.arange(LENGTH) + noise]


def write(path: Path, n: int, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [(label, draw(label, seed + i)) for i in range(n) for label in ("up", "down")]
    path.write_text("\n".join("\t".join([label, *map(str, numbers)]) for label, numbers in rows) + "\n")
    return path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of a tiny network on windows beside it; read-only."""
    folder = tmp_path_factory.mktemp("windows")
    write(folder / "Slopes" / "Slopes_TRAIN.tsv", 20)
    write(folder / "Slopes" / "Slopes_TEST.tsv", 10, seed=100)
    words = ["train", str(folder / "Slopes"), "--steps", "40", "--out", str(folder / "run"), "--quiet"]
    assert main([*words, *SMALL, *TINY["fcn"]]) == 0
    return folder / "run"


def test_training_keeps_all_that_predicting_needs(finished: Path) -> None:
    result = json.loads((finished / "result.json").read_text())
    assert result["task"] == "classify"
    assert result["accuracy"] > 0.9
    assert result["tests"]["test"]["accuracy"] > 0.9
    beside = {result["baseline"]["name"], *(other["name"] for other in result["beside"])}
    assert beside == {
        "nearest neighbour by Euclidean distance",
        "logistic regression on the numbers of a window",
        "majority class",
    }
    assert result["data"]["length"] == LENGTH
    backbone = json.loads((finished / "config.json").read_text())["model"]["backbone"]
    assert (backbone["input_len"], backbone["n_columns"]) == (LENGTH, 1)
    assert 95 < backbone["mean"][0] < 105
    assert backbone["std"][0] > 1
    assert not (finished / "tokenizer.json").exists()


def test_the_page_shows_windows_as_small_pictures(finished: Path) -> None:
    page, card = (finished / "report.html").read_text(), (finished / "README.md").read_text()
    assert '<img class="example" src="data:image/svg+xml;base64,' in page
    assert "nearest neighbour by Euclidean distance" in page
    assert "Slopes_TRAIN.tsv, line" in page
    assert "pipeline_tag: tabular-classification" in card
    assert f"run.predict([[0.0] * 1] * {LENGTH})" in card


@pytest.mark.parametrize("word", ["patch", "lstm+conv"])
def test_other_models_are_trained_on_the_same_windows(word: str, finished: Path, typed: Type, tmp_path: Path) -> None:
    words = ("--steps", "3", "--out", tmp_path / "run", "--quiet", *SMALL, *TINY[word])
    assert typed("train", finished.parent / "Slopes", *words).code == 0
    assert len(qt.open_run(tmp_path / "run").predict(draw("up", 0))[0]) == 2


def test_the_windows_of_a_file_are_told_with_labels_or_without(finished: Path, typed: Type, tmp_path: Path) -> None:
    wanted = ["up", "down", "up"]
    bare = "\n".join(",".join(map(str, draw(label, 7 + i))) for i, label in enumerate(wanted))
    (tmp_path / "bare.csv").write_text(bare + "\n")
    named = "\n".join(",".join(["?x", *map(str, draw(label, 7 + i))]) for i, label in enumerate(wanted))
    (tmp_path / "named.csv").write_text(named + "\n")
    for file in ("bare.csv", "named.csv"):
        done = typed("predict", finished, tmp_path / file)
        assert done.code == 0
        told = [line.split("\t") for line in done.out.splitlines()]
        assert [label for _, label, _ in told] == wanted
        assert told[1][0] == f"{tmp_path / file}, line 2"


def test_windows_come_through_a_pipe(finished: Path, typed: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    text = " ".join(map(str, draw("down", 3)))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert typed("predict", finished).out.startswith("stdin, line 1\tdown\t")


def test_a_window_that_cannot_be_read_is_reported_and_stops_nothing(
    finished: Path, typed: Type, tmp_path: Path
) -> None:
    rows = [draw("up", 1), draw("up", 2)[:5], [*draw("up", 3)[:-1], "red"], ["?", *draw("up", 4)[1:]], draw("down", 5)]
    (tmp_path / "a.csv").write_text("\n".join(",".join(["x", *map(str, row)]) for row in rows) + "\n")
    done = typed("predict", finished, tmp_path / "a.csv", "--json")
    answers = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 1
    assert [answer["label"] for answer in answers] == ["up", None, None, None, "down"]
    assert "line 2: a window of 5 rows, where 12 are needed" in answers[1]["error"]
    assert "line 3: 'red' stands where a number is needed" in answers[2]["error"]
    assert "line 4: 1 numbers are missing" in answers[3]["error"]
    assert "Fill them; or train again with --set data.missing=line" in answers[3]["error"]
    assert answers[4]["place"] == f"{tmp_path / 'a.csv'}, line 5"


def test_python_takes_arrays_and_lists(finished: Path) -> None:
    run, window = qt.open_run(finished), draw("up", 9)
    given = [window, np.array(window), np.array(window)[:, None], [[x] for x in window]]
    assert len({round(answer["up"], 5) for answer in run.predict(*given)}) == 1
    assert run.embed(*given).shape == (4, 5)


@pytest.mark.parametrize(
    ("example", "message"),
    [
        ("words", "str: no window. Give an array of numbers"),
        (np.zeros((1, 2, 3, 4)), "ndarray: no window"),
        (np.zeros((2, 3, 4)), "the window: a window of 4 columns, where 1 are needed"),
        (np.zeros((LENGTH, 2)), "the window: a window of 2 columns, where 1 are needed"),
        (np.full(LENGTH, np.nan), "the window: 12 numbers are missing"),
        (np.full(LENGTH, np.inf), "the window: 12 numbers are missing"),
    ],
)
def test_what_is_no_window_is_a_typed_error(finished: Path, example: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        qt.open_run(finished).predict(example)


def test_its_own_parts_and_other_windows_are_scored(finished: Path, typed: Type, tmp_path: Path) -> None:
    result = json.loads((finished / "result.json").read_text())
    assert typed("evaluate", finished, "--json").json["accuracy"] == result["accuracy"]
    assert typed("evaluate", finished, "--part", "test", "--json").json["n_targets"] == 20
    other = write(tmp_path / "other.tsv", 3, seed=50)
    assert typed("evaluate", finished, other, "--json").json["n_targets"] == 6


def test_windows_that_have_changed_are_not_taken_for_those_of_training(
    finished: Path, typed: Type, tmp_path: Path
) -> None:
    shutil.copytree(finished.parent, tmp_path / "copy")
    recipe = tmp_path / "copy" / "run" / "recipe.toml"
    recipe.write_text(recipe.read_text().replace(str(finished.parent), str(tmp_path / "copy")))
    write(tmp_path / "copy" / "Slopes" / "Slopes_TRAIN.tsv", 19)
    done = typed("evaluate", tmp_path / "copy" / "run")
    assert done.code == 2
    assert "has changed since" in done.err


def test_a_stopped_training_goes_on_to_the_same_bytes(
    finished: Path, typed: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("train", finished.parent / "Slopes", "--steps", "9", "--quiet", *SMALL, *TINY["fcn"])
    assert typed(*words, "--out", tmp_path / "whole").code == 0
    step = Trainer._step

    def killed(self: Trainer) -> Any:
        if self.state.step == 5:
            raise KeyboardInterrupt
        return step(self)

    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "_step", killed)
        assert typed(*words, "--out", tmp_path / "halved").code != 0
    assert typed("train", "--resume", "--out", tmp_path / "halved", "--quiet").code == 0
    one, two = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("whole", "halved"))
    assert one == two


def test_a_lone_table_of_numbers_is_trained_on_where_classes_are_asked_for(typed: Type, tmp_path: Path) -> None:
    data = write(tmp_path / "numbers.tsv", 10)
    words = ("--steps", "2", "--out", tmp_path / "run", "--quiet", *SMALL, *TINY["fcn"])
    assert typed("train", data, "--task", "classify", *words).code == 0


def test_a_long_table_goes_the_same_way(typed: Type, tmp_path: Path) -> None:
    rows, count = ["time,x,y,activity"], 0
    generator = np.random.default_rng(0)
    for label in ("walk", "sit") * 3:
        for _ in range(60):
            rows.append(f"{count},{generator.normal() + 9 * (label == 'walk'):.3f},{generator.normal():.3f},{label}")
            count += 1
    data = tmp_path / "steps.csv"
    data.write_text("\n".join(rows) + "\n")
    words = ("--steps", "30", "--out", tmp_path / "run", "--quiet", "--set", "data.length=10", *SMALL, *TINY["fcn"])
    assert typed("train", data, *words).code == 0
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert result["tests"]["test"]["accuracy"] > 0.9
    unlabelled = [line.rpartition(",")[0] for line in rows[:26]]
    (tmp_path / "new.csv").write_text("\n".join(unlabelled) + "\n")
    done = typed("predict", tmp_path / "run", tmp_path / "new.csv")
    told = [line.split("\t") for line in done.out.splitlines()]
    assert [label for _, label, _ in told] == ["walk"] * 4
    assert told[0][0].startswith(f"{tmp_path / 'new.csv'}, lines 2 to ")
    (tmp_path / "short.csv").write_text("\n".join(unlabelled[:6]) + "\n")
    short = typed("predict", tmp_path / "run", tmp_path / "short.csv").err
    assert "the model reads windows of 10 rows, and the longest recording has 5. Give at least 10 rows" in short
    assert "--set" not in short
    (tmp_path / "back.csv").write_text("\n".join([unlabelled[0], *unlabelled[:0:-1]]) + "\n")
    backwards = typed("predict", tmp_path / "run", tmp_path / "back.csv").err
    assert "Settings are those of the training: mend the file so, or train again with them." in backwards
    assert typed("evaluate", tmp_path / "run", "--part", "test", "--json").json["accuracy"] > 0.9
    assert typed("evaluate", tmp_path / "run", data, "--json").json["n_targets"] == 6 * 11


def test_dates_of_a_long_table_are_predicted_as_they_were_learned(typed: Type, tmp_path: Path) -> None:
    generator, days = np.random.default_rng(0), np.datetime64("2024-01-01") + np.arange(360)
    labels = [("walk", "sit")[place // 60 % 2] for place in range(360)]
    numbers = [f"{generator.normal() + 9 * (label == 'walk'):.3f}".replace(".", ",") for label in labels]
    stamps = [day.item().strftime("%m/%d/%Y") for day in days]
    rows = [";".join(cells) for cells in zip(stamps, numbers, labels, strict=True)]
    (tmp_path / "steps.csv").write_text("\n".join(["sep=;", "date;x;activity", *rows]) + "\n")
    words = ("--steps", "30", "--out", tmp_path / "run", "--quiet", "--set", "data.length=5", *SMALL, *TINY["fcn"])
    asked = ("--set", "data.stride=5", "--set", "data.sort=true")
    assert typed("train", tmp_path / "steps.csv", *words, *asked).code == 0
    recipe = (tmp_path / "run" / "recipe.toml").read_text()
    assert 'date_order = "mdy"' in recipe
    assert 'decimal = ","' in recipe
    some = [*range(184, 189), *range(152, 157)]  # sit, walk: 07/03 to 07/07, and before them 06/01 to 06/05
    assert (stamps[184], stamps[152], labels[184], labels[152]) == ("07/03/2024", "06/01/2024", "sit", "walk")
    few = [rows[place].rpartition(";")[0] for place in some]
    (tmp_path / "few.csv").write_text("\n".join(["date;x", *few]) + "\n")
    told = typed("predict", tmp_path / "run", tmp_path / "few.csv").out.splitlines()
    assert [line.split("\t")[:2] for line in told] == [
        [f"{tmp_path / 'few.csv'}, lines 7 to 11", "walk"],
        [f"{tmp_path / 'few.csv'}, lines 2 to 6", "sit"],
    ]


def test_a_classifier_of_other_classes_starts_from_a_trained_one(finished: Path, typed: Type, tmp_path: Path) -> None:
    data = write(tmp_path / "Other_TRAIN.tsv", 10)
    data.write_text("\n".join(line + "\t100" for line in data.read_text().replace("up", "rise").splitlines()) + "\n")
    words = ("--from", finished, "--steps", "2", "--out", tmp_path / "run", "--quiet", "--device", "cpu")
    assert typed("train", data, *words).code == 0
    assert qt.open_run(tmp_path / "run").classes == ("down", "rise")
    backbone = json.loads((tmp_path / "run" / "config.json").read_text())["model"]["backbone"]
    assert (backbone["widths"], backbone["input_len"]) == ([4, 6, 5], LENGTH)  # 13 rows are stretched to 12


def test_a_forecaster_hands_on_its_body(typed: Type, tmp_path: Path) -> None:
    rows = [f"2026-01-01 {i // 60:02}:{i % 60:02}:00,{np.sin(i):.3f}" for i in range(300)]
    (tmp_path / "load.csv").write_text("\n".join(["time,load", *rows]) + "\n")
    words = ("--steps", "2", "--quiet", "--device", "cpu")
    asked = ("--size", "tiny", "--model", "gru", "--set", "data.input_len=8", "--set", "data.horizon=2")
    assert typed("train", tmp_path / "load.csv", *words, *asked, "--out", tmp_path / "forecaster").code == 0
    data = write(tmp_path / "Slopes_TRAIN.tsv", 10)
    assert typed("train", data, *words, "--from", tmp_path / "forecaster", "--out", tmp_path / "run").code == 0
    backbone = json.loads((tmp_path / "run" / "config.json").read_text())["model"]["backbone"]
    assert (backbone["kind"], backbone["input_len"], backbone["readout"]) == ("series", 8, "each")
    assert backbone["mean"] != []


def test_a_start_of_other_columns_is_refused(finished: Path, typed: Type, tmp_path: Path) -> None:
    rows = [f"{i},{i % 7},{i % 5},{'ab'[i // 30 % 2]}" for i in range(240)]
    (tmp_path / "a.csv").write_text("\n".join(["time,x,y,activity", *rows]) + "\n")
    done = typed("train", tmp_path / "a.csv", "--from", finished, "--steps", "2", "--out", tmp_path / "run")
    assert done.code == 2
    assert f"--from {finished}: reads 1 columns, but this data has 2." in done.err


def test_check_says_what_is_there_and_what_is_odd(typed: Type, tmp_path: Path) -> None:
    path = write(tmp_path / "Slopes_TRAIN.tsv", 30)
    lines = path.read_text().splitlines()
    again, turned = lines[0], lines[2].replace("up", "down")
    flat = "\t".join(["up", *["7"] * LENGTH])
    path.write_text("\n".join([*lines, again, turned, flat]) + "\n")
    done = typed("check", path)
    assert done.code == 0
    assert "63 windows of 2 classes" in done.out
    assert f"{LENGTH} rows of 1 column each" in done.out
    assert f"windows that never change: 1 ({path}, line 63)" in done.out
    report = typed("check", path, "--json").json
    assert sum(report["windows"].values()) == 63
    assert report["duplicates"]["count"] == 1
    assert report["is_usable"]


def test_check_names_what_keeps_windows_from_being_used(typed: Type, tmp_path: Path) -> None:
    path = write(tmp_path / "Slopes_TRAIN.tsv", 10)
    path.write_text(path.read_text() + "up\t1\t2\tred\nup\t1\t2\tblue\n")
    done = typed("check", path)
    assert done.code == 2
    assert f"ERROR: {path}, line 21: 'red' stands where a number is needed" in done.out
    assert f"ERROR: {path}, line 22: 'blue' stands where a number is needed" in done.out


def test_windows_that_were_guessed_say_how_values_to_come_are_forecast(typed: Type, tmp_path: Path) -> None:
    path, advice = tmp_path / "a.csv", "If values to come are meant: --task forecast."
    rows = [f"{row},{'' if row % 9 == 0 else row},{'walk' if row // 10 % 2 else 'sit'}" for row in range(80)]
    path.write_text("\n".join(["time,x,activity", *rows]) + "\n")
    asked = ("train", str(path), "--out", str(tmp_path / "run"))
    assert advice in typed(*asked).err
    assert advice in typed("check", str(path)).out
    assert advice not in typed(*asked, "--task", "classify").err


def test_leaks_between_parts_are_found(typed: Type, tmp_path: Path) -> None:
    write(tmp_path / "a" / "Slopes_TRAIN.tsv", 30)
    write(tmp_path / "a" / "Slopes_TEST.tsv", 2)
    report = typed("check", tmp_path / "a", "--json").json
    assert 0 < report["leaks"]["test"]["count"] <= 4
