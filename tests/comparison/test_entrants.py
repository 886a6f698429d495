"""From words to recipes of one size."""

from __future__ import annotations

import pytest

from quatrain.comparison import Budget, CompareConfig
from quatrain.comparison.entering import enter
from quatrain.comparison.entrants import Entrant
from quatrain.comparison.solve import n_parameters
from quatrain.comparison.subjects import open_subject
from quatrain.data.tasks import Parity
from quatrain.errors import ConfigError
from quatrain.layers.feedforward import GatedConfig, MLPConfig
from quatrain.models import CausalLMConfig
from quatrain.models.presets import PRESETS

TASK = Parity(max_len=8)


def entrant(word: str, *settings: str) -> Entrant:
    config = CompareConfig(data=TASK, models=(word, "mlp"), budget=Budget(of="params", amount=60e3), settings=settings)
    return enter(config, open_subject(TASK)).entrants[0]


@pytest.mark.parametrize("word", ["gpt2", "llama", "qwen3"])
def test_a_preset_keeps_its_own_kind_of_feed_forward_layer(word: str) -> None:
    model = entrant(word).recipe.model
    assert isinstance(model, CausalLMConfig)
    assert model.ffn.replace(d_ff=None) == PRESETS[word](4, 16, 2, 1, 8).ffn


@pytest.mark.parametrize(("word", "kind"), [("transformer", MLPConfig), ("transformer:ffn=gated", GatedConfig)])
def test_a_layer_that_was_asked_for_is_as_wide_as_the_size_wants(word: str, kind: type) -> None:
    found = entrant(word)
    assert isinstance(found.recipe.model, CausalLMConfig)
    assert isinstance(found.recipe.model.ffn, kind)
    assert found.recipe.model.ffn.d_ff == found.solution["d_ff"]
    assert n_parameters(found.recipe.model) == pytest.approx(60e3, rel=0.01)


@pytest.mark.parametrize("word", ["transformer:d_model=64", "lstm:ffn.d_ff=10", "dan:d_hidden=9"])
def test_a_width_cannot_be_asked_for_because_it_is_solved_for(word: str) -> None:
    name, setting = word.split(":")
    with pytest.raises(ConfigError, match=rf"{name}:.*{setting}: widths are solved for.*--budget params="):
        entrant(word)


@pytest.mark.parametrize(
    ("setting", "way"),
    [
        ("train.steps=9", "by --steps"),
        ("train.seconds=9", "by --budget time="),
        ("train.seed=9", "by --seeds"),
        ("task=language", "by the data"),
        ("baseline_order=3", "by ngram:order="),
    ],
)
def test_a_setting_that_would_mean_nothing_is_refused_with_what_does(setting: str, way: str) -> None:
    with pytest.raises(ConfigError, match=rf"--set {setting}: a comparison is told so {way}"):
        entrant("lstm", setting)
