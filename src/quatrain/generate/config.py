"""How text is written: every setting of sampling and of beam search."""

from __future__ import annotations

from typing import Self

from pydantic import ConfigDict, model_validator

from quatrain.config import Config
from quatrain.errors import ConfigError


class SamplingConfig(Config):
    """How the next token is chosen and when to stop.

    The rules act in this order: repetition, presence and frequency penalties, no_repeat_ngram, temperature,
    top_k, top_p, min_p.
    """

    model_config = ConfigDict(strict=False)  # the command line gives every number as text

    max_new_tokens: int = 200
    """Most tokens to write; 0 only scores the prompt."""
    temperature: float = 1.0
    """Logits are divided by this before drawing; 0 always takes the likeliest token."""
    top_k: int | None = None
    """Draw among this many likeliest tokens."""
    top_p: float | None = None
    """Draw among the fewest likeliest tokens that together have this probability."""
    min_p: float | None = None
    """Draw among tokens at least this many times as likely as the likeliest."""
    repetition_penalty: float = 1.0
    """Above 1, tokens that stand in the prompt or the new text become less likely (as in CTRL)."""
    presence_penalty: float = 0.0
    """Taken from the logit of every token already in the new text (as in OpenAI's API)."""
    frequency_penalty: float = 0.0
    """Taken from the logit of a token once for each time it stands in the new text (as in OpenAI's API)."""
    no_repeat_ngram: int | None = None
    """No run of this many tokens is written twice, counting the prompt."""
    stop: tuple[str, ...] = ()
    """The text ends before the first of these strings."""
    n: int = 1
    """Texts for each prompt; with beam search, the n best."""
    seed: int | None = None
    """The same seed, prompt and model give the same text; null draws afresh."""
    beam_size: int = 1
    """Texts kept side by side to find the likeliest; 1 is no search."""
    length_penalty: float = 1.0
    """Beam search ranks by log-probability / (new tokens ** this), as transformers: higher favours longer."""

    @model_validator(mode="after")
    def _check_ranges(self) -> Self:
        need(self.max_new_tokens >= 0, "max_new_tokens", "0 or more", self.max_new_tokens)
        need(self.temperature >= 0, "temperature", "0 (always the likeliest token) or more", self.temperature)
        need(self.top_k is None or self.top_k >= 1, "top_k", "1 or more", self.top_k)
        need(self.top_p is None or 0 < self.top_p <= 1, "top_p", "above 0 and at most 1", self.top_p)
        need(self.min_p is None or 0 <= self.min_p <= 1, "min_p", "from 0 to 1", self.min_p)
        need(
            self.repetition_penalty > 0,
            "repetition_penalty",
            "above 0 (1 changes nothing)",
            self.repetition_penalty,
        )
        need(
            self.no_repeat_ngram is None or self.no_repeat_ngram >= 1,
            "no_repeat_ngram",
            "1 or more",
            self.no_repeat_ngram,
        )
        need(all(self.stop), "stop", "strings of at least one character", self.stop)
        need(self.n >= 1, "n", "1 or more", self.n)
        need(self.beam_size >= 1, "beam_size", "1 (no search) or more", self.beam_size)
        return self

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.beam_size == 1:
            if self.length_penalty != 1:
                raise ConfigError("length_penalty: only beam search ranks by length. Set beam_size above 1.")
            if self.temperature == 0 and self.n > 1:
                raise ConfigError(
                    f"n: temperature=0 writes the same text every time, so n={self.n} would be copies. "
                    f"Set temperature above 0, or beam_size={self.n} for the {self.n} best."
                )
            return self
        if self.n > self.beam_size:
            raise ConfigError(
                f"n: a search that keeps beam_size={self.beam_size} texts cannot return n={self.n}. "
                f"Set beam_size={self.n} or more."
            )
        drawing = {"top_k": self.top_k, "top_p": self.top_p, "min_p": self.min_p}
        given = [name for name, value in drawing.items() if value is not None]
        if self.temperature not in (0, 1):
            given.insert(0, "temperature")
        if given:
            raise ConfigError(
                f"{given[0]}: beam search draws nothing, so this has no effect on it. "
                f"Leave {given[0]} out, or set beam_size=1."
            )
        return self


def need(holds: bool, name: str, range_: str, value: object) -> None:
    """Raises ConfigError where a setting is out of its range."""
    if not holds:
        raise ConfigError(f"{name}: must be {range_}, got {value!r}.")
