"""New tokens as text that may be shown: whole characters, and never the start of a stop string."""

from __future__ import annotations

from collections.abc import Sequence

from quatrain.generate.generation import Tokenizer

_CONTEXT = 8
"""Tokens before the new ones that are decoded with them, since spaces between words depend on both sides."""
_MAX_UNSETTLED = 32
"""Tokens decoded again with each new one; bounds the cost of a token."""
_BROKEN = "\ufffd"
"""What a tokenizer's decoder writes for bytes that are not (yet) a character."""


class Continuation:
    """The text that follows a prompt, token by token; prompt + text reads as one."""

    def __init__(self, tokenizer: Tokenizer, prompt: Sequence[int], stop: Sequence[str]) -> None:
        self._tokenizer = tokenizer
        self._stop = stop
        self._ids = _context(tokenizer, prompt)
        self._n_decoded = len(tokenizer.decode(self._ids))
        self._n_taken = 0
        self.text = ""
        """All whole characters so far, up to a stop string."""
        self.is_stopped = False
        """Whether a stop string was met."""
        self.is_closed = False

    def push(self, token: int) -> None:
        """Add one new token."""
        self._ids.append(token)
        decoded = self._tokenizer.decode(self._ids)
        n_whole = len(decoded.rstrip(_BROKEN))
        self._add(decoded[self._n_decoded : n_whole])
        self._n_decoded = max(self._n_decoded, n_whole)
        if len(self._ids) > _MAX_UNSETTLED and n_whole == len(decoded):
            self._ids = self._ids[-_CONTEXT:]
            self._n_decoded = len(self._tokenizer.decode(self._ids))

    def close(self) -> None:
        """No token follows: an unfinished character is shown as U+FFFD, a started stop string as it stands."""
        if not self.is_stopped:
            self._add(self._tokenizer.decode(self._ids)[self._n_decoded :])
        self.is_closed = True

    def take(self) -> str:
        """The text that became certain since the last call."""
        is_final = self.is_closed or self.is_stopped
        end = len(self.text) - (0 if is_final else started_stop(self.text, self._stop))
        piece = self.text[self._n_taken : end]
        self._n_taken = max(self._n_taken, end)
        return piece

    def _add(self, piece: str) -> None:
        self.text += piece
        longest = max(map(len, self._stop), default=0)
        cut = find_stop(self.text, self._stop, since=max(0, len(self.text) - len(piece) - longest))
        if cut is not None:
            self.text = self.text[:cut]
            self.is_stopped = True


def continued(tokenizer: Tokenizer, prompt: Sequence[int], tokens: Sequence[int]) -> str:
    """What `tokens` add to the text of a prompt."""
    context = _context(tokenizer, prompt)
    written = [token for token in tokens if token != tokenizer.eos_id]
    return tokenizer.decode([*context, *written])[len(tokenizer.decode(context)) :]


def _context(tokenizer: Tokenizer, prompt: Sequence[int]) -> list[int]:
    return [token for token in prompt[-_CONTEXT:] if token != tokenizer.eos_id]


def find_stop(text: str, stop: Sequence[str], since: int = 0) -> int | None:
    """Where the first stop string starts, looking from the character `since`; None where there is none."""
    found = [text.find(string, since) for string in stop]
    return min((start for start in found if start >= 0), default=None)


def started_stop(text: str, stop: Sequence[str]) -> int:
    """Characters at the end of a text that a stop string may start with."""
    longest = max(map(len, stop), default=1) - 1
    for length in range(min(longest, len(text)), 0, -1):
        if any(string.startswith(text[-length:]) for string in stop):
            return length
    return 0
