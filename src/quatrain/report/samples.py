"""Samples as coloured text: the less likely a token was, the stronger its colour."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from markupsafe import Markup, escape

from quatrain.report.folder import Draft, Sample, Token
from quatrain.report.text import visible

LEVELS = (0.9, 0.7, 0.5, 0.3, 0.1, 0.03)
"""Least probability of each colour, from the palest; the last colour is for all below."""
N_DRAFTS = 6
"""Most drafts shown of those drawn in training."""


@dataclass(frozen=True)
class Row:
    """One token of the table under a sample."""

    text: str
    probability: str
    nats: str


@dataclass(frozen=True)
class SampleView:
    """A sample as the page shows it."""

    prompt: Markup
    text: Markup
    rows: list[Row]
    mean: str
    """Mean nats per generated token; empty where no token has a probability."""


def view_sample(sample: Sample) -> SampleView:
    """Colour a sample; one without token probabilities is shown plain."""
    if not sample.tokens:
        return SampleView(_plain(sample.prompt), _plain(sample.text.removeprefix(sample.prompt)), [], "")
    return SampleView(
        prompt=_plain(sample.prompt),
        text=Markup("").join(_span(token) for token in sample.tokens),
        rows=[Row(repr(token.text), *_measures(token)) for token in sample.tokens],
        mean=f"{-fmean(token.logprob for token in sample.tokens):.2f}",
    )


def legend() -> list[tuple[str, str]]:
    """(class, words) of every colour, from the palest."""
    bounds = [f"{low:g} to {high:g}" for high, low in pairwise(LEVELS)]
    words = [f"{LEVELS[0]:g} or more", *bounds, f"below {LEVELS[-1]:g}"]
    return [(f"p{level}", word) for level, word in enumerate(words)]


def choose_drafts(drafts: list[Draft]) -> list[Draft]:
    """A few drafts spread over the run, the first and the last among them."""
    if len(drafts) <= N_DRAFTS:
        return drafts
    return [drafts[round(place * (len(drafts) - 1) / (N_DRAFTS - 1))] for place in range(N_DRAFTS)]


def _span(token: Token) -> Markup:
    probability, nats = _measures(token)
    return Markup('<span class="p{}" tabindex="-1" data-p="p = {}, {} nats">{}</span>').format(
        _level(math.exp(min(token.logprob, 0.0))), probability, nats, _plain(token.text)
    )


def _measures(token: Token) -> tuple[str, str]:
    probability = math.exp(min(token.logprob, 0.0))
    return f"{probability:.3g}" if probability >= 1e-3 else f"{probability:.0e}", f"{-token.logprob:.2f}"


def _level(probability: float) -> int:
    return sum(probability < floor for floor in LEVELS)


def _plain(text: str) -> Markup:
    """Text with every line end marked; the mark is drawn by the style sheet, so that it is not copied."""
    return Markup('<i class="end"></i>\n').join(escape(line) for line in visible(text).split("\n"))
