"""Which tokens of a row are hidden, and what stands there instead."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Int

__all__ = ["choose_tokens", "choose_words", "cover"]

MASKED, SWAPPED = 0.8, 0.9
"""Of what is hidden, so much is masked, and up to here swapped for any token; the rest stays as it is."""


def n_hidden(n_tokens: int, fraction: float) -> int:
    """How many of some tokens are hidden: at least one."""
    return max(1, round(fraction * n_tokens))


def choose_tokens(
    is_text: Bool[np.ndarray, " seq"], fraction: float, generator: np.random.Generator
) -> Int[np.ndarray, " hidden"]:
    """Places hidden of a row, any of its text alike: Devlin et al. 2019, section 3.1, task 1."""
    places = np.flatnonzero(is_text)
    return np.sort(generator.permutation(places)[: n_hidden(len(places), fraction)])


def choose_words(
    is_text: Bool[np.ndarray, " seq"],
    starts: Bool[np.ndarray, " seq"],
    fraction: float,
    generator: np.random.Generator,
) -> Int[np.ndarray, " hidden"]:
    """Places hidden of a row, words whole: whichever come first in a random order and fit into the share.

    Args:
        is_text: False where tokens of the frame and padding stand.
        starts: where words begin.
    """
    places = np.flatnonzero(is_text)
    words = np.split(places, np.flatnonzero(starts[places])[1:])
    room, taken = n_hidden(len(places), fraction), list[np.ndarray]()
    order = generator.permutation(len(words))
    for index in order:
        if len(words[index]) <= room:
            taken.append(words[index])
            room -= len(words[index])
        if not room:
            break
    return np.sort(np.concatenate(taken or [words[order[0]]]))


def cover(
    tokens: Int[np.ndarray, " hidden"],
    mask_id: int,
    plain: Int[np.ndarray, " plain"],
    generator: np.random.Generator,
) -> Int[np.ndarray, " hidden"]:
    """What stands in place of hidden tokens: 80 % the mask, 10 % a token of the vocabulary, 10 % the token itself.

    Devlin et al. 2019, appendix A.1: so that a model cannot tell which of the tokens it sees are true.

    Args:
        plain: the tokens that stand for text.
    """
    draws, others = generator.random(len(tokens)), generator.choice(plain, len(tokens))
    return np.where(draws < MASKED, mask_id, np.where(draws < SWAPPED, others, tokens))
