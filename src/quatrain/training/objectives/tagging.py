"""Tell a tag for each word."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor

from quatrain.data import ExampleBatch, TaggedData, TaggedPart
from quatrain.data.tagged import bio
from quatrain.data.tagged.spans import OUTSIDE
from quatrain.models import Tagger
from quatrain.training.baselines import Baseline
from quatrain.training.baselines.taggers import DictionaryTagger, has_scikit_learn, logistic_tagger
from quatrain.training.evaluation import Quality, bootstrap_items
from quatrain.training.objectives._base import Objective, Say
from quatrain.training.scores.entities import EntityScores, score_entities

if TYPE_CHECKING:
    from quatrain.training.config import TrainConfig

MOST_COUNTED = 500_000
"""Words of training up to which logistic regression is fitted beside a tagger: it takes seconds."""


@dataclass(frozen=True)
class TaggingScore:
    """How well words are tagged, and entities found."""

    entities: EntityScores
    loss: float
    """Nats per word: -log p(tags of a sentence), over its words."""
    n_targets: int
    """Words."""
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            **self.entities.to_dict(),
            "loss": self.loss,
            "n_targets": self.n_targets,
            "seconds": self.seconds,
        }


class TaggedWords(NamedTuple):
    """A sentence with what a model says of it."""

    tags: list[str]
    """As BIO; O for a word of which the tokenizer makes nothing."""
    probabilities: list[float]
    """Of these tags, each word by itself."""


class Tag(Objective):
    """Tell a tag for each word; the items are sentences, their values the linear part of F1 (`score_entities`)."""

    headline: ClassVar[str] = "f1"
    higher_is_better: ClassVar[bool] = True
    unit: ClassVar[str] = "word"
    passes: ClassVar[float] = 1.0

    def loss_sum(self, model: Tagger, batch: ExampleBatch) -> Tensor:
        """Nats summed over the sentences."""
        return model.losses(model(*batch.inputs), batch.targets).sum()

    def fault(self, quality: Quality) -> float:
        """1 - F1; of equal ones the lower loss decides."""
        assert isinstance(quality, TaggingScore)
        return 1 - quality.entities.f1 + 1e-6 * quality.loss / (1 + quality.loss)

    def validate(self, model: Tagger, part: TaggedPart, n_targets: int | None) -> TaggingScore:
        """On sentences spread evenly over the part."""
        n, n_words = len(part.sentences), part.n_targets
        some = n if n_targets is None else min(-(-n_targets * n // max(n_words, 1)), n)
        rows = np.unique(np.linspace(0, n - 1, some).round().astype(np.int64))
        return _score(model, part.some(rows))[0]

    def score(self, model: Tagger, part: TaggedPart) -> tuple[TaggingScore, np.ndarray]:
        """Every word once."""
        return _score(model, part)

    def interval(self, values: np.ndarray, part: Any) -> tuple[float, float]:
        """By bootstrap over the sentences, each by itself."""
        return bootstrap_items(values)

    def baselines(self, config: TrainConfig, data: TaggedData, say: Say) -> Iterable[Baseline]:
        """A dictionary of the entities of training; logistic regression where that is small and scikit-learn there."""
        dictionary = DictionaryTagger(data.train.sentences)
        yield Baseline(
            "dictionary",
            dictionary.name,
            lambda part: _entities([dictionary.tag(sentence.words) for sentence in part.sentences], part),
        )
        if data.train.n_targets > MOST_COUNTED:
            return
        if not has_scikit_learn():
            say("no logistic regression stands beside it: that needs pip install 'quatrain[classify]'")
            return
        tag = logistic_tagger(data.train)
        name = "logistic regression on each word, its neighbours and their looks"
        yield Baseline("logistic_regression", name, lambda part: _entities(tag(part), part))

    def told(self, score: Mapping[str, Any]) -> str:
        """F1 of entities."""
        return f"F1 {100 * score['f1']:.1f}"

    def flops_per_target(self, model: Tagger, config: TrainConfig, data: TaggedData) -> float:
        """Over a sentence of mean length."""
        length = data.train.mean_length
        return 3 * model.flops(length) / length


def tagged(model: Tagger, part: TaggedPart) -> tuple[list[TaggedWords], float, int]:
    """Every sentence with its tags; and the nats of all words whose tags are known, and how many they are.

    Words in which two windows of a long sentence overlap are tagged once, and their nats count twice.
    """
    told = [TaggedWords([OUTSIDE] * len(s.words), [1.0] * len(s.words)) for s in part.sentences]
    loss_sum, n_targets = 0.0, 0
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            for windows, firsts, batch in part.in_order(model.backbone.max_seq_len):
                moved = batch.to(device)
                scores = model(*moved.inputs)
                loss_sum += float(model.losses(scores, moved.targets).sum())
                n_targets += batch.n_targets
                best, probabilities, _ = model.tag(scores, firsts.to(device))
                chosen = probabilities.gather(2, best[..., None])[..., 0].tolist()
                for window, tags, sure in zip(windows, best.tolist(), chosen, strict=True):
                    window.fill(told[window.sentence].tags, [part.tags[tag] for tag in tags])
                    window.fill(told[window.sentence].probabilities, sure)
    finally:
        model.train(was_training)
    return [TaggedWords(bio(tags), sure) for tags, sure in told], loss_sum, n_targets


def _score(model: Tagger, part: TaggedPart) -> tuple[TaggingScore, np.ndarray]:
    started = time.perf_counter()
    told, loss_sum, n_targets = tagged(model, part)
    scores, values = _entities([one.tags for one in told], part)
    seconds = time.perf_counter() - started
    return TaggingScore(scores, loss_sum / max(n_targets, 1), part.n_targets, seconds), values


def _entities(tags: list[list[str]], part: TaggedPart) -> tuple[EntityScores, np.ndarray]:
    sentences = part.sentences
    return score_entities(tags, [s.tags for s in sentences], [s.words for s in sentences], part.seen)
