"""Samples as coloured text: the less likely a token was, the stronger its colour."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from markupsafe import Markup, escape

from quatrain.report.folder import Draft, Token
from quatrain.report.pictures import Picture
from quatrain.report.text import visible

LEVELS = (0.9, 0.7, 0.5, 0.3, 0.1, 0.03)
"""Least probability of each colour, from the palest; the last colour is for all below."""
N_DRAFTS = 6
"""Most drafts shown of those drawn in training."""
STOP = Markup('<i class="stop"></i>')
"""Stands for the token that ends a text; the word is drawn by the style sheet, so that it is not copied."""


@dataclass(frozen=True)
class TokenRow:
    """One token of the table under a sample."""

    text: str
    probability: str
    nats: str


@dataclass(frozen=True)
class SampleView:
    """A sample as the page shows it."""

    texts: Sequence[tuple[str, Markup]]
    """(what it is, text) of each, in the order they are read."""
    rows: Sequence[TokenRow]
    """The tokens that the model wrote; empty where no token has a probability."""
    caption: str
    picture: Picture | None = None


@dataclass(frozen=True)
class Samples:
    """All of them, and what they are."""

    intro: str
    views: Sequence[SampleView]


def plain(text: str) -> Markup:
    """Text with every line end marked; the mark is drawn by the style sheet, so that it is not copied."""
    return Markup('<i class="end"></i>\n').join(escape(line) for line in visible(text).split("\n"))


def coloured(tokens: Sequence[Token], eos_token: str = "") -> Markup:
    """Tokens in the colours of their probabilities.

    Args:
        eos_token: the token that ends a text, shown by a mark.
    """
    return Markup("").join(_span(token, STOP if token.text == eos_token else plain(token.text)) for token in tokens)


def token_rows(tokens: Sequence[Token]) -> list[TokenRow]:
    """Tokens with their probabilities."""
    return [TokenRow(repr(token.text), *_measures(token)) for token in tokens]


def tokens_in_words(tokens: Sequence[Token]) -> str:
    """How many tokens there are, and how likely on average."""
    if not tokens:
        return "Without token probabilities."
    mean = -fmean(token.logprob for token in tokens)
    return f"{len(tokens)} token{'s' * (len(tokens) > 1)}, {mean:.2f} nats each on average."


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


def _span(token: Token, text: Markup) -> Markup:
    probability, nats = _measures(token)
    return Markup('<span class="p{}" tabindex="-1" data-p="p = {}, {} nats">{}</span>').format(
        _level(math.exp(min(token.logprob, 0.0))), probability, nats, text
    )


def _measures(token: Token) -> tuple[str, str]:
    probability = math.exp(min(token.logprob, 0.0))
    return f"{probability:.3g}" if probability >= 1e-3 else f"{probability:.0e}", f"{-token.logprob:.2f}"


def _level(probability: float) -> int:
    return sum(probability < floor for floor in LEVELS)
