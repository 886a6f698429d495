"""How well entities are found: precision, recall and F1 of whole entities, as seqeval counts them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from quatrain.data.tagged import Entity, entities
from quatrain.training.evaluation import N_RESAMPLES

__all__ = ["EntityScores", "TypeScore", "f1_of", "score_entities"]

NOTHING = ""
"""Stands in the confusion for no entity."""
Tags = Sequence[Sequence[str]]
Found = list[tuple[set[Entity], set[Entity]]]
"""Of each sentence, the entities that were found, and those that are there."""


@dataclass(frozen=True)
class TypeScore:
    """How well the entities of one type are found."""

    precision: float
    recall: float
    f1: float
    n_entities: int
    """In the data."""
    n_found: int
    """By the model, right or wrong."""


@dataclass(frozen=True)
class EntityScores:
    """How well entities are found; one is right where its first word, its last word and its type are."""

    f1: float
    """2 right / (found + in the data), over all types together (micro)."""
    interval: tuple[float, float]
    """95 % interval of F1, by bootstrap over the sentences."""
    precision: float
    """Share of those found that are right."""
    recall: float
    """Share of those in the data that are found."""
    by_type: dict[str, TypeScore]
    confusion: dict[str, dict[str, int]]
    """`confusion[true][told]`: entities of exactly the same words; the empty name stands for none."""
    recall_seen: float | None
    """Of the entities that stand in training, too, whatever their case; None where there are none."""
    recall_unseen: float | None
    """Of the others; None where there are none, or training is not known."""
    n_entities: int
    n_unseen: int
    n_sentences: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**asdict(self), "interval": list(self.interval)}


def score_entities(
    told: Tags, true: Tags, words: Tags, seen: frozenset[str] = frozenset()
) -> tuple[EntityScores, Float[np.ndarray, " n"]]:
    """All scores of some tags.

    Args:
        told: what a model says of each sentence, as BIO.
        true: the tags of the data.
        words: of each sentence.
        seen: entities of the training part, in lower case; empty where they are not known.

    Returns:
        The scores, and a value for each sentence. F1 is a ratio of sums; the values are its linear part around what
        was measured (the delta method: Cochran 1977, section 2.11), so their mean is F1, and intervals and paired
        differences of their means hold for F1.
    """
    found: Found = [({*entities(ours)}, {*entities(theirs)}) for ours, theirs in zip(told, true, strict=True)]
    counts = np.array([[len(a & b), len(a), len(b)] for a, b in found], np.int64).reshape(-1, 3)
    n_right, n_found, n_there = counts.sum(axis=0).tolist()
    f1 = float(f1_of(counts.sum(axis=0)))
    is_right: dict[bool, list[bool]] = {True: [], False: []} if seen else {}
    for is_seen, right in _known(found, words, seen) if seen else ():
        is_right[is_seen].append(right)
    scores = EntityScores(
        f1=f1,
        interval=_bootstrap(counts),
        precision=_share(n_right, n_found),
        recall=_share(n_right, n_there),
        by_type=_by_type(found),
        confusion=_confusion(found),
        recall_seen=_mean(is_right.get(True)),
        recall_unseen=_mean(is_right.get(False)),
        n_entities=n_there,
        n_unseen=len(is_right.get(False, ())),
        n_sentences=len(counts),
    )
    return scores, _linear(counts, f1)


def f1_of(counts: Int[np.ndarray, "*draws three"]) -> Float[np.ndarray, "*draws"]:
    """F1 of right, found, in the data; 0 where there is nothing at all, as seqeval has it."""
    either = np.asarray(counts[..., 1] + counts[..., 2])
    return np.divide(2.0 * counts[..., 0], either, out=np.zeros(either.shape), where=either > 0)


def _linear(counts: Int[np.ndarray, "n three"], f1: float) -> Float[np.ndarray, " n"]:
    either = counts[:, 1] + counts[:, 2]
    return f1 + (2.0 * counts[:, 0] - f1 * either) / max(float(either.mean()) if len(either) else 0.0, 1e-12)


def _bootstrap(counts: Int[np.ndarray, "n three"], level: float = 0.95) -> tuple[float, float]:
    """Percentiles of F1 of as many sentences drawn again; to draw them is to draw how many are of each kind."""
    if not len(counts):
        return 0.0, 0.0
    kinds, n_of_kind = np.unique(counts, axis=0, return_counts=True)
    n = len(counts)
    times = np.random.default_rng(0).multinomial(n, n_of_kind / n, size=N_RESAMPLES)
    low, high = np.quantile(f1_of(times @ kinds), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _known(found: Found, words: Tags, seen: frozenset[str]) -> Iterator[tuple[bool, bool]]:
    """Of each entity in the data, whether training has it, and whether it is found."""
    for (ours, theirs), sentence in zip(found, words, strict=True):
        for entity in theirs:
            yield " ".join(sentence[entity.start : entity.stop]).lower() in seen, entity in ours


def _by_type(found: Found) -> dict[str, TypeScore]:
    right, told, true = (Counter[str]() for _ in range(3))
    for ours, theirs in found:
        right.update(entity.type for entity in ours & theirs)
        told.update(entity.type for entity in ours)
        true.update(entity.type for entity in theirs)
    return {
        name: TypeScore(
            precision=_share(right[name], told[name]),
            recall=_share(right[name], true[name]),
            f1=_share(2 * right[name], told[name] + true[name]),
            n_entities=true[name],
            n_found=told[name],
        )
        for name in sorted({*told, *true})
    }


def _confusion(found: Found) -> dict[str, dict[str, int]]:
    pairs: Counter[tuple[str, str]] = Counter()
    for ours, theirs in found:
        told = {(entity.start, entity.stop): entity.type for entity in ours}
        true = {(entity.start, entity.stop): entity.type for entity in theirs}
        pairs.update((true.get(place, NOTHING), told.get(place, NOTHING)) for place in {*told, *true})
    table: dict[str, dict[str, int]] = defaultdict(dict)
    for (true_type, told_type), n in sorted(pairs.items()):
        table[true_type][told_type] = n
    return dict(table)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _mean(values: list[bool] | None) -> float | None:
    return sum(values) / len(values) if values else None
