"""Writing text with any sequence model, token by token: the same walk for every family."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from quatrain.errors import ConfigError
from quatrain.generate._continuation import Continuation
from quatrain.generate._reading import Reading, Say, encode_prompts, evaluating, logprobs_of
from quatrain.generate.beam import beam_search
from quatrain.generate.config import SamplingConfig
from quatrain.generate.generation import FinishReason, Generation, Tokenizer
from quatrain.generate.rules import build_rules
from quatrain.models._base import SequenceModel


@torch.inference_mode()
def generate(
    model: SequenceModel,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    config: SamplingConfig,
    *,
    device: torch.device | str | None = None,
    say: Say | None = None,
) -> list[list[Generation]]:
    """Write `config.n` texts after each prompt; an empty prompt starts a new document.

    A prompt in a batch gets what it would get alone, drawn tokens included: they depend on the seed, the
    prompt and which of the n texts it is, not on the row. A model with a bound keeps of a longer prompt its
    last `max_seq_len - 1` tokens (at least one) and, each time its context is full, goes on from the last
    `max_seq_len // 2` (at least one).

    Args:
        device: where the model is; None looks at its weights.
        say: told, once each, that a prompt was shortened or that the context was full.
    Returns:
        For each prompt its texts; beam search gives them best first.
    Raises:
        DataError: a prompt has characters the tokenizer does not know.
        ShapeError: the tokenizer knows more tokens than the model.
        ConfigError: no_repeat_ngram leaves no token to go on with.
        QuatrainError: the model's logits are not numbers.
    """
    if not prompts:
        return []
    encoded = encode_prompts(model, tokenizer, prompts, say)
    with evaluating(model):
        reading = Reading(model, encoded, device=device, say=say)
        if config.beam_size > 1:
            return beam_search(reading, encoded, tokenizer, config)
        drafts = [[_Draft(tokenizer, prompt, config, i) for i in range(config.n)] for prompt in encoded]
        rows = torch.arange(len(prompts), device=reading.tokens.device).repeat_interleave(config.n)
        if config.n > 1:
            reading.select(rows)
        for _ in _write(reading, [draft for texts in drafts for draft in texts], config):
            pass
    return [
        [draft.generation(prompt, scores) for draft in texts]
        for texts, prompt, scores in zip(drafts, encoded, reading.prompt_logprobs, strict=True)
    ]


def stream(
    model: SequenceModel,
    tokenizer: Tokenizer,
    prompt: str,
    config: SamplingConfig,
    *,
    device: torch.device | str | None = None,
    say: Say | None = None,
) -> Iterator[str]:
    """The text `generate` would write, in pieces as they become certain.

    A piece never ends inside a character, and what may be the start of a stop string waits for the next token.
    The arguments and the errors are those of `generate`.

    Raises:
        ConfigError: more than one text is asked for, or a search, which knows its text only at the end.
    """
    for name, value in (("n", config.n), ("beam_size", config.beam_size)):
        if value > 1:
            raise ConfigError(
                f"{name}: one text can be streamed, and {name}={value} needs all of them first. Use generate."
            )
    return _stream(model, tokenizer, encode_prompts(model, tokenizer, [prompt], say), config, device, say)


@torch.inference_mode()
def _stream(
    model: SequenceModel,
    tokenizer: Tokenizer,
    prompts: list[list[int]],
    config: SamplingConfig,
    device: torch.device | str | None,
    say: Say | None,
) -> Iterator[str]:
    draft = _Draft(tokenizer, prompts[0], config, 0)
    with evaluating(model):
        for _ in _write(Reading(model, prompts, device=device, say=say), [draft], config):
            if piece := draft.continuation.take():
                yield piece


class _Draft:
    """One text being written."""

    def __init__(self, tokenizer: Tokenizer, prompt: Sequence[int], config: SamplingConfig, sample: int) -> None:
        self.continuation = Continuation(tokenizer, prompt, config.stop)
        self.finish_reason: FinishReason | None = None
        self._eos_id, self._max_new_tokens = tokenizer.eos_id, config.max_new_tokens
        generator = _generator(config.seed, prompt, sample)
        self._points = torch.rand(config.max_new_tokens, generator=generator, dtype=torch.float64).tolist()
        self._tokens: list[int] = []
        self._logprobs: list[float] = []

    @property
    def point(self) -> float:
        """Where in [0, 1) the next token is drawn: a number of this text's own."""
        return self._points[len(self._tokens)]

    def push(self, token: int, logprob: float) -> None:
        """Add the next token and see whether the text ends."""
        self._tokens.append(token)
        self._logprobs.append(logprob)
        if token == self._eos_id:
            self.finish_reason = "end"
        else:
            self.continuation.push(token)
            if self.continuation.is_stopped:
                self.finish_reason = "stop"
            elif len(self._tokens) == self._max_new_tokens:
                self.finish_reason = "length"
        if self.finish_reason is not None:
            self.continuation.close()

    def generation(self, prompt: Sequence[int], prompt_logprobs: tuple[float | None, ...]) -> Generation:
        return Generation(
            text=self.continuation.text,
            tokens=tuple(self._tokens),
            logprobs=tuple(self._logprobs),
            prompt_tokens=tuple(prompt),
            prompt_logprobs=prompt_logprobs,
            finish_reason=self.finish_reason or "length",
        )


def _generator(seed: int | None, prompt: Sequence[int], sample: int) -> torch.Generator:
    """Of its own for each text, and the same whatever else is in the batch."""
    if seed is None:
        seed = secrets.randbits(63)
    key = hashlib.blake2b(repr((seed, list(prompt), sample)).encode(), digest_size=7).digest()
    return torch.Generator().manual_seed(int.from_bytes(key, "big"))


def _write(reading: Reading, drafts: Sequence[_Draft], config: SamplingConfig) -> Iterator[None]:
    """Push one token to every unfinished draft, at each step, until all are finished."""
    rules = build_rules(config)
    for _ in range(config.max_new_tokens):
        logits = rules(reading.logits, reading.history)
        tokens = logits.argmax(-1) if config.temperature == 0 else _draw(logits, [draft.point for draft in drafts])
        logprobs = logprobs_of(reading.logits, tokens)
        for draft, token, logprob in zip(drafts, tokens.tolist(), logprobs.tolist(), strict=True):
            draft.push(token, logprob)
        yield
        unfinished = [row for row, draft in enumerate(drafts) if draft.finish_reason is None]
        if not unfinished:
            return
        if len(unfinished) < len(drafts):
            drafts = [drafts[row] for row in unfinished]
            rows = torch.tensor(unfinished, device=tokens.device)
            reading.select(rows)
            tokens = tokens[rows]
        reading.append(tokens)


def _draw(logits: Float[Tensor, "batch vocab"], points: Sequence[float]) -> Int[Tensor, " batch"]:
    """The token of each row whose share of [0, 1) holds the row's point.

    Summed in float64, so that tokens of tiny probability keep theirs, and on the CPU, which always has it.
    """
    shares = logits.cpu().softmax(-1).cumsum(-1, dtype=torch.float64)  # (B, V), rising to almost exactly 1
    total = shares[:, -1:]
    point = torch.tensor(points, dtype=torch.float64)[:, None] * total
    point = torch.minimum(point, torch.nextafter(total, torch.zeros_like(total)))
    return torch.searchsorted(shares, point, right=True).squeeze(1).to(logits.device)
