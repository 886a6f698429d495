"""What follows from labelled windows and a request."""

from __future__ import annotations

import numpy as np
import pytest

from quatrain.data import LabelledSeriesConfig, WindowData, WindowExamples
from quatrain.data.labelled_series import Scale
from quatrain.errors import ConfigError
from quatrain.models.backbones import FCNConfig, SeriesEncoderConfig
from quatrain.training import Request
from quatrain.training.baselines.classifiers import counted_classifiers
from quatrain.training.planning import plan
from quatrain.training.planning.labelled_series import WINDOW_SIZES, SeriesClassifierPlanner

CONFIG = LabelledSeriesConfig(path="x")


def windows(n: int = 40, length: int = 30, n_columns: int = 2, seed: int = 0) -> WindowData:
    draw, labels = np.random.default_rng(seed), np.arange(n) % 3
    values = draw.normal(5, 2, (n, length, n_columns)) + 4 * labels[:, None, None]
    part = WindowExamples(values, labels, ("a", "b", "c"), [""] * n, Scale.of(values))
    return WindowData(
        train=part, val=part, tests={}, columns=("x", "y")[:n_columns], config=CONFIG, name="windows", fingerprint="",
        split="", notes=(),
    )  # fmt: skip


def test_the_model_knows_shape_scale_and_classes() -> None:
    data = windows()
    config = plan(Request(data="x", steps=5), data, CONFIG)
    backbone = config.model.backbone
    assert isinstance(backbone, FCNConfig)
    assert (backbone.input_len, backbone.n_columns) == (30, 2)
    assert (backbone.mean, backbone.std) == (data.train.scale.mean, data.train.scale.std)
    assert config.model.classes == ("a", "b", "c")
    assert (config.train.seq_len, config.train.batch_size) == (30, 16)


@pytest.mark.parametrize("size", WINDOW_SIZES)
@pytest.mark.parametrize("word", ["fcn", "patch", "lstm", "hyena+transformer", "linear"])
def test_every_word_has_every_size(word: str, size: str) -> None:
    config = plan(Request(data="x", model=word, size=size, steps=5), windows(6, length=9), CONFIG)
    assert isinstance(config.model.backbone, FCNConfig if word == "fcn" else SeriesEncoderConfig)
    config.model.build()


@pytest.mark.parametrize(("length", "n_positions"), [(2, 2), (128, 128), (129, 65), (1000, 125)])
def test_mixers_read_long_windows_in_patches(length: int, n_positions: int) -> None:
    config = plan(Request(data="x", model="gru", steps=5), windows(6, length=length), CONFIG)
    assert config.model.backbone.build().n_positions == n_positions


@pytest.mark.parametrize("length", [2, 3, 5, 30, 300])
def test_patches_fit_windows_of_any_length(length: int) -> None:
    data = windows(6, length=length)
    model = plan(Request(data="x", model="patch", steps=5), data, CONFIG).model.build()
    assert model(*data.train.some(np.arange(6)).inputs).shape == (6, 3)


def test_unknown_words_are_refused() -> None:
    with pytest.raises(ConfigError, match="--size huge: unknown"):
        SeriesClassifierPlanner().check(Request(data="x", size="huge"))
    with pytest.raises(ConfigError, match=r"--model fcm: no model is called 'fcm'. Did you mean 'fcn'"):
        SeriesClassifierPlanner().check(Request(data="x", model="fcm"))


def test_a_length_that_is_not_that_of_the_windows_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"train.seq_len=15 .*: these windows have 30 rows"):
        windows().train.batches(seed=0, batch_size=4, seq_len=15)


def test_every_epoch_visits_every_window_once() -> None:
    part = windows(10).train
    batches = part.batches(seed=3, batch_size=4, seq_len=30)
    seen = np.concatenate([batches.at(step).inputs[0][:, 0, 0].numpy() for step in range(5)])
    for epoch in (seen[:10], seen[10:]):
        assert sorted(epoch) == sorted(part.values[:, 0, 0])
    assert batches.epoch_of(5) == 2.0
    assert np.array_equal(batches.at(3).targets, part.batches(seed=3, batch_size=4, seq_len=30).at(3).targets)


def test_the_nearest_neighbour_measures_columns_in_scale() -> None:
    train, val = windows(30, seed=1).train, windows(30, seed=2).train
    values, other = train.plain(), (val.values - train.scale.mean) / train.scale.std
    scaled = WindowExamples(val.values, val.labels, val.classes, val.places, train.scale)
    nearest = ((other.reshape(30, 1, -1) - values[None]) ** 2).sum(axis=2).argmin(axis=1)
    found = {baseline.key: baseline.on(scaled) for baseline in counted_classifiers(train)}
    assert [*found] == ["nearest_neighbour", "logistic_regression", "majority"]
    right = float((train.labels[nearest] == val.labels).mean())
    assert found["nearest_neighbour"].score.to_dict()["accuracy"] == pytest.approx(right)
