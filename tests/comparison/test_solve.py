"""Every architecture at the same size."""

from __future__ import annotations

import pytest

from quatrain.comparison.solve import LEAST, MOST, shape_of, size_of, solve
from quatrain.errors import ConfigError
from quatrain.layers.feedforward import MLPConfig
from quatrain.models import CausalLMConfig, FeedForwardLMConfig, ModelConfig
from quatrain.models.presets import SEQUENCE_MIXERS, WITHOUT_BLOCKS, architecture, fitting_heads

WORDS = [*SEQUENCE_MIXERS, *WITHOUT_BLOCKS, "conv+transformer"]


def build(word: str, d_model: int, d_ff: int) -> ModelConfig:
    config = architecture(word)(65, d_model, 2, fitting_heads(d_model), 64)
    if isinstance(config, FeedForwardLMConfig):
        return config.replace(d_hidden=d_ff)
    assert isinstance(config, CausalLMConfig)
    return config.replace(ffn=MLPConfig(d_ff=d_ff))


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(("measure", "target"), [("params", 200_000), ("flops", 900_000)])
def test_the_size_is_met_within_one_percent(word: str, measure: str, target: int) -> None:
    solution = solve(word, lambda d, f: build(word, d, f), target, measure, (64,))  # type: ignore[arg-type]
    assert size_of(solution.config, measure, (64,)) == pytest.approx(target, rel=0.01)  # type: ignore[arg-type]
    assert size_of(solution.config, measure, (64,)) <= target  # type: ignore[arg-type]
    assert LEAST <= solution.d_ff / solution.d_model <= MOST


def test_parameters_and_operations_are_those_of_the_built_model() -> None:
    config = build("lstm", 32, 128)
    model = config.build()
    assert size_of(config, "params", (64,)) == sum(weight.numel() for weight in model.parameters())
    assert size_of(config, "flops", (64,)) == 3 * model.flops(64) // 64
    assert all(weight.is_meta for weight in shape_of(config).parameters())


@pytest.mark.parametrize(
    ("target", "message"),
    [(1000, r"no width of lstm has 1,000 parameters; the nearest has \d,\d+"), (1e12, "nearest has")],
)
def test_a_budget_that_no_width_meets_is_refused_with_the_nearest(target: float, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        solve("lstm", lambda d, f: build("lstm", d, f), target, "params", (64,))


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
