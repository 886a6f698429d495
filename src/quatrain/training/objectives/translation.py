"""Write a target from its source, word by word."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from quatrain.data.pairs import PairBatch, PairData, Pairs
from quatrain.generate import TranslationConfig, Untranslatable, translate_texts
from quatrain.models import IGNORE, ConditionalModel
from quatrain.training.baselines import Baseline, translation_memory
from quatrain.training.baselines.ngram import count_ngram
from quatrain.training.evaluation import bootstrap
from quatrain.training.objectives._base import Objective, Say
from quatrain.training.scores.translations import TextScores, need_sacrebleu, score_texts

if TYPE_CHECKING:
    from quatrain.training.config import TrainConfig

BATCH_TOKENS = 8192
"""Tokens of the longer side scored at once, padding included."""


@dataclass(frozen=True)
class PairScore:
    """How well targets are predicted, the true past given (teacher forcing)."""

    loss: float
    """Nats per target token."""
    n_targets: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return dict(vars(self))


@dataclass(frozen=True)
class TranslationScore:
    """How well targets are predicted, and how good the translations are that a search finds."""

    loss: float
    """Nats per target token, the true past given."""
    perplexity: float
    """exp(loss)."""
    n_targets: int
    interval: tuple[float, float]
    """95 % interval of the loss, by block bootstrap over the targets."""
    texts: TextScores
    decoding: TranslationConfig
    """How translations were searched for."""
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "loss": self.loss,
            "perplexity": self.perplexity,
            "n_targets": self.n_targets,
            "interval": list(self.interval),
            **self.texts.to_dict(),
            "decoding": self.decoding.to_dict(),
            "seconds": self.seconds,
        }


class Translate(Objective):
    """Write the target from the source; the items are target tokens, their values nats."""

    headline: ClassVar[str] = "bleu"
    higher_is_better: ClassVar[bool] = True
    verb: ClassVar[str] = "translate"
    passes: ClassVar[float] = 8.0

    def require(self) -> None:
        """sacrebleu, for the scores at the end.

        Raises:
            MissingExtra: it is not installed.
        """
        need_sacrebleu()

    def loss_sum(self, model: ConditionalModel, batch: PairBatch) -> Tensor:
        """Nats summed over the targets, smoothed if the head smooths them."""
        return model.token_losses(batch.src, batch.tgt, batch.targets, batch.src_mask).sum()

    def validate(self, model: ConditionalModel, part: Pairs, n_targets: int | None) -> PairScore:
        """On pairs spread evenly over the part."""
        started = time.perf_counter()
        n = len(part) if n_targets is None else min(math.ceil(n_targets / part.n_targets * len(part)), len(part))
        rows = np.linspace(0, len(part) - 1, n).round().astype(np.int64)
        losses = np.concatenate([values for _, values in row_losses(model, part, rows)])
        return PairScore(float(losses.mean()), len(losses), time.perf_counter() - started)

    def score(self, model: ConditionalModel, part: Pairs) -> tuple[TranslationScore, np.ndarray]:
        """Every target with its true past, then every source translated with the default search."""
        return score_pairs(model, part, TranslationConfig())

    def baselines(self, config: TrainConfig, data: PairData, say: Say) -> Iterable[Baseline]:
        """A translation memory; and what the source is worth: an n-gram of the targets, which does not see it."""

        def recall(part: Pairs) -> tuple[TextScores, None]:
            hypotheses = translation_memory.recall(data.train, part)
            return score_texts(hypotheses, part.tgt_texts, part.src_texts), None

        yield Baseline("memory", translation_memory.NAME, recall)
        if config.baseline_order != 0:
            ngram = count_ngram(data.tokenizer, data.train.target, config.baseline_order)
            yield Baseline("without_source", ngram.name, lambda part: ngram.score(part.target))

    def told(self, score: Mapping[str, Any]) -> str:
        """BLEU and chrF; of what does not translate, the loss."""
        if "bleu" not in score:
            return super().told(score)
        return f"BLEU {score['bleu']:.1f}, chrF {score['chrf']:.1f}"

    def flops_per_target(self, model: ConditionalModel, config: TrainConfig, data: PairData) -> float:
        """Over a pair of mean lengths."""
        src_len, seq_len = data.train.mean_lengths
        return 3 * model.flops(seq_len, src_len) / seq_len


def score_pairs(
    model: ConditionalModel, part: Pairs, decoding: TranslationConfig, *, lowercase: bool = False
) -> tuple[TranslationScore, np.ndarray]:
    """Predict every target with its true past, and translate every source.

    Returns:
        The score, and the nats of each target (n_targets,) float64 in the order of the part.
    """
    started = time.perf_counter()
    losses = np.empty(part.n_targets)
    starts = part.target.document_starts
    for row, values in row_losses(model, part, np.arange(len(part))):
        losses[starts[row] : starts[row] + len(values)] = values
    found = translate_texts(model, part.src_tokenizer, part.tokenizer, part.src_texts, decoding)
    hypotheses = ["" if isinstance(answer, Untranslatable) else answer[0].text for answer in found]
    score = TranslationScore(
        loss=float(losses.mean()),
        perplexity=math.exp(min(float(losses.mean()), 700.0)),
        n_targets=len(losses),
        interval=bootstrap(losses),
        texts=score_texts(hypotheses, part.tgt_texts, part.src_texts, lowercase=lowercase),
        decoding=decoding,
        seconds=time.perf_counter() - started,
    )
    return score, losses


def row_losses(model: ConditionalModel, part: Pairs, rows: np.ndarray) -> Iterable[tuple[int, np.ndarray]]:
    """Nats of the targets of each of some pairs, about equally long ones together.

    Of a side longer than the model accepts, what is beyond is not read; targets beyond cost ln(vocab_size), as they
    cost one who knows nothing.
    """
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            for chosen, batch in part.in_order(BATCH_TOKENS, rows):
                losses = _losses(model, batch.to(device))
                scored = (batch.targets != IGNORE).numpy()
                yield from ((int(row), losses[i][scored[i]]) for i, row in enumerate(chosen))
    finally:
        model.train(was_training)


def _losses(model: ConditionalModel, batch: PairBatch) -> np.ndarray:
    """(B, T) float64."""
    src, tgt = slice(model.max_src_len), slice(model.max_seq_len)
    near = model.token_losses(batch.src[:, src], batch.tgt[:, tgt], batch.targets[:, tgt], batch.src_mask[:, src])
    losses = np.full(batch.targets.shape, math.log(model.vocab_size))
    losses[:, tgt] = near.double().cpu().numpy()
    return losses
