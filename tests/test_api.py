"""The same verbs from Python."""

from __future__ import annotations

from pathlib import Path

import polars
import pytest

import quatrain as qt
from quatrain.errors import ConfigError

SETTINGS = (
    "model.d_model=8", "model.n_layers=1", "model.mixer.n_heads=2", "model.max_seq_len=16", "train.seq_len=16",
    "train.batch_size=4", "train.dtype=float32",
)  # fmt: skip


@pytest.fixture
def run(poems: Path, tmp_path: Path) -> qt.Run:
    return qt.train(
        poems, model="gpt2", size="tiny", steps=4, out=tmp_path / "run", settings=SETTINGS, device="cpu",
        show_progress=False,
    )  # fmt: skip


def test_the_readmes_four_lines(run: qt.Run) -> None:
    text = run.generate("the quick", temperature=0.8, seed=1, max_new_tokens=10)
    assert text == run.generate("the quick", temperature=0.8, seed=1, max_new_tokens=10)
    low, high = run.evaluate()["interval"]
    assert low <= run.evaluate()["loss"] <= high
    assert run.result()["steps"] == 4


def test_a_run_is_opened_again_with_the_same_scores(run: qt.Run, tmp_path: Path) -> None:
    again = qt.open_run(tmp_path / "run", device="cpu")
    assert repr(again) == f"Run('{tmp_path / 'run'}')"
    assert again.evaluate()["loss"] == pytest.approx(run.result()["loss"])
    assert f"quatrain generate {tmp_path / 'run'}" in again.summary()


def test_streaming_gives_the_text_of_generating(run: qt.Run) -> None:
    sampling = qt.SamplingConfig(max_new_tokens=12, seed=5)
    assert "".join(run.stream("the", sampling)) == run.generations("the", sampling)[0].text


def test_nothing_is_printed_where_no_progress_is_wanted(run: qt.Run, capfd: pytest.CaptureFixture[str]) -> None:
    assert capfd.readouterr() == ("", "")


def test_progress_goes_to_stderr(poems: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    qt.train(poems, model="ngram", out=tmp_path / "run")
    said = capfd.readouterr()
    assert said.out == ""
    assert "counting 7-grams" in said.err


def test_training_goes_on_from_python(run: qt.Run, poems: Path, tmp_path: Path) -> None:
    again = qt.train(poems, out=tmp_path / "run", resume=True, show_progress=False)
    assert again.result() == run.result()


def test_check_gives_a_report_and_a_cost(poems: Path) -> None:
    checked = qt.check(poems, seconds=5, settings=["model.d_model=8", "model.n_layers=1"])
    assert checked.report.is_usable
    assert checked.cost is not None
    assert checked.cost.seconds == 5
    assert checked.cost.steps >= 1
    assert checked.to_dict()["cost"]["n_parameters"] == checked.cost.n_parameters


def test_the_verb_is_not_hidden_by_the_folder_of_the_same_name() -> None:
    from quatrain.training import TrainConfig

    assert callable(qt.train)
    assert qt.TrainConfig is TrainConfig


def test_errors_are_of_one_family(tmp_path: Path) -> None:
    with pytest.raises(qt.QuatrainError, match="there is no such file or folder") as error:
        qt.train(tmp_path / "missing.txt")
    assert error.value.exit_code == 2
    with pytest.raises(AttributeError, match="has no attribute 'trian'"):
        qt.trian  # noqa: B018
    assert set(dir(qt)) == set(qt.__all__)


def test_what_is_no_path_is_refused_with_what_to_do(poems: Path) -> None:
    for data in (polars.DataFrame({"text": ["a"]}), None, 5):
        with pytest.raises(ConfigError, match=r"data is named by its path. Save it first.*to_csv\('data\.csv'"):
            qt.train(data)
        with pytest.raises(ConfigError, match="data is named by its path"):
            qt.check(data)


@pytest.mark.parametrize("asked", [{"seconds": 0}, {"seconds": -1}, {"steps": 0}], ids=str)
def test_no_time_is_no_training(poems: Path, asked: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=r"=-?\d must be (more than nothing|at least 1)"):
        qt.train(poems, **asked)
