"""Texts as an encoder reads them: one or two in a frame of special tokens, such as [CLS] a [SEP] b [SEP]."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import tokenizers
from jaxtyping import Int
from tokenizers import processors

from quatrain.data._kinds import MASK, PAD
from quatrain.data.tokenizers import Tokenizer
from quatrain.errors import DataError

__all__ = ["Frame", "Framed", "Framing"]

MASKS = (MASK, "<mask>")
PADS = (PAD, "<pad>")
"""What these tokens are called in the vocabularies of others."""


class Framed(NamedTuple):
    """A framed example."""

    tokens: Int[np.ndarray, " seq"]
    segments: Int[np.ndarray, " seq"]
    """0 for the first text, 1 for the second."""
    words: Int[np.ndarray, " seq"]
    """Which word of its text each token is of, from 0; -1 for tokens of the frame."""
    is_cut: bool
    """Whether the texts were longer than there was room for, and lost their ends."""


class Frame(NamedTuple):
    """The tokens that stand around texts, for streams of ids that are framed one by one."""

    before: Int[np.ndarray, " n"]
    """Before the first text."""
    between: Int[np.ndarray, " n"]
    """Between the first and the second."""
    after_pair: Int[np.ndarray, " n"]
    """After the second."""
    after: Int[np.ndarray, " n"]
    """After a text that stands alone."""
    segments: Int[np.ndarray, " five"]
    """Of what stands before, the first text, what stands between, the second text, and what stands after it."""


class Framing:
    """Frames texts for an encoder.

    A tokenizer without a frame of its own, such as a GPT's, starts a text with its end of text and puts another
    between two.

    Args:
        tokenizer: one with a frame, ours (`TokenizerConfig.framed`) or that of a BERT, or any other.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self._backend = tokenizer.backend
        if self._backend.num_special_tokens_to_add(False) == 0:
            self._backend = tokenizers.Tokenizer.from_str(self._backend.to_str())
            self._backend.encode_special_tokens = True
            end = tokenizer.eos_token
            self._backend.post_processor = processors.TemplateProcessing(
                single=f"{end}:0 $A:0", pair=f"{end}:0 $A:0 {end}:0 $B:1", special_tokens=[(end, tokenizer.eos_id)]
            )

    @property
    def mask_id(self) -> int:
        """The token that hides another.

        Raises:
            DataError: the vocabulary has none.
        """
        found = self._first(MASKS)
        if found is None:
            raise DataError(
                f"this tokenizer has no token that hides others ({' or '.join(MASKS)}), so nothing can be masked with "
                "it. Learn a vocabulary that has: leave out data.tokenizer.path."
            )
        return found

    @property
    def pad_id(self) -> int:
        """The token that fills rows up; the end of text where there is none of its own."""
        found = self._first(PADS)
        return self.tokenizer.eos_id if found is None else found

    @property
    def special_ids(self) -> frozenset[int]:
        """Tokens that stand for no text."""
        added = self._backend.get_added_tokens_decoder()
        return frozenset(token for token, entry in added.items() if entry.special)

    @cached_property
    def around(self) -> Frame:
        """What stands around one text, and around two."""
        texts = (self.tokenizer.decode([token]) for token in range(self.tokenizer.vocab_size))
        text = next(text for text in texts if text.strip())
        (alone,), (pair,) = self.frame([text]), self.frame([text], [text])
        first, end, second, last = np.flatnonzero(np.diff(pair.words >= 0, prepend=False, append=False)).tolist()
        tokens, segments = pair.tokens.astype(np.int64), pair.segments.astype(np.int64)
        return Frame(
            before=tokens[:first],
            between=tokens[end:second],
            after_pair=tokens[last:],
            after=alone.tokens[end:].astype(np.int64),
            segments=segments[np.array([0, first, end, second, len(tokens) - 1])],
        )

    def n_added(self, *, is_pair: bool) -> int:
        """Tokens of the frame."""
        return int(self._backend.num_special_tokens_to_add(is_pair))

    def frame(
        self, texts: Sequence[str], seconds: Sequence[str] | None = None, max_seq_len: int | None = None
    ) -> list[Framed]:
        """Texts, or pairs of them, in their frame.

        Args:
            seconds: the second text of each example; None: there is none.
            max_seq_len: most tokens, the frame included: of the longer text the end is cut, until both fit.
        Raises:
            DataError: a character the tokenizer does not know, or half of a surrogate pair.
        """
        sides = [self._encodings(texts)] + ([] if seconds is None else [self._encodings(seconds)])
        return [self._framed(encodings, max_seq_len) for encodings in zip(*sides, strict=True)]

    def frame_words(self, texts: Iterable[Sequence[str]], max_seq_len: int | None = None) -> Iterator[Framed]:
        """Texts that are cut into words already; `Framed.words` says which tokens are of which."""
        for encoding in self._backend.encode_batch(
            [list(words) for words in texts], is_pretokenized=True, add_special_tokens=False
        ):
            yield self._framed((encoding,), max_seq_len)

    def _encodings(self, texts: Sequence[str]) -> list[tokenizers.Encoding]:
        if self.tokenizer.name == "char":
            self.tokenizer.encode_many(texts)  # refuses what it does not know, by name
        else:
            for text in texts:
                self.tokenizer.refuse_half_pairs(text)
        return self._backend.encode_batch(list(texts), add_special_tokens=False)

    def _framed(self, encodings: Sequence[tokenizers.Encoding], max_seq_len: int | None) -> Framed:
        lengths = [len(encoding) for encoding in encodings]
        is_cut = False
        if max_seq_len is not None:
            room = max(max_seq_len - self.n_added(is_pair=len(encodings) == 2), 0)
            kept = cut_longest(lengths, room)
            is_cut = kept != lengths
            for encoding, length in zip(encodings, kept, strict=True):
                encoding.truncate(length)
        whole = self._backend.post_process(encodings[0], encodings[1] if len(encodings) == 2 else None)
        words = [-1 if word is None else word for word in whole.word_ids]
        return Framed(
            np.array(whole.ids, self.tokenizer.dtype),
            np.array(whole.type_ids, np.int8),
            np.array(words, np.int32),
            is_cut,
        )

    def _first(self, entries: Iterable[str]) -> int | None:
        return next((found for entry in entries if (found := self._backend.token_to_id(entry)) is not None), None)


def cut_longest(lengths: Sequence[int], room: int) -> list[int]:
    """What is kept of one or two texts: the longer loses tokens until all fit (Devlin et al.'s longest first).

    Example:
        >>> cut_longest([10, 3], 8)
        [5, 3]
    """
    kept = list(lengths)
    excess = sum(kept) - room
    if excess <= 0:
        return kept
    if len(kept) == 1:
        return [room]
    longer = int(kept[1] > kept[0])
    alone = min(excess, kept[longer] - kept[1 - longer])
    kept[longer] -= alone
    excess -= alone
    return [kept[0] - excess // 2, kept[1] - (excess - excess // 2)]
