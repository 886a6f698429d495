"""What a masked language model thinks of the places that are hidden in a text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from quatrain.data.framing import MASKS, Framing
from quatrain.errors import DataError
from quatrain.models import MaskedLM

__all__ = ["Filled", "Guess", "HiddenText", "fill", "hide"]

MARK = re.compile("|".join(map(re.escape, MASKS)))
MARK_OF_WORDS = re.compile(rf"\s*(?:{MARK.pattern})")
"""The same with the white space before it: tokens that are words, or their pieces, bring their own."""


@dataclass(frozen=True)
class HiddenText:
    """A framed text of which some places are hidden."""

    tokens: tuple[int, ...]
    """As they are shown to the model, frame included."""
    places: tuple[int, ...]
    """Where tokens are hidden."""
    answers: tuple[int, ...] | None = None
    """The tokens that stood there; None: nobody knows."""


@dataclass(frozen=True)
class Guess:
    """One token that may stand in a hidden place."""

    text: str
    probability: float

    def __str__(self) -> str:
        return f"{self.text.strip() or repr(self.text)} {self.probability:.1%}"


@dataclass(frozen=True)
class Filled:
    """A text with its hidden places filled."""

    prompt: str
    """The text as it was shown."""
    text: str
    """With the likeliest token in every place."""
    places: tuple[tuple[Guess, ...], ...]
    """For each place the likeliest tokens, best first."""
    error: str | None = None
    """Why it could not be filled."""

    @property
    def failed(self) -> bool:
        """Whether it could not be."""
        return self.error is not None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        places = [[vars(guess) for guess in guesses] for guesses in self.places]
        return {"prompt": self.prompt, "text": self.text, "places": places, "error": self.error}

    def __str__(self) -> str:
        if self.error is not None:
            return self.error
        told = [", ".join(map(str, place)) for place in self.places]
        return "\n".join([self.text, *(f"    {number}: {line}" for number, line in enumerate(told, 1))])


def hide(framing: Framing, text: str, max_seq_len: int | None) -> HiddenText:
    """A text in its frame, with a token that hides in place of every [MASK] or <mask>.

    Raises:
        DataError: it hides nothing, is longer than the model reads, or has a character the tokenizer does not know.
    """
    tokenizer, around = framing.tokenizer, framing.around
    mark = MARK if tokenizer.name in ("char", "byte") else MARK_OF_WORDS
    pieces = [ids.tolist() for ids in tokenizer.encode_many(mark.split(text))]
    if len(pieces) == 1:
        mask = tokenizer.token_text(framing.mask_id)
        raise DataError(f"nothing is hidden in {text[:60]!r}: write {mask} where a token is to be told.")
    tokens = [*around.before.tolist(), *pieces[0]]
    for piece in pieces[1:]:
        tokens += [framing.mask_id, *piece]
    tokens += around.after.tolist()
    if max_seq_len is not None and len(tokens) > max_seq_len:
        raise DataError(f"{text[:60]!r}... has {len(tokens):,} tokens, and the model reads {max_seq_len:,}. Cut it.")
    return HiddenText(tuple(tokens), tuple(i for i, token in enumerate(tokens) if token == framing.mask_id))


def fill(model: MaskedLM, framing: Framing, hidden: HiddenText, best: int) -> Filled:
    """The likeliest tokens of each hidden place; those of frames are never among them.

    Args:
        best: how many for each place.
    """
    device = next(model.parameters()).device
    with torch.inference_mode():
        features = model.backbone(torch.tensor([hidden.tokens], device=device))
        logits = model.head(features.vectors[0, list(hidden.places)]).float().cpu()  # (N, V)
        logits = logits[:, : framing.tokenizer.vocab_size]  # tables from elsewhere have rows that no token has
        logits[:, sorted(framing.special_ids)] = -torch.inf
    found = logits.softmax(dim=1).topk(min(best, logits.shape[1] - len(framing.special_ids)))
    filled = list(hidden.tokens)
    for place, token in zip(hidden.places, found.indices[:, 0].tolist(), strict=True):
        filled[place] = token
    places = tuple(_guesses(framing, *place) for place in zip(found.indices, found.values, strict=True))
    return Filled(_text(framing, hidden.tokens), _text(framing, filled), places)


def _guesses(framing: Framing, tokens: Tensor, probabilities: Tensor) -> tuple[Guess, ...]:
    texts = map(framing.tokenizer.token_text, tokens.tolist())
    return tuple(Guess(text, value) for text, value in zip(texts, probabilities.tolist(), strict=True))


def _text(framing: Framing, tokens: Sequence[int]) -> str:
    """Without its frame; what hides is shown."""
    frame = framing.special_ids - {framing.mask_id}
    return framing.tokenizer.decode([token for token in tokens if token not in frame])
