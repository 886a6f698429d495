"""The page and the card of a forecaster: the verdict first, every plain forecast, pictures of what came."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from quatrain.report import write_model_card, write_report
from quatrain.report.charts import Band, Line, line_chart
from quatrain.report.faces import read_run

PLAIN = {"name": "last value", "mse": 1.2, "mae": 0.7, "interval": [1.1, 1.3], "by_step": [1.0, 1.4]}
BETTER = {"mean": -0.4, "interval": [-0.5, -0.3]}
SCORE: dict[str, Any] = {
    "loss": 0.9, "mse": 0.8, "mae": 0.5, "interval": [0.7, 0.9], "pinball": 0.1, "n_targets": 40, "n_windows": 20,
    "coverage": {"0.9": 0.91, "0.5": 0.48}, "by_step": [0.7, 0.9], "baseline": PLAIN, "difference": BETTER,
    "columns": [
        {"name": "load", "mse": 0.7, "mae": 0.4, "rmse_units": 7.5, "mae_units": 6.0},
        {"name": "wind", "mse": 0.9, "mae": 0.6, "rmse_units": 0.2, "mae_units": 0.1},
    ],
}  # fmt: skip
WALK = {
    "r2": -0.01, "r2_interval": [-0.02, 0.005], "right_signs": 0.52, "right_signs_interval": [0.47, 0.57],
    "always_up": 0.55, "n_signs": 400, "diebold_mariano": {"value": 0.5, "p": 0.6},
    "clark_west": {"value": 0.1, "p": 0.4}, "outcome": "same",
    "verdict": "not distinguishable from a random walk (out-of-sample R² -0.0100)",
}  # fmt: skip
UNTESTED = {
    "outcome": "few", "verdict": "not tested against a random walk: too few windows", "r2_interval": None,
    "diebold_mariano": None, "clark_west": None,
}  # fmt: skip
SAMPLE = {
    "prompt": "load after 2024-01-05 10:00", "column": "load", "past": [1.0, 2.0, 1.5], "truth": [1.2, None],
    "mean": [1.3, 1.4], "levels": [0.05, 0.25, 0.5, 0.75, 0.95],
    "quantiles": [[1.0, 1.2, 1.3, 1.4, 1.6], [0.9, 1.1, 1.4, 1.6, 1.9]],
}  # fmt: skip


def folder(path: Path, **changes: Any) -> Path:
    path.mkdir()
    config = {"format": 1, "task": "forecast", "model": {"kind": "forecaster"}}
    data = {"name": "loads", "n_rows": 300, "columns": ["load", "wind"], "targets": ["load", "wind"], "horizon": 2}
    result = {**SCORE, "data": data, "tests": {"test": {**SCORE, **changes}}}
    (path / "config.json").write_text(json.dumps(config))
    (path / "result.json").write_text(json.dumps(result))
    (path / "samples.jsonl").write_text(json.dumps(SAMPLE) + "\n")
    return path


def verdict(path: Path) -> tuple[str, str, str]:
    face, run = read_run(path)
    said = face.verdict(run)
    return said.outcome, said.headline, said.sentence


@pytest.mark.parametrize(
    ("changes", "outcome", "words"),
    [
        ({}, "beats", "This model beats the best of them, last value"),
        ({"difference": {"mean": -0.2, "interval": [-0.5, 0.1]}}, "undecided", "not shown to beat last value"),
        ({"difference": {"mean": 0.15, "interval": [0.1, 0.2]}}, "loses", "does NOT beat last value"),
        ({"walk": WALK}, "undecided", "This model is not distinguishable from a random walk"),
        ({"walk": {**WALK, "outcome": "better", "verdict": "better than a random walk"}}, "beats", "better than"),
        ({"walk": {**WALK, "outcome": "worse", "verdict": "worse than a random walk"}}, "loses", "worse than"),
        ({"walk": {**WALK, **UNTESTED}}, "undecided", "not tested against a random walk: too few windows"),
        ({"difference": None}, "undecided", "Beside last value"),
        ({"mse": None}, "unknown", "Squared error of this model on later rows"),
    ],
)
def test_the_verdict_is_that_of_the_test_part(tmp_path: Path, changes: Any, outcome: str, words: str) -> None:
    found, _, sentence = verdict(folder(tmp_path / "run", **changes))
    assert found == outcome
    assert words in sentence


def test_a_run_without_result_is_not_judged(tmp_path: Path) -> None:
    path = folder(tmp_path / "run")
    (path / "result.json").unlink()
    assert verdict(path)[:2] == ("unknown", "Not finished")


def test_the_page_shows_every_plain_forecast_by_step_by_column_and_in_pictures(tmp_path: Path) -> None:
    page = write_report(folder(tmp_path / "run")).read_text()
    for words in (
        "last value",
        "Squared error by row ahead",
        "Squared error by column",
        "91.0 % of what came lay within the 90 % interval",
        "validation",
        "load after 2024-01-05 10:00",
        "Forecast of load",
        'class="band"',
    ):
        assert words in page, words


def test_the_card_has_the_errors_as_a_hub_lists_them(tmp_path: Path) -> None:
    card = write_model_card(folder(tmp_path / "run", walk=WALK)).read_text()
    assert "pipeline_tag: time-series-forecasting" in card
    assert 'type: "mse"' in card
    assert "not distinguishable from a random walk" in card


def test_the_page_of_prices_has_both_tests(tmp_path: Path) -> None:
    page = write_report(folder(tmp_path / "run", walk=WALK)).read_text()
    for words in ("Against a random walk", "Clark-West", "Diebold-Mariano", "52.0 %", "400 moves"):
        assert words in page, words


def test_the_page_of_prices_says_that_nothing_was_tested(tmp_path: Path) -> None:
    page = write_report(folder(tmp_path / "run", walk={**WALK, **UNTESTED})).read_text()
    assert page.count("too few windows to tell") == 2
    assert "Too few windows to tell" in page


def test_the_page_of_prices_that_do_not_move_says_so(tmp_path: Path) -> None:
    names = ("r2", "r2_interval", "right_signs", "right_signs_interval", "always_up", "diebold_mariano", "clark_west")
    still = {**dict.fromkeys(names), "n_signs": 0, "outcome": "still", "verdict": "not judged beside a random walk"}
    page = write_report(folder(tmp_path / "run", walk={**WALK, **still})).read_text()
    assert "Nothing moved in the rows that were scored" in page
    assert "This model is not judged beside a random walk." in page
    assert "Against a random walk" not in page


def test_a_band_lies_beneath_the_lines_and_within_the_chart() -> None:
    chart = line_chart(
        [Line("a", "train", [(0, 1), (1, 2)])],
        x_name="x",
        y_name="y",
        description="d",
        bands=[Band([(0, 0, 3), (1, 1, 9)])],
    )
    band = chart.index('class="band"')
    assert band < chart.index('class="line train"')
    assert "M0.0 " in chart[band:]
    assert "Z" in chart[band:]
