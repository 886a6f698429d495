"""What the tokens of a vocabulary tell of words and sentences, each by its own text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from quatrain.data.framing import Framing

__all__ = ["Lexicon"]

ENDS = frozenset(".!?…。！？")
"""What sentences end in; a newline ends one, too."""
CLOSERS = "\"'”’»)]"
"""What may stand after it."""
FAR = 8
"""Tokens before a place that are looked at to tell whether a sentence starts there."""


@dataclass(frozen=True)
class Lexicon:
    """Facts of each token of a vocabulary, (V,) each."""

    has_letter: Bool[np.ndarray, " vocab"]
    """It holds a letter or a digit."""
    ends_sentence: Bool[np.ndarray, " vocab"]
    """It ends in what sentences end in, or holds a newline."""
    goes_on: Bool[np.ndarray, " vocab"]
    """It goes on with a word, where one stands before it."""
    can_go_on: Bool[np.ndarray, " vocab"]
    """A word that it ends may go on in the next token."""
    plain: Int[np.ndarray, " plain"]
    """The tokens that stand for text."""

    @classmethod
    def of(cls, framing: Framing) -> Lexicon:
        """Read off a vocabulary."""
        tokenizer, special = framing.tokenizer, framing.special_ids
        tokens = range(tokenizer.vocab_size)
        texts = ["" if token in special else tokenizer.token_text(token) for token in tokens]
        is_byte = [text.startswith("<0x") for text in texts]
        if tokenizer.name == "wordpiece":
            goes_on, can_go_on = [text.startswith("##") for text in texts], [bool(text) for text in texts]
        elif tokenizer.name == "word":
            goes_on = can_go_on = [False for _ in texts]
        else:
            goes_on = [byte or text[:1].isalnum() for text, byte in zip(texts, is_byte, strict=True)]
            can_go_on = [byte or text[-1:].isalnum() for text, byte in zip(texts, is_byte, strict=True)]
        ends = [text.strip().rstrip(CLOSERS)[-1:] in ENDS or "\n" in text for text in texts]
        return cls(
            has_letter=np.array([any(map(str.isalnum, text)) for text in texts]),
            ends_sentence=np.array([end and bool(text) for text, end in zip(texts, ends, strict=True)])
            | np.isin(np.arange(len(texts)), [*special]),
            goes_on=np.array(goes_on),
            can_go_on=np.array(can_go_on),
            plain=np.array([token for token in tokens if token not in special]),
        )

    def word_starts(self, tokens: Int[np.ndarray, " seq"]) -> Bool[np.ndarray, " seq"]:
        """Where a word begins, punctuation being words, too."""
        goes_on = self.goes_on[tokens].copy()
        goes_on[1:] &= self.can_go_on[tokens[:-1]]
        goes_on[:1] = False
        return ~goes_on

    def sentence_starts(self, tokens: Int[np.ndarray, " seq"]) -> Bool[np.ndarray, " seq"]:
        """Where a sentence begins: at the first letter or digit after the end of one, quotes and dashes passed over."""
        places = np.arange(len(tokens))
        last_end = np.maximum.accumulate(np.where(self.ends_sentence[tokens], places, -1))
        is_word = self.has_letter[tokens]
        last_word = np.maximum.accumulate(np.where(is_word, places, -1))
        before_end, before_word = (np.concatenate([[-1], last[:-1]]) for last in (last_end, last_word))
        return is_word & (before_end >= 0) & (before_end >= before_word)
