"""What generation takes and gives: a tokenizer, and a text with what the model thought of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

FinishReason = Literal["stop", "length", "end"]
"""Why a text ended: a stop string, max_new_tokens, or the model's end-of-text token."""


@runtime_checkable
class Tokenizer(Protocol):
    """What generation needs of a tokenizer."""

    @property
    def eos_id(self) -> int:
        """The end-of-text token: it starts a document and ends it."""

    @property
    def vocab_size(self) -> int:
        """Tokens known."""

    def encode(self, text: str) -> Sequence[int]:
        """Ids of a text; nothing is added.

        Raises:
            DataError: the text has characters the tokenizer does not know.
        """

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids; bytes that are not UTF-8 become U+FFFD."""


@dataclass(frozen=True)
class Generation:
    """One text written after a prompt.

    Log-probabilities are in nats and the model's own: before temperature, penalties and every other rule.
    """

    text: str
    """What follows the prompt, up to a stop string and without the end-of-text token."""
    tokens: tuple[int, ...]
    """New tokens as chosen, with the end-of-text token or the stop string's where that ended the text."""
    logprobs: tuple[float, ...]
    """Log-probability of each new token."""
    prompt_tokens: tuple[int, ...]
    """The prompt as the model read it: the end-of-text token and its own tokens, or the last that fit."""
    prompt_logprobs: tuple[float | None, ...]
    """Log-probability of each prompt token given those before it; None for the first."""
    finish_reason: FinishReason
    """Why the text ended."""
    score: float | None = None
    """What beam search ranks by: log-probability after the rules / (new tokens ** length_penalty)."""
