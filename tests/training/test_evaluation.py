"""Scores against a dull loop, by hand, and against resampling written out."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from quatrain.data import Corpus
from quatrain.errors import DataError
from quatrain.models import CausalLMConfig, NGramConfig, SequenceModel
from quatrain.models.presets import gpt2
from quatrain.training.evaluation import bootstrap, evaluate

from .conftest import VOCAB_SIZE, corpus

MAX_SEQ_LEN = 8


@pytest.fixture
def model() -> SequenceModel:
    torch.manual_seed(3)
    built = gpt2(VOCAB_SIZE, 8, 1, 2, MAX_SEQ_LEN).build().double()
    for weight in built.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    return built


def one_by_one(model: SequenceModel, text: Corpus, context: int, stride: int) -> list[float]:
    """Each target in a forward pass of its own, in the window that the stated policy gives it."""
    n, losses = text.n_targets, []
    starts = [*range(0, n - context, stride), n - context]
    for target in range(n):
        start = next(s for s in starts if s <= target < s + context)
        row = torch.from_numpy(text.tokens[start : target + 1].astype(np.int64))[None]
        documents = torch.from_numpy(np.searchsorted(text.document_starts, np.arange(start, target + 1), "right"))[None]
        with torch.no_grad():
            log_probs = model(row, documents=documents)[0, -1].log_softmax(dim=-1)
        losses.append(-log_probs[int(text.tokens[target + 1])].item())
    return losses


@pytest.mark.parametrize(("context", "stride"), [(8, 4), (8, 8), (8, 1), (5, 3), (1, 1)])
@pytest.mark.parametrize("batch_size", [1, 32])
def test_every_target_is_scored_once_in_the_window_that_is_stated(
    model: SequenceModel, context: int, stride: int, batch_size: int
) -> None:
    text = corpus(43, seed=5)
    score, losses = evaluate(model, text, context=context, stride=stride, batch_size=batch_size)
    expected = one_by_one(model.eval(), text, context, stride)
    assert score.n_targets == len(losses) == 42
    np.testing.assert_allclose(losses, expected, rtol=0, atol=1e-6)  # losses are computed in float32
    assert score.loss == pytest.approx(np.mean(expected), abs=1e-6)
    assert (score.context, score.stride) == (context, stride)


def test_stride_one_gives_every_target_the_whole_context(model: SequenceModel) -> None:
    text = corpus(30, seed=6)
    _, losses = evaluate(model, text, stride=1)
    for target in range(29):
        first = max(target + 1 - MAX_SEQ_LEN, 0)
        row = torch.from_numpy(text.tokens[first : target + 1].astype(np.int64))[None]
        documents = torch.from_numpy(np.searchsorted(text.document_starts, np.arange(first, target + 1), "right"))[None]
        with torch.no_grad():
            expected = -model(row, documents=documents)[0, -1].log_softmax(-1)[int(text.tokens[target + 1])]
        assert losses[target] == pytest.approx(expected.item(), abs=1e-6)


def test_perplexity_and_bits_per_byte_by_hand(model: SequenceModel) -> None:
    text = corpus(43, seed=5)
    score, losses = evaluate(model, text)
    assert score.perplexity == pytest.approx(math.exp(sum(losses) / 42))
    assert score.bits_per_byte == pytest.approx(sum(losses) / 0.6931471805599453 / 40)  # 43 tokens, 3 of them eos
    assert (score.context, score.stride) == (8, 4)


def test_a_model_that_knows_nothing_pays_the_logarithm_of_its_vocabulary() -> None:
    score, _ = evaluate(NGramConfig(vocab_size=16, order=2).build(), corpus(500, seed=1))
    assert score.loss == pytest.approx(math.log(16))
    assert score.interval == pytest.approx((math.log(16), math.log(16)))
    assert score.context == 499, "a model without a bound reads up to 1024 tokens at once"


def test_dropout_is_off_while_scoring_and_on_again_after_it() -> None:
    config: CausalLMConfig = gpt2(VOCAB_SIZE, 8, 1, 2, MAX_SEQ_LEN).replace(dropout=0.5)
    model = config.build().train()
    text = corpus(43, seed=5)
    assert evaluate(model, text)[0].loss == evaluate(model, text)[0].loss
    assert model.training


def test_the_interval_is_the_same_every_time_and_is_that_of_resampled_blocks() -> None:
    losses = np.random.default_rng(4).gamma(2.0, size=256 * 30 + 17)
    low, high = bootstrap(losses)
    assert (low, high) == bootstrap(losses.copy())
    edges = np.linspace(0, len(losses), 31).astype(int)
    blocks = [losses[a:b] for a, b in pairwise(edges)]
    draw = np.random.default_rng(99)
    means = [np.concatenate([blocks[i] for i in draw.integers(0, 30, 30)]).mean() for _ in range(4000)]
    width = high - low
    assert (low, high) == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=0.1 * width)
    assert low < losses.mean() < high


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    draw = np.random.default_rng(8)
    covered = [low < 2.0 < high for low, high in (bootstrap(draw.gamma(2.0, size=256 * 40)) for _ in range(100))]
    assert 87 <= sum(covered) <= 100


def test_one_value_alone_gives_an_interval_of_itself() -> None:
    assert bootstrap(np.array([1.5])) == (1.5, 1.5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"context": 9}, r"context=9 is longer than the model accepts \(8\)\. Give --context 8 or less"),
        ({"context": 0}, "context=0 must be at least 1"),
        ({"stride": 9}, r"stride=9 must lie between 1 and the context, 8\. Give --stride 4"),
        ({"context": 4, "stride": 5}, "stride=5 must lie between 1 and the context, 4"),
        ({"stride": 0}, "stride=0 must lie between 1"),
        ({"stride": -1}, "stride=-1 must lie between 1"),
    ],
)
def test_windows_that_cannot_be_are_refused(model: SequenceModel, settings: dict[str, int], message: str) -> None:
    with pytest.raises(DataError, match=message) as error:
        evaluate(model, corpus(43, seed=5), **settings)
    assert error.value.exit_code == 2


def test_nothing_to_score_is_refused(model: SequenceModel) -> None:
    with pytest.raises(DataError, match="nothing to score"):
        evaluate(model, Corpus(np.array([0], np.uint16), np.array([0]), 0, 0))


def test_a_text_shorter_than_the_context_is_one_short_window(model: SequenceModel) -> None:
    score, losses = evaluate(model, corpus(5, seed=5))
    assert (score.context, score.n_targets, len(losses)) == (4, 4, 4)
