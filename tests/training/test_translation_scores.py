"""BLEU and chrF are sacrebleu's, over the whole and over every band of lengths."""

from __future__ import annotations

import random

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF

from quatrain.training.scores.translations import bands, score_texts

WORDS = ["ein", "der", "Hund", "Mann", "Ball", "Straße", "läuft", "spielt,", "rot", "blau", "über", "und", ".", "!"]


def corpus(n: int, seed: int = 0) -> tuple[list[str], list[str], list[str]]:
    """Translations that are partly right, their references, and sources of 2 to 45 words."""
    draw = random.Random(seed)
    hypotheses, references, sources = [], [], []
    for _ in range(n):
        reference = draw.choices(WORDS, k=draw.randint(4, 15))
        kept = [word if draw.random() < 0.8 else draw.choice(WORDS) for word in reference]
        hypotheses.append(" ".join(kept).capitalize())
        references.append(" ".join(reference))
        sources.append(" ".join(["w"] * draw.randint(2, 45)))
    return hypotheses, references, sources


@pytest.mark.parametrize("lowercase", [False, True])
def test_scores_are_those_of_sacrebleu(lowercase: bool) -> None:
    hypotheses, references, sources = corpus(120)
    ours = score_texts(hypotheses, references, sources, lowercase=lowercase)
    bleu, chrf = BLEU(lowercase=lowercase), CHRF(lowercase=lowercase)
    assert ours.bleu == pytest.approx(bleu.corpus_score(hypotheses, [references]).score, abs=1e-12)
    assert ours.chrf == pytest.approx(chrf.corpus_score(hypotheses, [references]).score, abs=1e-12)
    assert ours.signature == str(bleu.get_signature())
    assert ours.chrf_signature == str(chrf.get_signature())


def test_every_band_is_scored_as_a_corpus_of_its_own() -> None:
    hypotheses, references, sources = corpus(150)
    ours = score_texts(hypotheses, references, sources)
    assert sum(band.n_sentences for band in ours.by_length) == 150
    for band in ours.by_length:
        rows = [i for i, source in enumerate(sources) if band.words[0] <= len(source.split()) <= band.words[1]]
        assert len(rows) == band.n_sentences
        some = [hypotheses[i] for i in rows], [[references[i] for i in rows]]
        assert band.bleu == pytest.approx(BLEU().corpus_score(*some).score, abs=1e-12)
        assert band.chrf == pytest.approx(CHRF().corpus_score(*some).score, abs=1e-12)


def test_the_interval_is_about_that_of_sacrebleus_own_bootstrap() -> None:
    hypotheses, references, sources = corpus(300)
    low, high = score_texts(hypotheses, references, sources).bleu_interval
    theirs = BLEU().corpus_score(hypotheses, [references], n_bootstrap=1000)
    assert (low + high) / 2 == pytest.approx(theirs._mean, abs=0.5)  # 1,000 draws of other numbers
    assert (high - low) / 2 == pytest.approx(theirs._ci, rel=0.2)


def test_only_equal_texts_are_exact() -> None:
    scores = score_texts(["a b", "a b", "A b"], ["a b", "a  b", "a b"], ["s"] * 3)
    assert scores.exact == pytest.approx(1 / 3)


def test_bands_hold_every_row_once_and_small_ones_join_a_neighbour() -> None:
    n_words = np.array([3] * 12 + [8] * 4 + [18] * 30 + [70] * 2)
    found = bands(n_words)
    assert sorted(np.concatenate(found)) == list(range(48))
    assert [len(rows) for rows in found] == [16, 32]
    assert [len(rows) for rows in bands(np.array([1, 2, 90]))] == [3]
