"""Texts being written token by token, each drawn by points of its own."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from quatrain.generate._continuation import Continuation
from quatrain.generate._reading import Reading, logprobs_of, need_numbers
from quatrain.generate.config import SamplingConfig
from quatrain.generate.generation import FinishReason, Tokenizer
from quatrain.generate.rules import build_rules


class Draft:
    """One text being written.

    Args:
        prompt: what it goes on from.
        sample: which of the texts drawn after it this is.
        about: what, with the seed and `sample`, settles the draws; None: the prompt.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        prompt: Sequence[int],
        config: SamplingConfig,
        sample: int,
        about: Sequence[int] | None = None,
    ) -> None:
        self.continuation = Continuation(tokenizer, prompt, config.stop)
        self.finish_reason: FinishReason | None = None
        self.tokens: list[int] = []
        self.logprobs: list[float] = []
        """Of each token, in nats: the model's own, before the rules."""
        self._eos_id, self._max_new_tokens = tokenizer.eos_id, config.max_new_tokens
        generator = _generator(config.seed, prompt if about is None else about, sample)
        self._points = torch.rand(config.max_new_tokens, generator=generator, dtype=torch.float64).tolist()

    @property
    def point(self) -> float:
        """Where in [0, 1) the next token is drawn: a number of this text's own."""
        return self._points[len(self.tokens)]

    def push(self, token: int, logprob: float) -> None:
        """Add the next token and see whether the text ends."""
        self.tokens.append(token)
        self.logprobs.append(logprob)
        if token == self._eos_id:
            self.finish_reason = "end"
        else:
            self.continuation.push(token)
            if self.continuation.is_stopped:
                self.finish_reason = "stop"
            elif len(self.tokens) == self._max_new_tokens:
                self.finish_reason = "length"
        if self.finish_reason is not None:
            self.continuation.close()


def write(reading: Reading, drafts: Sequence[Draft], config: SamplingConfig) -> Iterator[None]:
    """Push one token to every unfinished draft, at each step, until all are finished."""
    rules = build_rules(config)
    for _ in range(config.max_new_tokens):
        need_numbers(reading.logits)
        logits = rules(reading.logits, reading.history)
        tokens = logits.argmax(-1) if config.temperature == 0 else _draw(logits, [draft.point for draft in drafts])
        logprobs = logprobs_of(reading.logits, tokens)
        for draft, token, logprob in zip(drafts, tokens.tolist(), logprobs.tolist(), strict=True):
            draft.push(token, logprob)
        yield
        unfinished = [row for row, draft in enumerate(drafts) if draft.finish_reason is None]
        if not unfinished:
            return
        drafts = [drafts[row] for row in unfinished]
        rows = torch.tensor(unfinished, device=tokens.device)
        reading.append(tokens[rows], rows=rows)


def _draw(logits: Float[Tensor, "batch vocab"], points: Sequence[float]) -> Int[Tensor, " batch"]:
    """The token of each row whose share of [0, 1) holds the row's point.

    Summed in float64, so that tokens of tiny probability keep theirs, and on the CPU, which always has it.
    """
    shares = logits.cpu().softmax(-1).cumsum(-1, dtype=torch.float64)  # (B, V), rising to almost exactly 1
    total = shares[:, -1:]
    point = torch.tensor(points, dtype=torch.float64)[:, None] * total
    point = torch.minimum(point, torch.nextafter(total, torch.zeros_like(total)))
    return torch.searchsorted(shares, point, right=True).squeeze(1).to(logits.device)


def _generator(seed: int | None, about: Sequence[int], sample: int) -> torch.Generator:
    """Of its own for each text, and the same whatever else is in the batch."""
    if seed is None:
        seed = secrets.randbits(63)
    key = hashlib.blake2b(repr((seed, list(about), sample)).encode(), digest_size=7).digest()
    return torch.Generator().manual_seed(int.from_bytes(key, "big"))
