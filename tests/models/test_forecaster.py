"""Forecasters: what they see, what they tell, and the published models they are."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

from quatrain.errors import ConfigError, ShapeError
from quatrain.layers.forecast_head import pinball
from quatrain.layers.stretches import patches, trend_and_rest
from quatrain.models import Forecaster, ForecasterConfig
from quatrain.models.backbones import LinearSeriesConfig, SeriesEncoderConfig
from quatrain.models.forecasters import FORECASTERS, Window, forecaster_of
from quatrain.models.presets import SEQUENCE_MIXERS

COLUMNS, TARGETS = ("a", "b", "c"), ("c", "a")
INPUT_LEN, HORIZON = 12, 5
WINDOW = Window(COLUMNS, TARGETS, INPUT_LEN, HORIZON)
WORDS = [*FORECASTERS, *SEQUENCE_MIXERS, "lstm+conv"]
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)

every_word = pytest.mark.parametrize("word", WORDS)


def config_of(word: str, window: Window = WINDOW) -> ForecasterConfig:
    return forecaster_of(word)(window, 8, 2, 2)


def ready(config: ForecasterConfig, seed: int = 0) -> Forecaster:
    """As if trained, in float64, with scales."""
    torch.manual_seed(seed)
    model = config.build().double().eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(std=0.3)
    model.take_scale(draw(1)[0] * torch.tensor([1.0, 20.0, 0.1]) + torch.tensor([0.0, 5.0, -3.0]))
    model.widening.uniform_(-0.1, 0.5)
    return model


def draw(n: int, seed: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, INPUT_LEN, len(COLUMNS), dtype=torch.float64, generator=generator)


@every_word
def test_a_forecast_has_every_step_target_and_level(word: str) -> None:
    found = ready(config_of(word))(draw(4))
    assert found.mean.shape == (4, HORIZON, 2)
    assert found.quantiles.shape == (4, HORIZON, 2, len(LEVELS))


@every_word
def test_quantiles_never_cross_whatever_the_weights(word: str) -> None:
    model = ready(config_of(word))
    for found in (model(draw(4)), model.forecast(draw(4))):
        assert (found.quantiles.diff(dim=-1) >= 0).all()


@every_word
def test_windows_of_a_batch_do_not_meet(word: str) -> None:
    model, x = ready(config_of(word)), draw(3)
    together, alone = model(x), [model(row) for row in x.split(1)]
    torch.testing.assert_close(together.mean, torch.cat([one.mean for one in alone]), rtol=0, atol=1e-10)
    torch.testing.assert_close(together.quantiles, torch.cat([one.quantiles for one in alone]), rtol=0, atol=1e-10)


@every_word
def test_every_parameter_gets_a_gradient_but_the_quantiles_leave_the_mean_alone(word: str) -> None:
    model = ready(config_of(word))
    found = model(draw(3))
    (found.mean.square().sum() + found.quantiles.square().sum()).backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name
        assert weight.grad.abs().max() > 0, name
    other = ready(config_of(word))
    other(draw(3)).quantiles.sum().backward()
    assert all(weight.grad is None for weight in other.head.mean.parameters())


@every_word
def test_the_first_row_of_the_past_matters(word: str) -> None:
    if word in ("window", "conv", "mlp", "lstm+conv"):
        pytest.skip("it does not look so far back, or hardly")
    model, x = ready(config_of(word)), draw(1)
    other = x.clone()
    other[:, 0, 2] += 1
    assert (model(other).mean != model(x).mean).any()


@every_word
def test_in_other_units_the_forecast_is_the_same(word: str) -> None:
    config, x = config_of(word), draw(2)
    model = ready(config)
    scaled = ready(config)
    factor = torch.tensor([3.0, 100.0, 0.01], dtype=torch.float64)
    scaled.scale.mean.copy_(model.scale.mean * factor + 7)
    scaled.scale.std.copy_(model.scale.std * factor)
    one, other = model.forecast(x), scaled.forecast(x * factor + 7)
    torch.testing.assert_close(other.mean, one.mean * factor[[2, 0]] + 7, rtol=1e-9, atol=1e-9)


@every_word
def test_flops_are_those_that_are_computed(word: str) -> None:
    model = config_of(word).build().eval()
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        model(draw(1))
    computed = counter.get_total_flops()
    if word in ("rnn", "lstm", "gru", "lstm+conv", "hyena", "delta", "linear", "transformer", "window", "conv", "pool"):
        assert model.flops(INPUT_LEN) >= 0.5 * computed  # the counter does not see every kernel
    else:
        assert 0.5 * computed <= model.flops(INPUT_LEN) <= 2 * computed + 5000


def test_a_window_of_another_shape_is_refused() -> None:
    with pytest.raises(ShapeError, match="a window has 12 rows of 2 columns, and this model reads 12 of 3"):
        ready(config_of("dlinear")).backbone(draw(1)[..., :2])


def test_an_unknown_word_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"no model is called 'dlineer'\. Did you mean 'dlinear'"):
        forecaster_of("dlineer")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"quantiles": (0.1, 0.5, 0.8)}, "pairs around 0.5"),
        ({"quantiles": (0.5,)}, "at least three"),
        ({"quantiles": (0.9, 0.5, 0.1)}, "must ascend"),
        ({"targets": ("z",)}, "must be some of columns"),
        ({"horizon": 0}, "horizon"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config_of("dlinear").replace(**changes)


def test_an_even_moving_average_is_refused() -> None:
    with pytest.raises(ConfigError, match="width=4 must be odd"):
        LinearSeriesConfig(n_columns=1, input_len=5, width=4)


def test_dlinear_adds_the_maps_of_trend_and_rest() -> None:
    model, x = ready(config_of("dlinear").replace(norm="none")), draw(2)
    standard = (x - model.scale.mean) / model.scale.std
    weight, bias = model.head.mean.maps[0].weight, model.head.mean.maps[0].bias
    for place, column in enumerate((2, 0)):
        for row in range(2):
            series = standard[row, :, column].numpy()
            padded = np.concatenate([series[:1].repeat(12), series, series[-1:].repeat(12)])
            trend = np.convolve(padded, np.ones(25) / 25, mode="valid")
            told = weight[:, :12] @ torch.from_numpy(trend) + weight[:, 12:] @ torch.from_numpy(series - trend) + bias
            torch.testing.assert_close(model(x).mean[row, :, place], told, rtol=0, atol=1e-10)


def test_individual_maps_are_one_for_each_column() -> None:
    config = config_of("nlinear")
    shared, own = config.build(), config.replace(individual=True).build()
    assert len(shared.head.mean.maps) == 1
    assert len(own.head.mean.maps) == 2
    with torch.no_grad():
        for linear in own.head.mean.maps:
            linear.load_state_dict(shared.head.mean.maps[0].state_dict())
        for linear in own.head.spread.maps:
            linear.load_state_dict(shared.head.spread.maps[0].state_dict())
    torch.testing.assert_close(own(draw(2)).mean, shared(draw(2)).mean)


def test_nlinear_goes_on_from_the_last_value() -> None:
    model, x = ready(config_of("nlinear")), draw(2)
    moved = x + torch.tensor([0.0, 0.0, 4.0])
    one, other = model.forecast(x).mean, model.forecast(moved).mean
    torch.testing.assert_close(other[..., 0], one[..., 0] + 4)
    torch.testing.assert_close(other[..., 1], one[..., 1])


def test_an_instance_norm_gives_level_and_spread_back() -> None:
    model, x = ready(config_of("patch")), draw(2)
    one, other = model.forecast(x).mean, model.forecast(x * 3 + 2).mean
    torch.testing.assert_close(other, one * 3 + 2, rtol=1e-4, atol=1e-4)


def test_read_by_column_a_target_knows_its_own_past_alone() -> None:
    model, x = ready(config_of("patch")), draw(2)
    other = x.clone()
    other[..., 1] += 1
    torch.testing.assert_close(model(other).mean, model(x).mean, rtol=0, atol=0)
    joint = ready(config_of("transformer"))
    other[..., 1] = x[..., 1] * torch.linspace(1, 2, INPUT_LEN)
    assert (joint(other).mean != joint(x).mean).any()


def test_a_constant_column_keeps_its_unit() -> None:
    model = config_of("dlinear").build()
    model.take_scale(torch.full((50, 3), 4.0, dtype=torch.float64))
    assert model.scale.std.tolist() == [1.0, 1.0, 1.0]
    assert model.forecast(draw(1)).mean.isfinite().all()


def test_scales_and_widening_are_part_of_the_weights() -> None:
    state = config_of("dlinear").build().state_dict()
    assert {"scale.mean", "scale.std", "widening"} <= state.keys()
    assert state["scale.mean"].dtype == torch.float64


def test_calibrated_intervals_are_wider_by_what_they_lacked() -> None:
    model, x = ready(config_of("dlinear")), draw(2)
    model.widening.fill_(0.5)
    raw = model(x).quantiles
    wide = model.calibrated(model(x)).quantiles
    torch.testing.assert_close(wide - raw, torch.tensor([-0.5, -0.5, 0, 0.5, 0.5]).double().expand_as(raw))
    model.widening.fill_(-50.0)
    assert (model.calibrated(model(x)).quantiles.diff(dim=-1) >= 0).all()


def test_pinball_is_its_definition() -> None:
    truth, quantiles, levels = (
        torch.tensor([1.0, -2.0]),
        torch.tensor([[0.0, 1.0, 3.0], [-3.0, 0.0, 5.0]]),
        (0.1, 0.5, 0.9),
    )
    costs = pinball(quantiles, truth, levels)
    for row, y in enumerate(truth.tolist()):
        for place, level in enumerate(levels):
            q = float(quantiles[row, place])
            assert costs[row, place] == pytest.approx(level * max(y - q, 0) + (1 - level) * max(q - y, 0))


@pytest.mark.parametrize("width", [1, 3, 25])
def test_the_trend_is_torchs_average_pooling(width: int) -> None:
    x = draw(1)[0].T
    padded = F.pad(x[:, None], (width // 2, width // 2), mode="replicate")
    trend, rest = trend_and_rest(x, width)
    torch.testing.assert_close(trend, F.avg_pool1d(padded, width, stride=1)[:, 0])
    torch.testing.assert_close(trend + rest, x)


def test_patches_end_with_the_last_row() -> None:
    x = torch.arange(10.0)[None, :, None]
    assert patches(x, 4, 3)[0].tolist() == [[0, 1, 2, 3], [3, 4, 5, 6], [6, 7, 8, 9]]
    assert patches(x, 4, 4)[0].tolist() == [[0, 0, 0, 1], [2, 3, 4, 5], [6, 7, 8, 9]]
    assert patches(x, 12, 4)[0].tolist() == [[0, 0, 0, *range(1, 10)]]


@pytest.mark.parametrize(("patch_len", "stride"), [(1, None), (4, 2), (5, 3), (30, 7)])
def test_as_many_positions_as_patches(patch_len: int, stride: int | None) -> None:
    config = SeriesEncoderConfig(
        n_columns=2, input_len=12, d_model=16, patch_len=patch_len, stride=stride, readout="all"
    )
    body = config.build()
    assert body(torch.randn(2, 12, 2)).vectors.shape == (2, 1, body.d_model)
