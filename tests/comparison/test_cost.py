"""Costs by length, and where they cross."""

from __future__ import annotations

from typing import Any

import pytest

from quatrain.comparison import cost as cost_module
from quatrain.comparison.cost import crossover, exponent, measure_cost
from quatrain.models import CausalLMConfig, MaskedLMConfig
from quatrain.models.encoders import encoder_of
from quatrain.models.presets import architecture
from quatrain.models.taggers import Shape, tagger_of
from quatrain.models.text_classifiers import text_classifier
from quatrain.models.translators import translator_of
from quatrain.positions import OneHotConfig


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy with other things takes its time."""
    monkeypatch.setattr(cost_module, "LONGEST", 600.0)


@pytest.mark.parametrize("word", ["transformer", "gpt2", "gru", "hyena+conv", "dan", "bengio"])
def test_every_length_is_measured_whatever_the_model_was_trained_on(word: str) -> None:
    config = architecture(word)(5, 16, 1, 2, 8)
    cost = measure_cost(config, (8, 16, 32))
    assert cost["lengths"] == [8, 16, 32]
    assert all(len(cost[name]) == 3 and min(cost[name]) > 0 for name in ("forward", "training", "memory", "decoding"))
    assert cost["memory"][0] < cost["memory"][2]
    assert isinstance(cost["exponent"], float)


@pytest.mark.parametrize("word", ["translator", "t5", "lstm-attention", "lstm-bottleneck", "hyena"])
def test_a_pair_is_measured_at_every_length_of_both_its_sides(word: str) -> None:
    config = translator_of(word)(5, 7, 16, 2, 2, 8)
    cost = measure_cost(config, (8, 16, 32))
    assert cost["lengths"] == [8, 16, 32]
    assert all(len(cost[name]) == 3 and min(cost[name]) > 0 for name in ("forward", "training", "memory", "decoding"))
    assert cost["memory"][0] < cost["memory"][2]


@pytest.mark.parametrize("word", ["transformer", "lstm", "hyena", "dan"])
def test_a_classifier_is_measured_at_every_length_and_decodes_nothing(word: str) -> None:
    cost = measure_cost(text_classifier(word)(9, ("no", "yes"), 16, 1, 2, 8), (8, 16, 32))
    check_example(cost)


@pytest.mark.parametrize("reads", ["words", "text"])
@pytest.mark.parametrize("word", ["tagger", "transformer"])
def test_a_tagger_is_measured_at_every_length_and_decodes_nothing(word: str, reads: str) -> None:
    shape = Shape(reads, 9, ("O", "B-x", "I-x"), d_model=16, n_layers=1, n_heads=2, max_seq_len=8)
    check_example(measure_cost(tagger_of(word)(shape), (8, 16, 32)))


@pytest.mark.parametrize("word", ["encoder", "bert", "conv"])
def test_a_masked_model_is_measured_at_every_length_and_decodes_nothing(word: str) -> None:
    config = MaskedLMConfig(backbone=encoder_of(word)(9, 16, 1, 2, 8), next_sentence=word == "bert")
    check_example(measure_cost(config, (8, 16, 32)))


def check_example(cost: dict[str, Any]) -> None:
    assert cost["lengths"] == [8, 16, 32]
    assert "decoding" not in cost
    assert all(len(cost[name]) == 3 and min(cost[name]) > 0 for name in ("forward", "training", "memory"))
    assert cost["memory"][0] < cost["memory"][2]


def test_a_pair_is_measured_as_far_as_its_shorter_side_goes() -> None:
    config = translator_of("translator")(5, None, 32, 1, 2, 8).replace(position=OneHotConfig(), max_src_len=24)
    assert measure_cost(config.replace(max_seq_len=32), (16, 32))["lengths"] == [16]


def test_what_would_not_fit_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    config = translator_of("lstm-attention")(5, None, 16, 1, 1, 8)
    small, large = measure_cost(config, (8, 16))["memory"]
    monkeypatch.setattr(cost_module, "LARGEST", (small + large) // 2)
    assert measure_cost(config, (8, 16, 32))["lengths"] == [8, 16]


def test_a_model_that_has_only_so_many_positions_is_measured_as_far_as_it_goes() -> None:
    config = architecture("gpt2")(5, 32, 1, 2, 32)
    assert isinstance(config, CausalLMConfig)
    assert measure_cost(config.replace(position=OneHotConfig()), (16, 32))["lengths"] == [16]


def test_the_exponent_is_the_slope_over_the_longer_half() -> None:
    assert exponent([1, 2, 4, 8], [7.0, 7.0, 1.0, 4.0]) == pytest.approx(2.0)
    assert exponent([64], [1.0]) is None
    assert exponent([], []) is None


@pytest.mark.parametrize(
    ("slow", "fast", "length"),
    [
        ([1.0, 4.0, 16.0], [2.0, 4.0, 8.0], 20.0),  # equal at 20, below from there
        ([1.0, 4.0, 16.0], [0.5, 1.0, 2.0], 10.0),
        ([1.0, 2.0, 4.0], [2.0, 4.0, 8.0], None),
        ([1.0, 2.0, 8.0], [2.0, 4.0, 4.0], 20 * 2**0.5),
        ([1.0, 4.0, 9.0], [2.0, 2.0], 10 * 2**0.5),  # the fast one was stopped early
        ([], [], None),
    ],
)
def test_a_crossover_is_where_the_faster_one_stays_below(
    slow: list[float], fast: list[float], length: float | None
) -> None:
    found = crossover([10, 20, 40], slow, fast)
    assert found == (None if length is None else pytest.approx(length))
