"""Tell hidden tokens from all the others, and whether one text follows on another."""

from __future__ import annotations

import math
import operator
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import partial, reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from quatrain.data import MaskedBatch, MaskedData, MaskedPart
from quatrain.data.masked import SCORED_LEN
from quatrain.models import IGNORE, MaskedLM
from quatrain.training.baselines import Baseline
from quatrain.training.baselines.neighbours import Guesses, Neighbours, Unigram
from quatrain.training.evaluation import bootstrap
from quatrain.training.objectives._base import Objective, Say

if TYPE_CHECKING:
    from quatrain.training.config import TrainConfig


@dataclass(frozen=True)
class NextScore:
    """How well it is told whether one text follows on another."""

    accuracy: float
    interval: tuple[float, float]
    """95 % interval of the accuracy, by bootstrap over the pairs."""
    chance: float
    """The accuracy of always giving the answer that is right more often."""
    n_pairs: int

    @classmethod
    def of(cls, hits: np.ndarray, answers: np.ndarray) -> NextScore | None:
        """From what was right, pair by pair; None where there are no pairs."""
        if not len(hits):
            return None
        share = float(answers.mean())
        return cls(float(hits.mean()), bootstrap(hits, block=1), max(share, 1 - share), len(hits))


@dataclass(frozen=True)
class MaskedScore:
    """How well hidden tokens are told."""

    loss: float
    """Nats per hidden token."""
    perplexity: float
    """exp(loss)."""
    accuracy: float
    """Share of the hidden tokens of which the likeliest guess is right."""
    n_targets: int
    """Hidden tokens."""
    interval: tuple[float, float]
    """95 % interval of the loss, by block bootstrap over the text."""
    accuracy_interval: tuple[float, float]
    """95 % interval of the accuracy, likewise."""
    next_sentence: NextScore | None
    """None where it is not asked."""
    seconds: float

    @classmethod
    def of(cls, guesses: Guesses, next_sentence: NextScore | None, seconds: float) -> MaskedScore:
        """From what was guessed, token by token."""
        losses, hits = guesses
        loss = float(losses.mean())
        return cls(
            loss=loss,
            perplexity=math.exp(min(loss, 700.0)),
            accuracy=float(hits.mean()),
            n_targets=len(losses),
            interval=bootstrap(losses),
            accuracy_interval=bootstrap(hits),
            next_sentence=next_sentence,
            seconds=seconds,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        values = asdict(self)
        if self.next_sentence is None:
            values.pop("next_sentence")
        return values


class Masked(Objective):
    """Tell hidden tokens; the items are hidden tokens, their values nats.

    While training, the mean loss of pairs is added to that of tokens: Devlin et al. 2019, appendix A.2. Scores are of
    hidden tokens, all of them masked, with pairs beside.
    """

    def loss_sum(self, model: MaskedLM, batch: MaskedBatch) -> Tensor:
        """Nats summed over hidden tokens and over pairs, a pair counting as many tokens as there are for each."""
        return reduce(operator.add, self.loss_parts(model, batch).values())

    def loss_parts(self, model: MaskedLM, batch: MaskedBatch) -> dict[str, Tensor]:
        """Hidden tokens, and pairs: over the hidden tokens of a whole batch, `pair_loss` is nats per pair."""
        features = model.backbone(*batch.inputs)
        parts = {"loss": model.hidden_losses(features, batch.targets).sum()}
        if model.next_head is not None and batch.pair_weight:
            logits = model.next_head(features.vectors).float()
            pairs = F.cross_entropy(logits, batch.follows, ignore_index=IGNORE, reduction="sum")
            parts["pair_loss"] = batch.pair_weight * pairs
        return parts

    def validate(self, model: MaskedLM, part: MaskedPart, n_targets: int | None) -> MaskedScore:
        """On rows spread evenly over the part."""
        return score_masked(model, part, n_targets=n_targets)[0]

    def score(self, model: MaskedLM, part: MaskedPart) -> tuple[MaskedScore, np.ndarray]:
        """The whole part in rows of 128 tokens, the same ones hidden for every model."""
        return score_masked(model, part)

    def baselines(self, config: TrainConfig, data: MaskedData, say: Say) -> Iterable[Baseline]:
        """The neighbours, counted; and what the row is worth: the frequencies, told by one who does not see it."""
        context = scored_len(config.model)
        yield count_neighbours(data, context)
        unigram = Unigram(data.text.train, data.tokenizer.vocab_size)
        yield Baseline("without_row", "token frequencies", partial(_counted, unigram.guesses, context))

    def told(self, score: Mapping[str, Any]) -> str:
        """Nats of a hidden token."""
        return f"{score['loss']:.4f} nats per hidden token"

    def flops_per_target(self, model: MaskedLM, config: TrainConfig, data: MaskedData) -> float:
        """Over a row of training, of which a few positions are targets."""
        seq_len = config.train.seq_len
        n_hidden = max(seq_len * data.setting.hiding.fraction, 1.0)
        return 3 * (model.backbone.flops(seq_len) / n_hidden + model.head_flops)


def scored_len(model: Any) -> int:
    """Tokens of a row for scores: 128, or what a model, or the backbone of a config, reads where that is less."""
    bound = getattr(getattr(model, "backbone", model), "max_seq_len", None)
    return min(SCORED_LEN, bound or SCORED_LEN)


def score_masked(
    model: MaskedLM, part: MaskedPart, *, context: int | None = None, n_targets: int | None = None
) -> tuple[MaskedScore, np.ndarray]:
    """Tell the hidden tokens of a part.

    Args:
        context: tokens of a row; None: 128, or what the model reads where that is less.
        n_targets: about so many, in rows spread evenly; None: all of the part.

    Returns:
        The score, and the nats of each hidden token (n_targets,) float64 in the order of the text.

    Raises:
        DataError: a row holds no text, or there is none.
    """
    started = time.perf_counter()
    context = context or scored_len(model)
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            told = [_told(model, batch.to(device)) for batch in part.scored(context=context, n_targets=n_targets)]
    finally:
        model.train(was_training)
    losses, hits, next_hits, answers = (np.concatenate(values) for values in zip(*told, strict=True))
    guesses, pairs = Guesses(losses, hits), NextScore.of(next_hits, answers)
    return MaskedScore.of(guesses, pairs, time.perf_counter() - started), losses


def _told(model: MaskedLM, batch: MaskedBatch) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Nats and hits of hidden tokens; hits and answers of pairs, where these are asked."""
    features = model.backbone(*batch.inputs)
    vectors, targets = model.hidden(features, batch.targets)
    logits = model.head(vectors).float()
    losses = F.cross_entropy(logits, targets, reduction="none")
    hits = logits.argmax(dim=1) == targets
    is_pair = batch.follows != IGNORE
    if model.next_head is None:
        is_pair = torch.zeros_like(is_pair)
        guesses = batch.follows
    else:
        guesses = model.next_head(features.vectors).argmax(dim=1)
    answers = batch.follows[is_pair]
    values = (losses, hits, guesses[is_pair] == answers, answers)
    losses_, hits_, next_hits, answers_ = (value.double().cpu().numpy() for value in values)
    return losses_, hits_, next_hits, answers_


def count_neighbours(data: MaskedData, context: int) -> Baseline:
    """The neighbours of a training text, counted, to be scored in rows of `context` tokens."""
    framing = data.setting.framing
    counted = Neighbours(data.text.train, data.tokenizer.vocab_size, data.tokenizer.eos_id)

    def guess(batches: Iterable[MaskedBatch]) -> Guesses:
        return counted.guesses(batches, framing.mask_id, framing.special_ids)

    return Baseline("neighbours", "counted neighbours", partial(_counted, guess, context))


def _counted(
    guess: Callable[[Iterable[MaskedBatch]], Guesses], context: int, part: MaskedPart
) -> tuple[MaskedScore, np.ndarray]:
    started = time.perf_counter()
    guesses = guess(part.scored(context=context))
    return MaskedScore.of(guesses, None, time.perf_counter() - started), guesses.losses
