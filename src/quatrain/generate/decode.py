"""Writing text with any sequence model, token by token: the same walk for every family."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from quatrain.errors import ConfigError
from quatrain.generate._draft import Draft, write
from quatrain.generate._reading import Reading, Say, encode_prompts, evaluating
from quatrain.generate.beam import beam_search
from quatrain.generate.config import SamplingConfig
from quatrain.generate.generation import Generation, Tokenizer
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
        drafts = [[Draft(tokenizer, prompt, config, i) for i in range(config.n)] for prompt in encoded]
        rows = torch.arange(len(prompts), device=reading.tokens.device).repeat_interleave(config.n)
        if config.n > 1:
            reading.select(rows)
        for _ in write(reading, [draft for texts in drafts for draft in texts], config):
            pass
    return [
        [_generation(draft, prompt, scores) for draft in texts]
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
    draft = Draft(tokenizer, prompts[0], config, 0)
    with evaluating(model):
        for _ in write(Reading(model, prompts, device=device, say=say), [draft], config):
            if piece := draft.continuation.take():
                yield piece


def _generation(draft: Draft, prompt: Sequence[int], prompt_logprobs: tuple[float | None, ...]) -> Generation:
    return Generation(
        text=draft.continuation.text,
        tokens=tuple(draft.tokens),
        logprobs=tuple(draft.logprobs),
        prompt_tokens=tuple(prompt),
        prompt_logprobs=prompt_logprobs,
        finish_reason=draft.finish_reason or "length",
    )
