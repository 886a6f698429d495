"""Every architecture at the same size."""

from __future__ import annotations

import pytest

from quatrain.comparison.solve import LEAST, MOST, Measure, Ruler, n_parameters, shape_of, solve
from quatrain.comparison.widths import widened
from quatrain.errors import ConfigError
from quatrain.layers.feedforward import MLPConfig
from quatrain.models import CausalLMConfig, FeedForwardLMConfig, ModelConfig
from quatrain.models.forecasters import Window, dlinear
from quatrain.models.presets import SEQUENCE_MIXERS, WITHOUT_BLOCKS, architecture, fitting_heads
from quatrain.models.text_classifiers import text_classifier

WORDS = [*SEQUENCE_MIXERS, *WITHOUT_BLOCKS, "conv+transformer"]


def build(word: str, d_model: int, d_ff: int) -> ModelConfig:
    config = architecture(word)(65, d_model, 2, fitting_heads(d_model), 64)
    if isinstance(config, FeedForwardLMConfig):
        return config.replace(d_hidden=d_ff)
    assert isinstance(config, CausalLMConfig)
    return config.replace(ffn=MLPConfig(d_ff=d_ff))


def ruler(measure: Measure) -> Ruler:
    return Ruler(measure, lambda model: 3 * model.flops(64) // 64)


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(("measure", "target"), [("params", 200_000), ("flops", 900_000)])
def test_the_size_is_met_within_one_percent(word: str, measure: Measure, target: int) -> None:
    solution = solve(word, lambda d, f: build(word, d, f), target, ruler(measure))
    assert ruler(measure)(solution.config) == pytest.approx(target, rel=0.01)
    assert ruler(measure)(solution.config) <= target
    assert solution.d_model is not None
    assert solution.d_ff is not None
    assert LEAST <= solution.d_ff / solution.d_model <= MOST
    assert solution.deviation == 0


def test_parameters_and_operations_are_those_of_the_built_model() -> None:
    config = build("lstm", 32, 128)
    model = config.build()
    assert ruler("params")(config) == n_parameters(config) == sum(weight.numel() for weight in model.parameters())
    assert ruler("flops")(config) == 3 * model.flops(64) // 64
    assert all(weight.is_meta for weight in shape_of(config).parameters())


@pytest.mark.parametrize(
    ("target", "message"),
    [(1000, r"no width of lstm has 1,000 parameters; the nearest has \d,\d+"), (1e12, "nearest has")],
)
def test_a_budget_that_no_width_meets_is_refused_with_the_nearest(target: float, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        solve("lstm", lambda d, f: build("lstm", d, f), target, ruler("params"))


@pytest.mark.parametrize("target", [2_700_000, 3_300_000, 3_700_000, 5_000_000])
def test_where_a_table_of_tokens_is_most_of_it_the_size_is_met_or_said_to_be_off(target: int) -> None:
    """A step of the usual ladder from 56 to 64 is 480,000 weights here, and the feed-forward layers span 60,000."""

    def build(d_model: int, d_ff: int) -> ModelConfig:
        config = text_classifier("lstm")(60_000, ("no", "yes"), d_model, 1, fitting_heads(d_model), 64)
        whole: ModelConfig = widened(config, d_ff)
        return whole

    solution = solve("lstm", build, target, ruler("params"))
    assert n_parameters(solution.config) == pytest.approx(target * (1 + solution.deviation), rel=0.01)
    assert abs(solution.deviation) < 0.03


def test_a_model_with_one_width_comes_as_near_as_that_goes() -> None:
    def build(d_model: int, d_ff: int) -> ModelConfig:
        config = text_classifier("dan")(500, ("no", "yes"), d_model, 1, 1, 64)
        whole: ModelConfig = widened(config, d_ff)
        return whole

    solution = solve("dan", build, 40_000, ruler("params"))
    assert solution.d_ff is None
    assert solution.d_model is not None
    sizes = [n_parameters(build(width, width)) for width in range(solution.d_model - 1, solution.d_model + 2)]
    assert min(sizes, key=lambda size: abs(size - 40_000)) == sizes[1] == n_parameters(solution.config)
    assert solution.deviation == pytest.approx(sizes[1] / 40_000 - 1)
    with pytest.raises(ConfigError, match="no width of dan has 50 parameters; the nearest has 5"):
        solve("dan", build, 50, ruler("params"))


def test_a_model_without_widths_is_taken_as_it_is() -> None:
    def build(d_model: int, d_ff: int) -> ModelConfig:
        whole: ModelConfig = widened(dlinear(Window(("load",), ("load",), 24, 6)), d_ff)
        return whole

    solution = solve("dlinear", build, 1000, ruler("params"))
    assert (solution.d_model, solution.d_ff) == (None, None)
    assert solution.deviation == pytest.approx(n_parameters(solution.config) / 1000 - 1)


@pytest.mark.parametrize("d_model", [16, 48, 96, 112, 160, 208, 288, 1024])
def test_heads_divide_the_width_into_even_parts(d_model: int) -> None:
    n_heads = fitting_heads(d_model)
    assert d_model % n_heads == 0
    assert d_model // n_heads % 2 == 0
    assert 16 <= d_model // n_heads <= 128


def test_unknown_words_are_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"no model is called 'lstn'\. Did you mean 'lstm'"):
        architecture("lstn")
    with pytest.raises(ConfigError, match=r"called 'hyenna' in the pattern hyenna\+transformer\. Did"):
        architecture("hyenna+transformer")
