"""How good translations are: BLEU and chrF as sacrebleu counts them, with intervals, and by length of the source."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from quatrain.errors import MissingExtra
from quatrain.training.evaluation import N_RESAMPLES

LENGTH_BANDS = (5, 10, 15, 20, 30, 40, 60)
"""Words of a source up to which it belongs to a band; a last band takes the longer ones."""
FEWEST_IN_BAND = 10
"""Sentences below which a band joins the one before it."""


@dataclass(frozen=True)
class Band:
    """Translations of sources of about one length."""

    words: tuple[int, int]
    """Shortest and longest source, in words."""
    n_sentences: int
    bleu: float
    chrf: float


@dataclass(frozen=True)
class TextScores:
    """How near translations come to their references."""

    bleu: float
    """Papineni et al. 2002, over the corpus, 0 to 100."""
    bleu_interval: tuple[float, float]
    """95 %, by bootstrap over sentences (Koehn 2004)."""
    chrf: float
    """Popović 2015: character n-grams, 0 to 100."""
    chrf_interval: tuple[float, float]
    """95 %, by bootstrap over sentences."""
    exact: float
    """Share of translations equal to their reference."""
    signature: str
    """What sacrebleu needs to be told to count BLEU the same."""
    chrf_signature: str
    n_sentences: int
    by_length: tuple[Band, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


def score_texts(
    hypotheses: Sequence[str], references: Sequence[str], sources: Sequence[str], *, lowercase: bool = False
) -> TextScores:
    """Score translations against one reference each: detokenised text as it is, tokenised by sacrebleu (13a).

    Args:
        lowercase: compare in lower case, to set the score beside those published so.

    Raises:
        MissingExtra: sacrebleu is not installed.
    """
    bleu, chrf = _metrics(lowercase)
    counts = {metric: _counts(metric, hypotheses, references) for metric in (bleu, chrf)}
    draws = np.random.default_rng(0).integers(0, len(references), size=(N_RESAMPLES // 2, len(references)))
    intervals = {metric: _interval(metric, counts[metric], draws) for metric in counts}
    everything = np.arange(len(references))
    n_words = np.array([len(source.split()) for source in sources])
    return TextScores(
        bleu=_score(bleu, counts[bleu], everything),
        bleu_interval=intervals[bleu],
        chrf=_score(chrf, counts[chrf], everything),
        chrf_interval=intervals[chrf],
        exact=float(np.mean([ours == theirs for ours, theirs in zip(hypotheses, references, strict=True)])),
        signature=str(_signed(bleu, hypotheses, references)),
        chrf_signature=str(_signed(chrf, hypotheses, references)),
        n_sentences=len(references),
        by_length=tuple(
            Band(
                (int(n_words[rows].min()), int(n_words[rows].max())),
                len(rows),
                _score(bleu, counts[bleu], rows),
                _score(chrf, counts[chrf], rows),
            )
            for rows in bands(n_words)
        ),
    )


def need_sacrebleu() -> None:
    """Find out early that translations could not be scored.

    Raises:
        MissingExtra: sacrebleu is not installed.
    """
    _metrics(False)


def bands(n_words: np.ndarray) -> list[np.ndarray]:
    """The rows of each band of lengths, shortest first; none has fewer than ten rows unless it is the only one."""
    number = np.searchsorted(LENGTH_BANDS, n_words)
    found: list[np.ndarray] = []
    for band in range(len(LENGTH_BANDS) + 1):
        rows = np.flatnonzero(number == band)
        if found and (len(rows) < FEWEST_IN_BAND or len(found[-1]) < FEWEST_IN_BAND):
            found[-1] = np.concatenate([found[-1], rows])
        elif len(rows):
            found.append(rows)
    return found


@functools.cache
def _metrics(lowercase: bool) -> tuple[Any, Any]:
    try:
        from sacrebleu.metrics import BLEU, CHRF
    except ImportError:
        raise MissingExtra(
            "Translations are scored by sacrebleu, which is not installed: pip install 'quatrain[translate]'"
        ) from None
    return BLEU(lowercase=lowercase), CHRF(lowercase=lowercase)


def _counts(metric: Any, hypotheses: Sequence[str], references: Sequence[str]) -> np.ndarray:
    """(N, counts): what each sentence adds to the score of a corpus."""
    return np.array(metric._extract_corpus_statistics(list(hypotheses), [list(references)]), dtype=np.float64)


def _score(metric: Any, counts: np.ndarray, rows: np.ndarray) -> float:
    return float(metric._compute_score_from_stats(counts[rows].sum(axis=0).astype(np.int64).tolist()).score)


def _interval(metric: Any, counts: np.ndarray, draws: np.ndarray) -> tuple[float, float]:
    scores = [_score(metric, counts, rows) for rows in draws]
    low, high = np.quantile(scores, (0.025, 0.975))
    return float(low), float(high)


def _signed(metric: Any, hypotheses: Sequence[str], references: Sequence[str]) -> Any:
    metric.corpus_score(list(hypotheses[:1]), [list(references[:1])])  # a signature knows how many references there are
    return metric.get_signature()
