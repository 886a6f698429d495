"""Windows: nothing dropped, nothing seen too early, the same from seed and step."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from quatrain.data import SeriesConfig, SeriesData, SeriesPart, open_series
from quatrain.data.series.leaks import refuse_overlap
from quatrain.errors import ConfigError, DataError

from .tables import hours, wave, write

N = 120


@pytest.fixture
def data(tmp_path: Path) -> SeriesData:
    path = write(tmp_path / "s.csv", {"date": hours(N), "a": wave(N), "b": wave(N, 1)})
    return open_series(
        SeriesConfig(path=str(path), input_len=7, horizon=5, train_rows=60, val_rows=20, test_rows=30, targets="b")
    )


def test_every_row_of_a_part_is_forecast_from_every_origin(data: SeriesData) -> None:
    assert len(data.train) == 60 - 7 - 5 + 1
    assert len(data.val) == 20 - 5 + 1
    assert len(data.tests["test"]) == 30 - 5 + 1
    seen = [number for numbers, _ in data.val.in_order(at_once=6) for number in numbers]
    assert seen == list(range(16)), "the last batch is small, not dropped"


def test_a_window_is_its_past_and_what_came(data: SeriesData) -> None:
    values = np.stack([wave(N), wave(N, 1)], axis=1)
    batch = data.tests["test"].windows(np.array([0, 25]))
    for row, origin in enumerate((80, 105)):
        np.testing.assert_array_equal(batch.inputs[0][row], values[origin - 7 : origin])
        np.testing.assert_array_equal(batch.targets[row], values[origin : origin + 5, 1:])


def test_unused_rows_are_said(data: SeriesData) -> None:
    assert "60 rows for training" in data.split
    assert data.split.endswith("the last 10 are not used.")


def test_fractions_split_by_time(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", {"date": hours(N), "a": wave(N)})
    data = open_series(SeriesConfig(path=str(path), horizon=3, input_len=4))
    assert (data.train.stop, data.val.stop, data.tests["test"].stop) == (84, 96, 120)


def test_batches_depend_on_seed_and_step_alone_and_visit_every_window(data: SeriesData) -> None:
    first, again = (data.train.batches(seed=3, batch_size=10, seq_len=7) for _ in range(2))
    for step in (9, 2, 4):
        torch.testing.assert_close(first.at(step).targets, again.at(step).targets, rtol=0, atol=0)
    other = data.train.batches(seed=4, batch_size=10, seq_len=7)
    assert not torch.equal(first.at(0).targets, other.at(0).targets)
    n = len(data.train)
    seen = torch.cat([first.at(step).targets[:, 0, 0] for step in range(n)])
    values = torch.from_numpy(data.train.truth(np.arange(n))[:, 0, 0])
    torch.testing.assert_close(seen.sort().values, values.repeat(10).sort().values, rtol=0, atol=0)
    assert first.epoch_of(n) == 10


def test_another_length_is_refused(data: SeriesData) -> None:
    with pytest.raises(ConfigError, match=r"train\.seq_len=3 .* 7 rows of the past"):
        data.train.batches(seed=0, batch_size=2, seq_len=3)


def test_unobserved_targets_do_not_count_and_windows_of_nothing_else_are_none(data: SeriesData) -> None:
    truth = data.series.truth.copy()
    truth[85:93] = np.nan
    part = replace(data.tests["test"], series=replace(data.series, truth=truth))
    assert len(part) == 26 - 4, "four windows lie within eight missing rows"
    batch = part.windows(np.arange(len(part)))
    assert batch.n_targets == part.n_targets == int(np.isfinite(batch.targets.numpy()).sum())


def test_batches_split_and_count(data: SeriesData) -> None:
    batch = data.train.windows(np.arange(7))
    parts = batch.split(3)
    assert [part.n_rows for part in parts] == [3, 3, 1]
    assert sum(part.n_targets for part in parts) == batch.n_targets == 35
    torch.testing.assert_close(torch.cat([part.inputs[0] for part in parts]), batch.inputs[0])


def test_overlapping_parts_are_refused(data: SeriesData) -> None:
    refuse_overlap([data.train, data.val])
    with pytest.raises(DataError, match="LEAK: row 55 is forecast, and it was seen before"):
        refuse_overlap([data.train, replace(data.val, start=55)])


def test_windows_that_see_what_they_forecast_are_refused(data: SeriesData, monkeypatch: pytest.MonkeyPatch) -> None:
    windows = SeriesPart.windows

    def shifted(part: SeriesPart, which: np.ndarray) -> object:
        batch = windows(part, which)
        return replace(batch, inputs=(batch.inputs[0] + 1,))

    monkeypatch.setattr(SeriesPart, "windows", shifted)
    with pytest.raises(DataError, match="LEAK"):
        refuse_overlap([data.train])


def test_a_constant_column_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", {"date": hours(N), "a": wave(N), "flat": [4] * N})
    data = open_series(SeriesConfig(path=str(path), horizon=3))
    assert "The same in all of the training part, and so not scaled: flat." in data.notes


def test_the_fingerprint_is_of_the_numbers(tmp_path: Path) -> None:
    columns = {"date": hours(N), "a": wave(N)}
    one, same = (open_series(SeriesConfig(path=str(write(tmp_path / f"{i}.csv", columns)), horizon=3)) for i in "12")
    other = open_series(SeriesConfig(path=str(write(tmp_path / "3.csv", columns | {"a": wave(N, 5)})), horizon=3))
    assert one.fingerprint == same.fingerprint != other.fingerprint
