"""How good a model is on a whole part of the data: every target scored once, with an interval."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch

from quatrain.data import Corpus
from quatrain.data.batches import windows
from quatrain.errors import DataError
from quatrain.models import IGNORE, SequenceModel

UNBOUNDED_CONTEXT = 1024
"""Window, in tokens, for models without a bound of their own."""
N_STRETCHES = 16
"""Places a validation on the way looks at."""
N_RESAMPLES = 2000
"""Bootstrap resamples behind an interval."""
BLOCK = 256
"""Neighbouring targets kept together in a resample: neighbours' losses are not independent."""


class Mapped(Protocol):
    """What can be written down."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""


class Quality(Mapped, Protocol):
    """What every score tells the loop."""

    @property
    def loss(self) -> float:
        """Nats per target: less is better."""

    @property
    def n_targets(self) -> int:
        """Targets scored."""

    @property
    def seconds(self) -> float:
        """Time the scoring took."""


@dataclass(frozen=True)
class Scored:
    """A score with the value of every item, so that two models can be compared pair by pair."""

    name: str
    score: Mapped
    values: np.ndarray | None
    """(N,) float64; None where it was not scored on the items of the model."""
    key: str = ""
    """A word for programs; empty for the run's own model."""

    def to_dict(self) -> dict[str, Any]:
        """Key, name and score, for JSON."""
        return {"key": self.key, "name": self.name, **self.score.to_dict()}


@dataclass(frozen=True)
class Score:
    """The loss of a model on one part of the data."""

    loss: float
    """Nats per target token."""
    perplexity: float
    """exp(loss)."""
    bits_per_byte: float
    """Bits per UTF-8 byte of the text: comparable between tokenizers."""
    n_targets: int
    """Tokens scored, each once."""
    interval: tuple[float, float]
    """95 % interval of the loss, by block bootstrap over the text."""
    context: int
    """Tokens in a window."""
    stride: int
    """Tokens a window advances: each target but the first window's sees at least context - stride tokens."""
    seconds: float
    """Time taken."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**vars(self), "interval": list(self.interval)}


def evaluate(
    model: SequenceModel,
    corpus: Corpus,
    *,
    context: int | None = None,
    stride: int | None = None,
    batch_size: int = 32,
) -> tuple[Score, np.ndarray]:
    """Score every target of a corpus once, in windows of `context` tokens that advance by `stride`.

    Args:
        context: tokens in a window; None: what the model accepts.
        stride: None: half the context.

    Returns:
        The score, and the nats of each target (n_targets,) float64 in the order of the text.

    Raises:
        DataError: there is nothing to score, or the stride does not fit.
    """
    started = time.perf_counter()
    context, stride = window_shape(model, corpus, context, stride)
    losses = np.concatenate(list(_losses(model, corpus, context, stride, batch_size)))
    loss = float(losses.mean())
    score = Score(
        loss=loss,
        perplexity=math.exp(min(loss, 700.0)),
        bits_per_byte=float(losses.sum()) / math.log(2) / max(corpus.n_bytes, 1),
        n_targets=len(losses),
        interval=bootstrap(losses),
        context=context,
        stride=stride,
        seconds=time.perf_counter() - started,
    )
    return score, losses


def stretches(corpus: Corpus, n_targets: int | None) -> Corpus:
    """About so many targets of a corpus in `N_STRETCHES` stretches spread evenly over it; None: all of it.

    For scores on the way: the beginning of a text may be easier than the rest.
    """
    if n_targets is None or corpus.n_targets <= n_targets:
        return corpus
    length = max(n_targets // N_STRETCHES, 1) + 1
    firsts = np.linspace(0, len(corpus.tokens) - length, N_STRETCHES).astype(np.int64)
    tokens = np.concatenate([corpus.tokens[first : first + length] for first in firsts])
    inside = [
        corpus.document_starts[(corpus.document_starts >= f) & (corpus.document_starts < f + length)] for f in firsts
    ]
    starts = np.concatenate([found - f + i * length for i, (f, found) in enumerate(zip(firsts, inside, strict=True))])
    share = len(tokens) / len(corpus.tokens)
    return Corpus(tokens, starts, int(corpus.n_bytes * share), int(corpus.n_chars * share))


def window_shape(model: SequenceModel, corpus: Corpus, context: int | None, stride: int | None) -> tuple[int, int]:
    """The window and its step, checked against the model and never longer than the corpus.

    Raises:
        DataError: nothing to score, a context the model does not accept, or a stride above the context.
    """
    if corpus.n_targets < 1:
        raise DataError("There is nothing to score: this part of the data holds no text.")
    bound = model.max_seq_len
    if context is not None and bound is not None and context > bound:
        raise DataError(
            f"context={context} is longer than the model accepts ({bound}). Give --context {bound} or less."
        )
    whole = bound or UNBOUNDED_CONTEXT if context is None else context
    if whole < 1:
        raise DataError(f"context={context} must be at least 1. Give --context {bound or UNBOUNDED_CONTEXT}.")
    if stride is not None and not 1 <= stride <= whole:
        raise DataError(
            f"stride={stride} must lie between 1 and the context, {whole}. Give --stride {max(whole // 2, 1)}."
        )
    context = min(whole, corpus.n_targets)
    return context, min(stride or max(context // 2, 1), context)


def _losses(model: SequenceModel, corpus: Corpus, context: int, stride: int, batch_size: int) -> Iterator[np.ndarray]:
    device = next((weight.device for weight in model.parameters()), torch.device("cpu"))
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            for batch in windows(corpus, seq_len=context, stride=stride, batch_size=batch_size):
                moved = batch.to(device)
                losses = model.token_losses(moved.tokens, moved.targets, documents=moved.documents)
                yield losses[moved.targets != IGNORE].double().cpu().numpy()
    finally:
        model.train(was_training)


def bootstrap(losses: np.ndarray, level: float = 0.95, block: int = BLOCK) -> tuple[float, float]:
    """Interval of the mean by resampling blocks of neighbouring values (Künsch 1989), percentile method.

    Args:
        losses: (N,) in the order of the text.
        block: neighbours kept together.
    """
    n_blocks = max(len(losses) // block, min(len(losses), 20))
    sums, sizes = _blocks(losses, n_blocks)
    draws = np.random.default_rng(0).integers(0, n_blocks, size=(N_RESAMPLES, n_blocks))
    means = sums[draws].sum(axis=1) / sizes[draws].sum(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def bootstrap_items(values: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Interval of the mean of values (N,) that are independent and of few kinds, such as 0 and 1; percentile method.

    To draw values is to draw how many are of each kind, so the size of N costs nothing.
    """
    kinds, counts = np.unique(values, return_counts=True)
    draws = np.random.default_rng(0).multinomial(len(values), counts / len(values), size=N_RESAMPLES)
    low, high = np.quantile(draws @ kinds / len(values), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _blocks(losses: np.ndarray, n_blocks: int) -> tuple[np.ndarray, np.ndarray]:
    edges = np.linspace(0, len(losses), n_blocks + 1).astype(np.int64)
    return np.add.reduceat(losses, edges[:-1]), np.diff(edges)
