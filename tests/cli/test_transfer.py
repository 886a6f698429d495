"""What a start is worth, as a person measures it: typed, gone on with, typed otherwise, and typed wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file
from tests.cli.conftest import Type

import quatrain as qt
from quatrain.cli import main
from quatrain.config import read_toml
from quatrain.training.loop import StepRecord, Trainer

TINY = ("--size", "tiny", "--quiet", "--set", "train.batch_size=8")
WORDS = {"pos": ("fine", "great", "warm"), "neg": ("dull", "poor", "cold")}
THINGS = ("film", "cast", "plot", "score", "ending")


def write(path: Path, n: int) -> Path:
    labels = [("pos", "neg")[i % 2] for i in range(n)]
    rows = [
        f"{WORDS[label][i % 3]} {THINGS[i % 5]} and {THINGS[i // 5 % 5]} no. {i}\t{label}"
        for i, label in enumerate(labels)
    ]
    path.write_text("\n".join(["text\tlabel", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty labelled texts, a run trained on them, and a report on what it is worth; read-only."""
    folder = tmp_path_factory.mktemp("transfer")
    data = str(write(folder / "reviews.tsv", 60))
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    try:
        assert main(["train", data, "--steps", "3", "--out", str(folder / "start"), *TINY]) == 0
        words = ["--from", str(folder / "start"), "--labels", "8,9999", "--seeds", "2", "--steps", "2"]
        assert main(["transfer", data, *words, "--out", str(folder / "worth"), *TINY]) == 0
    finally:
        os.environ.pop("XDG_CACHE_HOME")
        if before is not None:
            os.environ["XDG_CACHE_HOME"] = before
    return folder


def asked(place: Path, *others: str, out: str = "worth") -> list[str]:
    """What the report was asked for with, and more."""
    words = ["transfer", str(place / "reviews.tsv"), "--from", str(place / "start"), "--labels", "8", "--seeds", "2"]
    return [*words, "--steps", "2", "--out", str(place / out), *TINY, *others]


def stamps(folder: Path) -> dict[str, int]:
    return {file.parent.name: file.stat().st_mtime_ns for file in folder.glob("*/result.json")}


def result_of(run: Path) -> Any:
    return json.loads((run / "result.json").read_text())


def test_both_starts_learn_from_the_same_labels_and_each_seed_from_its_own(place: Path) -> None:
    result = json.loads((place / "worth/transfer.json").read_text())
    assert [point["n_labels"] for point in result["points"]] == [8, result["points"][-1]["n_labels"]]
    assert result["points"][-1]["n_labels"] > 40
    names = {f"{sort}-{n}-{seed}" for sort in ("scratch", "start") for n in ("8", "all") for seed in (0, 1)}
    assert {run.parent.name for run in (place / "worth").glob("*/config.json")} == names, "9,999 were not tried"
    drawn = {name: read_toml(place / "worth" / name / "recipe.toml")["data"] for name in names}
    for seed in (0, 1):
        for sort in ("scratch", "start"):
            few = drawn[f"{sort}-8-{seed}"]
            assert (few["n_labels"], few["label_seed"]) == (8, seed)
            assert drawn[f"{sort}-all-{seed}"]["n_labels"] is None
    by_name = {run["run"]: run["accuracy"] for run in result["runs"]}
    assert by_name == {name: result_of(place / "worth" / name)["accuracy"] for name in names}
    first = result["points"][0]
    assert first["start"]["values"] == [by_name["start-8-0"], by_name["start-8-1"]]
    assert first["gain"] == pytest.approx(first["start"]["mean"] - first["scratch"]["mean"])


def test_what_is_finished_is_not_done_again_and_what_is_missing_is(place: Path, typed: Type) -> None:
    before = stamps(place / "worth")
    (place / "worth/start-8-1/result.json").unlink()
    assert typed(*asked(place)).code == 0
    after = stamps(place / "worth")
    assert {name for name in after if after[name] != before[name]} == {"start-8-1"}
    assert {"8"} == {name.split("-")[1] for name in after if name.endswith("-1") and "all" not in name}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--steps", "3"], "steps was 2"),
        (["--tune", "frozen"], "tune was full"),
        (["--model", "lstm"], "model was None"),
        (["--set", "optim.lr=0.5"], "settings was ["),
    ],
)
def test_trainings_that_were_asked_for_otherwise_do_not_come_among_them(
    place: Path, typed: Type, words: list[str], said: str
) -> None:
    line = asked(place)
    if "--steps" in words:
        line[line.index("--steps") : line.index("--steps") + 2] = []
    before = stamps(place / "worth")
    done = typed(*line, *words)
    assert done.code == 2
    assert said in done.err
    assert "or name another folder with --out" in done.err
    assert stamps(place / "worth") == before


