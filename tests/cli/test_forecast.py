"""A series from the command line: recognised, trained, scored, forecast; every refusal teaches."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars
import pytest

import quatrain as qt
from quatrain.cli import main
from quatrain.errors import DataError

from .conftest import Type

N = 300
SMALL = ("--size", "tiny", "--device", "cpu", "--set", "train.checkpoint_seconds=0", "--set", "train.batch_size=16")


def hours(n: int) -> list[str]:
    return np.datetime_as_string(np.datetime64("2024-01-01T00") + np.arange(n), unit="m").tolist()


def write_loads(path: Path, n: int = N) -> Path:
    draw = np.random.default_rng(0)
    load = 10 + 3 * np.sin(2 * np.pi * np.arange(n) / 24) + draw.normal(size=n)
    wind = draw.normal(size=n)
    rows = [f"{hour},{a:.4f},{b:.4f}" for hour, a, b in zip(hours(n), load, wind, strict=True)]
    path.write_text("\n".join(["date,load,wind", *rows]) + "\n")
    return path


def write_prices(path: Path, n: int = N, *, leak: bool = False) -> Path:
    close = 100 * np.exp(0.01 * np.cumsum(np.random.default_rng(0).normal(size=n + 1)))
    rows = [f"{np.datetime64('2024-01-01') + i},{close[i]:.6f}" + f",{close[i + 1]:.6f}" * leak for i in range(n)]
    path.write_text("\n".join(["date,close" + ",next_close" * leak, *rows]) + "\n")
    return path


@pytest.fixture(scope="module")
def forecaster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on loads beside it; read-only."""
    folder = tmp_path_factory.mktemp("forecaster")
    loads = write_loads(folder / "loads.csv")
    settings = ["--set", "data.horizon=4", "--set", "data.input_len=12"]
    assert main(["train", str(loads), "--steps", "8", "--out", str(folder / "run"), "--quiet", *settings, *SMALL]) == 0
    return folder / "run"


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on the returns of prices beside it; read-only."""
    folder = tmp_path_factory.mktemp("prices")
    data = write_prices(folder / "prices.csv")
    assert main(["train", str(data), "--steps", "8", "--out", str(folder / "run"), "--quiet", *SMALL]) == 0
    return folder / "run"


def test_an_average_has_intervals_of_its_own(typed: Type, tmp_path: Path) -> None:
    loads, run, mean = write_loads(tmp_path / "loads.csv"), tmp_path / "run", tmp_path / "mean"
    settings = ("--set", "data.horizon=4", "--set", "data.input_len=12", "--set", "train.keep_checkpoints=3")
    assert typed("train", loads, "--steps", 8, "--out", run, *settings, *SMALL).code == 0
    assert typed("average", run, "--last", 3, "--out", mean).code == 0
    score = typed("evaluate", mean, "--json").json
    assert 0.9 <= score["coverage"]["0.9"] <= 0.9 + 2 / 27  # as wide as the 27 windows of that part ask for
    shutil.move(loads, tmp_path / "moved.csv")
    gone = typed("average", run, "--last", 3, "--out", tmp_path / "other")
    assert (gone.code, "loads.csv" in gone.err, (tmp_path / "other").exists()) == (2, True, False)


def test_a_table_of_dates_and_numbers_is_a_series(typed: Type, tmp_path: Path) -> None:
    done = typed(
        "train", write_loads(tmp_path / "loads.csv"), "--steps", 3, "--out", tmp_path / "run", "--json", *SMALL
    )
    assert done.code == 0
    assert "300 rows, hourly. Forecast: 15 rows of load, wind" in done.err
    assert "beside it: last value: squared error" in done.err or "baseline: last value: squared error" in done.err
    result = done.json
    assert result["task"] == "forecast"
    for key in (
        "mse",
        "mae",
        "interval",
        "pinball",
        "coverage",
        "by_step",
        "columns",
        "beside",
        "baseline",
        "difference",
    ):
        assert key in result
    assert result["tests"]["test"]["n_windows"] == 60 - 15 + 1
    assert result["data"]["windows"] == {"train": 210 - 37 - 15 + 1, "val": 16, "test": 46}
    assert (tmp_path / "run" / "report.html").exists()
    assert "time-series-forecasting" in (tmp_path / "run" / "README.md").read_text()


def test_the_run_holds_its_scales_and_its_widening(forecaster: Path) -> None:
    model = qt.open_run(forecaster).model
    assert model.scale.std.min() > 0
    assert (model.scale.mean != 0).all()
    assert (model.widening != 0).any()


def test_forecasts_go_on_in_time_with_intervals(typed: Type, forecaster: Path) -> None:
    done = typed("predict", forecaster, forecaster.parent / "loads.csv", "--json")
    assert done.code == 0
    steps = [json.loads(line) for line in done.out.splitlines()]
    assert [step["time"] for step in steps] == [f"2024-01-13 {12 + i}:00" for i in range(4)]
    for step in steps:
        assert step["mean"].keys() == step["quantiles"].keys() == {"load", "wind"}
        assert list(step["quantiles"]["load"]) == ["0.05", "0.25", "0.5", "0.75", "0.95"]
        assert sorted(step["quantiles"]["load"].values()) == list(step["quantiles"]["load"].values())
    assert 5 < steps[0]["mean"]["load"] < 15, "in the units of the column"
    text = typed("predict", forecaster, forecaster.parent / "loads.csv").out
    assert text.startswith("2024-01-13 12:00  load ")
    assert "50% " in text
    assert "90% " in text


def test_each_of_several_tables_is_named_beside_its_forecast(typed: Type, forecaster: Path, tmp_path: Path) -> None:
    one, two = write_loads(tmp_path / "one.csv", 40), write_loads(tmp_path / "two.csv", 60)
    told = [json.loads(line) for line in typed("predict", forecaster, one, two, "--json").out.splitlines()]
    assert [step["path"] for step in told] == [str(one)] * 4 + [str(two)] * 4
    text = typed("predict", forecaster, one, two).out.splitlines()
    assert text[0].startswith(f"{one}\t2024-01-02 16:00  load ")
    assert text[-1].startswith(f"{two}\t2024-01-03 15:00  wind ")


def test_rows_another_time_apart_are_told(typed: Type, forecaster: Path, tmp_path: Path) -> None:
    lines = write_loads(tmp_path / "loads.csv", 60).read_text().splitlines()
    days = np.datetime64("2024-01-01") + np.arange(60)
    rows = [f"{day},{line.partition(',')[2]}" for day, line in zip(days, lines[1:], strict=True)]
    (tmp_path / "days.csv").write_text("\n".join([lines[0], *rows]) + "\n")
    for command in ("predict", "evaluate"):
        done = typed(command, forecaster, tmp_path / "days.csv")
        assert done.code == 0
        assert "days.csv: its rows are daily, and those that this model learned from are hourly" in done.err
        assert "warning" not in typed(command, forecaster, tmp_path / "loads.csv").err


def hour_ending(hour: np.datetime64) -> str:
    """The day and the hour from 1 to 24 at the end of which a moment stands."""
    before = hour - np.timedelta64(1, "h")
    return f"{before.astype('datetime64[D]')},{int((before - before.astype('datetime64[D]')).astype(int)) + 1}"


@pytest.mark.parametrize(
    ("head", "stamp", "mark"),
    [
        ("date,load,wind", lambda hour: hour.item().strftime("%m/%d/%Y %I:%M %p"), ","),
        (
            "sep=;\ndate;load;wind",
            lambda hour: repr(float((hour - np.datetime64("1899-12-30")) / np.timedelta64(1, "D"))),
            ";",
        ),
        ("date,hour,load,wind", hour_ending, ","),
        ("year,month,day,hour,load,wind", lambda hour: hour.item().strftime("%Y,%m,%d,%H"), ","),
    ],
)
def test_a_table_in_another_spelling_is_forecast_the_same(
    typed: Type, forecaster: Path, tmp_path: Path, head: str, stamp: Callable[[np.datetime64], str], mark: str
) -> None:
    loads = forecaster.parent / "loads.csv"
    rows = [line.split(",") for line in loads.read_text().splitlines()[1:]][-40:]
    cells = (mark.join([stamp(np.datetime64(hour, "h")), *numbers]) for hour, *numbers in rows)
    text = "\n".join([head, *cells]) + "\n"
    (tmp_path / "a.csv").write_text(text.replace(".", ",") if mark == ";" else text)
    told, usual = (typed("predict", forecaster, path, "--json").out for path in (tmp_path / "a.csv", loads))
    assert told
    assert told.replace(str(tmp_path / "a.csv"), str(loads)) == usual


def test_forecasts_from_stdin_python_and_rows_are_the_same(
    typed: Type, forecaster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, run = forecaster.parent / "loads.csv", qt.open_run(forecaster)
    steps = run.predict(path)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(path.read_bytes())))
    told = [json.loads(line) for line in typed("predict", forecaster, "--json").out.splitlines()]
    assert told == [{key: value for key, value in step.to_dict().items() if key != "path"} for step in steps]
    last = [line.split(",") for line in path.read_text().splitlines()[-12:]]
    rows = run.predict([{"wind": float(wind), "load": float(load)} for _, load, wind in last])
    assert [step.mean for step in rows] == [step.mean for step in steps]
    assert rows[0].time is None
    array = np.array([[float(load), float(wind)] for _, load, wind in last])
    assert run.model_config.columns == ("load", "wind")
    assert [step.mean for step in run.predict(array)] == [step.mean for step in steps]
    framed = run.predict(polars.read_csv(path, try_parse_dates=True))
    assert [step.mean for step in framed] == [step.mean for step in steps]
    assert [step.time for step in framed] == [f"{step.time}:00" for step in steps]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (None, "NoneType: no rows of a series"),
        ([1.0, 2.0], "list: no rows of a series"),
        (np.zeros((12, 3)), r"an array of 12x3 numbers stands where \(rows, 2\) are needed"),
    ],
)
def test_what_are_no_rows_is_a_typed_error(forecaster: Path, rows: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        qt.open_run(forecaster).predict(rows)


def test_how_a_table_is_read_may_be_said_when_forecasting(typed: Type, forecaster: Path, tmp_path: Path) -> None:
    path = write_loads(tmp_path / "gaps.csv")
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:-2], f"{lines[-2].split(',')[0]},,1", lines[-1]]) + "\n")
    refused = typed("predict", forecaster, path)
    assert (refused.code, "--set data.missing=last" in refused.err, "data.columns" in refused.err) == (2, True, False)
    done = typed("predict", forecaster, path, "--set", "data.missing=last", "--json")
    assert (done.code, len(done.out.splitlines())) == (0, 4)
    run = qt.open_run(forecaster)
    steps = run.predict(path, settings=["data.missing=last"])
    assert [step.to_dict() for step in steps] == [json.loads(line) for line in done.out.splitlines()]
    other = typed("predict", forecaster, path, "--set", "data.horizon=9")
    assert (other.code, "--set data.horizon: a trained model is given no other value" in other.err) == (2, True)


def test_a_table_without_its_time_column_is_told_what_works(typed: Type, forecaster: Path, tmp_path: Path) -> None:
    lines = [line.partition(",")[2] for line in (forecaster.parent / "loads.csv").read_text().splitlines()]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    refused = typed("predict", forecaster, tmp_path / "a.csv")
    assert (refused.code, "Add one, or number the rows in index." in refused.err) == (2, True)
    numbered = [f"{'index' if row == 0 else row},{line}" for row, line in enumerate(lines)]
    (tmp_path / "a.csv").write_text("\n".join(numbered) + "\n")
    done = typed("predict", forecaster, tmp_path / "a.csv", "--json")
    assert (done.code, json.loads(done.out.splitlines()[0])["time"]) == (0, str(N + 1))


def test_a_word_in_a_table_to_forecast_from_is_told_what_works(typed: Type, forecaster: Path, tmp_path: Path) -> None:
    path = write_loads(tmp_path / "a.csv", 40)
    path.write_text(path.read_text() + "2024-01-02 16:00,soon,1\n2024-01-02 17:00,9,1\n")
    refused = typed("predict", forecaster, path)
    assert refused.code == 2
    assert "'soon' stands in column load" in refused.err
    assert "data.columns" not in refused.err
    path.write_text(path.read_text().replace("soon", ""))
    assert typed("predict", forecaster, path, "--set", "data.missing=last").code == 0


def test_too_short_a_past_and_a_missing_column_are_refused(typed: Type, forecaster: Path, tmp_path: Path) -> None:
    done = typed("predict", forecaster, write_loads(tmp_path / "short.csv", 9))
    assert done.code == 2
    assert "has 9 rows, and a forecast is made from 12" in done.err
    (tmp_path / "other.csv").write_text("date,load\n" + "".join(f"{hour},1\n" for hour in hours(20)))
    done = typed("predict", forecaster, tmp_path / "other.csv")
    assert done.code == 2
    assert "no column is called 'wind'" in done.err
    with pytest.raises(DataError, match="has 2 rows"):
        qt.open_run(forecaster).predict([{"load": 1, "wind": 2}] * 2)


def test_evaluate_scores_a_part_again(typed: Type, forecaster: Path) -> None:
    result = json.loads((forecaster / "result.json").read_text())
    again = typed("evaluate", forecaster, "--part", "test", "--json").json
    assert again["mse"] == pytest.approx(result["tests"]["test"]["mse"], rel=1e-6)
    said = typed("evaluate", forecaster).out
    assert "MSE" in said
    assert "beside it, seasonal naive (24 rows)" in said
    assert typed("evaluate", forecaster, "--part", "vall").code == 2


def test_evaluate_scores_another_table_from_every_origin(typed: Type, forecaster: Path, tmp_path: Path) -> None:
    again = typed("evaluate", forecaster, write_loads(tmp_path / "more.csv", 50), "--json").json
    assert again["n_windows"] == 50 - 12 - 4 + 1
    assert {one["name"] for one in (again["baseline"], *again["beside"])} == {
        "last value",
        "drift",
        "seasonal naive (24 rows)",
    }
    done = typed("evaluate", forecaster, write_loads(tmp_path / "short.csv", 15))
    assert done.code == 2
    assert "has 15 rows, and one window takes 16" in done.err


def test_data_that_changed_is_refused(typed: Type, forecaster: Path, tmp_path: Path) -> None:
    shutil.copytree(forecaster.parent, tmp_path / "copy")
    data, run = write_loads(tmp_path / "copy" / "loads.csv", N - 1), tmp_path / "copy" / "run"
    recipe = (run / "recipe.toml").read_text().replace(str(forecaster.parent), str(data.parent))
    (run / "recipe.toml").write_text(recipe)
    done = typed("evaluate", run)
    assert done.code == 2
    assert "has changed since" in done.err


def test_prices_end_with_a_verdict_against_the_random_walk(typed: Type, prices: Path) -> None:
    score = json.loads((prices / "result.json").read_text())["tests"]["test"]
    assert score["walk"]["outcome"] in ("same", "worse", "hint")
    assert score["verdict"] == score["walk"]["verdict"]
    assert "random walk" in {one["name"] for one in (score["baseline"], *score["beside"])}
    said = typed("evaluate", prices, "--part", "test").out
    assert f"This model is {score['verdict']}." in said
    page, card = (prices / "report.html").read_text(), (prices / "README.md").read_text()
    assert score["verdict"].split(" (")[0] in page
    assert score["verdict"].split(" (")[0] in card
    assert "Diebold-Mariano" in page


def test_the_next_price_follows_from_the_next_return(typed: Type, prices: Path) -> None:
    step = json.loads(typed("predict", prices, prices.parent / "prices.csv", "--json").out)
    assert step["time"] == "2024-10-27"
    last = float((prices.parent / "prices.csv").read_text().splitlines()[-1].split(",")[1])
    told = step["price"]["close"]
    assert told["last"] == pytest.approx(last)
    assert told["0.5"] == pytest.approx(last * np.exp(step["quantiles"]["close"]["0.5"]))


def test_a_planted_leak_stops_the_training_before_anything_is_written(typed: Type, tmp_path: Path) -> None:
    data = write_prices(tmp_path / "prices.csv", leak=True)
    done = typed("train", data, "--out", tmp_path / "run", *SMALL)
    assert done.code == 2
    assert "LEAK: column next_close tells what close is in the next row" in done.err
    assert "--set data.columns=close" in done.err
    assert not (tmp_path / "run").exists()
    allowed = typed("train", data, "--steps", 2, "--out", tmp_path / "run", "--set", "data.columns=close", *SMALL)
    assert allowed.code == 0


def test_check_tells_of_the_series_and_of_the_cost(typed: Type, tmp_path: Path) -> None:
    done = typed("check", write_loads(tmp_path / "loads.csv"))
    assert done.code == 0
    assert "windows: train 159, val 16, test 46" in done.out
    assert "parameters" in done.out
    leaking = typed("check", write_prices(tmp_path / "prices.csv", leak=True))
    assert leaking.code == 2
    assert "ERROR" in leaking.out
    assert "LEAK" in leaking.out


@pytest.mark.parametrize("model", ["nlinear", "patch", "transformer", "lstm", "conv"])
def test_every_sort_of_model_trains(typed: Type, tmp_path: Path, model: str) -> None:
    data = write_loads(tmp_path / "loads.csv", 200)
    settings = ("--set", "data.horizon=3", "--set", "data.input_len=8", "--model", model)
    done = typed("train", data, "--steps", 2, "--out", tmp_path / "run", "--json", *settings, *SMALL)
    assert done.code == 0
    assert np.isfinite(done.json["mse"])


def test_an_unknown_model_or_size_is_refused(typed: Type, tmp_path: Path) -> None:
    data = write_loads(tmp_path / "loads.csv")
    assert "Did you mean 'dlinear'?" in typed("train", data, "--model", "dlinea").err
    assert "--size huge: unknown" in typed("train", data, "--size", "huge").err


def test_a_learning_rate_range_test_runs(typed: Type, tmp_path: Path) -> None:
    done = typed("train", write_loads(tmp_path / "loads.csv"), "--lr-range", *SMALL)
    assert done.code == 0
    assert "the loss falls fastest near optim.lr" in done.out


def test_resuming_goes_on_with_the_same_recipe(typed: Type, tmp_path: Path) -> None:
    data = write_loads(tmp_path / "loads.csv")
    assert typed("train", data, "--steps", 3, "--out", tmp_path / "run", *SMALL).code == 0
    (tmp_path / "run" / "result.json").unlink()
    again = typed("train", data, "--resume", "--out", tmp_path / "run")
    assert again.code == 0
    assert "going on from step 3" in again.err


def test_a_forecaster_declines_what_it_cannot(typed: Type, forecaster: Path) -> None:
    done = typed("generate", forecaster, "Shall I")
    assert done.code == 2
    assert f"quatrain predict {forecaster}" in done.err
    assert "--beam-size means nothing" in typed("evaluate", forecaster, "--beam-size", 3).err