def test_other_data_under_the_same_name_is_refused(place: Path, tmp_path: Path) -> None:
    data = write(tmp_path / "reviews.tsv", 60)
    settings = [word for word in TINY if "=" in word]

    def measure() -> Any:
        return qt.transfer(
            data, place / "start", labels=[], seeds=1, steps=1, size="tiny", settings=settings, out=tmp_path / "worth",
            show_progress=False,
        )  # fmt: skip

    first = measure()
    assert first.result["points"][0]["interval"] is None
    assert "one seed tells nothing" in first.verdict
    write(tmp_path / "reviews.tsv", 70)
    with pytest.raises(qt.QuatrainError, match="the data has changed since the trainings here"):
        measure()


def test_ctrl_c_leaves_what_the_same_command_goes_on_with(
    place: Path, typed: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Trainer._step

    def interrupted(trainer: Trainer) -> StepRecord:
        if trainer.folder.path.name == "start-8-0":
            os.kill(os.getpid(), signal.SIGINT)
        return step(trainer)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_step", interrupted)
        stopped = typed(*asked(place, out="stopped"))
    assert stopped.code == 130
    assert f"all is saved in {place / 'stopped'}.\ngo on:   the same command again" in stopped.err
    before = stamps(place / "stopped")
    assert set(before) == {"scratch-8-0"}
    assert typed(*asked(place, out="stopped")).code == 0
    after = stamps(place / "stopped")
    assert len(after) == 8
    assert after["scratch-8-0"] == before["scratch-8-0"]
    one, other = (json.loads((place / name / "transfer.json").read_text()) for name in ("stopped", "worth"))
    assert one["points"] == other["points"], "it ends as one that was never stopped"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--labels", "1"], "--labels 1: a model learns from 2 labels at least"),
        (["--labels", "-5"], "--labels -5: a model learns from 2 labels at least"),
        (["--labels", "10,2.5"], "--labels 10,2.5: write whole numbers joined by commas"),
        (["--seeds", "0"], "--seeds 0: at least one training"),
        (["--tune", "froz"], "Did you mean 'frozen'?"),
        (["--from", "nothing-there"], "nothing-there: there is no run here"),
        (["--set", "data.n_lables=5"], "no setting has this name"),
    ],
)
def test_what_is_typed_wrong_is_told_before_anything_is_trained(
    place: Path, typed: Type, tmp_path: Path, words: list[str], said: str
) -> None:
    out = tmp_path / "worth"
    options = {"--labels": "8", "--seeds": "1", "--from": str(place / "start"), **dict([words])}
    line = [part for option in options.items() for part in option]
    done = typed("transfer", str(place / "reviews.tsv"), *line, "--steps", "1", "--out", str(out), *TINY)
    assert done.code == 2
    assert said in done.err
    assert not out.exists()


def test_data_without_labels_is_refused(place: Path, typed: Type, poems: Path, tmp_path: Path) -> None:
    line = ("--from", str(place / "start"), "--out", str(tmp_path / "worth"))
    done = typed("transfer", str(poems), *line)
    assert done.code == 2
    assert "is for the task 'language', which has no labels to be fewer of" in done.err
    missing = typed("transfer", str(tmp_path / "missing.tsv"), *line)
    assert missing.code == 2
    assert "missing.tsv: there is no such file" in missing.err


def test_another_start_under_the_same_name_is_refused(place: Path, typed: Type, tmp_path: Path) -> None:
    start = shutil.copytree(place / "start", tmp_path / "start")
    line = ["transfer", str(place / "reviews.tsv"), "--from", str(start), "--labels", "8", "--seeds", "1"]
    line += ["--steps", "1", "--out", str(tmp_path / "worth"), *TINY]
    assert typed(*line).code == 0
    weights = load_file(start / "model.safetensors")
    save_file({name: tensor + 1 for name, tensor in weights.items()}, start / "model.safetensors")
    done = typed(*["8,20" if word == "8" else word for word in line])
    assert done.code == 2
    assert f"{tmp_path / 'worth'}: what the trainings here started from, {start}, is another model now" in done.err
    assert len(stamps(tmp_path / "worth")) == 4


def test_the_page_is_drawn_again_when_the_start_is_gone_and_paths_are_spelled_otherwise(
    place: Path, typed: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copyfile(place / "reviews.tsv", "reviews.tsv")
    shutil.copytree(place / "start", "runs/start")
    words = ["--labels", "8", "--seeds", "1", "--steps", "1", "--out", "worth", *TINY]
    assert typed("transfer", "reviews.tsv", "--from", "runs/start", *words).code == 0
    before = stamps(Path("worth"))
    for data, start in (("./reviews.tsv", "runs/start/"), (tmp_path / "reviews.tsv", tmp_path / "runs/start")):
        again = typed("transfer", data, "--from", start, *words)
        assert again.code == 0, again.err
    shutil.rmtree("runs/start")
    Path("worth/transfer.html").unlink()
    (Path("worth") / "transfer.json").unlink()
    again = typed("transfer", "reviews.tsv", "--from", "runs/start/", *words)
    assert again.code == 0, again.err
    assert Path("worth/transfer.html").exists()
    assert stamps(Path("worth")) == before
    more = typed("transfer", "reviews.tsv", "--from", "runs/start", *["8,20" if w == "8" else w for w in words])
    assert more.code == 2
    assert "runs/start: there is no run here" in more.err
