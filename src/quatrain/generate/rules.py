"""Rules that change the logits of the next token: pure functions of the logits and of what was written."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from quatrain.errors import ConfigError
from quatrain.generate.config import SamplingConfig

NEVER = float("-inf")
"""The logit of a token that may not come next."""


class History(NamedTuple):
    """What stands before the next token; rows are padded on the left."""

    tokens: Int[Tensor, "batch seq"]
    """Prompt and new tokens."""
    token_mask: Bool[Tensor, "batch seq"]
    """True where a token is real."""
    n_new: int
    """How many of the last columns are new tokens; the others are the prompt."""


Rule = Callable[[Float[Tensor, "batch vocab"], History], Float[Tensor, "batch vocab"]]


def build_rules(config: SamplingConfig) -> Rule:
    """One rule that applies all those the config asks for, in the order its docstring gives."""
    rules: list[Rule] = []
    if config.repetition_penalty != 1:
        rules.append(penalise_repetition(config.repetition_penalty))
    if config.presence_penalty or config.frequency_penalty:
        rules.append(penalise_presence(config.presence_penalty, config.frequency_penalty))
    if config.no_repeat_ngram is not None:
        rules.append(forbid_repeated_ngrams(config.no_repeat_ngram))
    if config.temperature not in (0, 1):
        rules.append(divide_by_temperature(config.temperature))
    if config.temperature > 0:  # the likeliest token survives every rule below
        if config.top_k is not None:
            rules.append(keep_top_k(config.top_k))
        if config.top_p is not None:
            rules.append(keep_top_p(config.top_p))
        if config.min_p is not None:
            rules.append(keep_min_p(config.min_p))

    def apply(logits: Tensor, history: History) -> Tensor:
        for rule in rules:
            logits = rule(logits, history)
        return logits

    return apply


def penalise_repetition(penalty: float) -> Rule:
    """Make every token seen so far less likely: positive logits are divided, negative ones multiplied.

    Keskar et al. 2019 (CTRL), section 4.1, https://arxiv.org/abs/1909.05858
    Differs from the paper, as transformers does: the paper divides negative logits too. The end-of-text
    token that starts a prompt counts as seen.
    """

    def rule(logits: Tensor, history: History) -> Tensor:
        seen = _counts(history.tokens, history.token_mask, logits) > 0
        return torch.where(seen, torch.where(logits < 0, logits * penalty, logits / penalty), logits)

    return rule


def penalise_presence(presence: float, frequency: float) -> Rule:
    """Take `presence + frequency * count` from the logit of every token of the new text; the prompt is free.

    OpenAI API reference, presence_penalty and frequency_penalty.
    """

    def rule(logits: Tensor, history: History) -> Tensor:
        first = history.tokens.shape[1] - history.n_new
        counts = _counts(history.tokens[:, first:], history.token_mask[:, first:], logits)
        return logits - frequency * counts - presence * (counts > 0)

    return rule


def forbid_repeated_ngrams(size: int) -> Rule:
    """Forbid every token that would complete a run of `size` tokens already seen, prompt included.

    Paulus et al. 2017, section 2.5 (there for size 3), https://arxiv.org/abs/1705.04304

    Raises:
        ConfigError: (by the rule) no token may come next.
    """

    def rule(logits: Tensor, history: History) -> Tensor:
        tokens, token_mask, _ = history
        if tokens.shape[1] < size:
            return logits
        ngrams = tokens.unfold(1, size, 1)  # (B, N, size)
        begun = tokens[:, tokens.shape[1] - size + 1 :]  # (B, size - 1)
        seen = (ngrams[..., :-1] == begun[:, None]).all(-1) & token_mask.unfold(1, size, 1).all(-1)  # (B, N)
        logits = logits.masked_fill(_counts(ngrams[..., -1], seen, logits) > 0, NEVER)
        if (logits == NEVER).all(-1).any():
            raise ConfigError(
                f"no_repeat_ngram: {size} leaves no token to go on with after {history.n_new} new tokens. "
                "Set a larger no_repeat_ngram or a smaller max_new_tokens."
            )
        return logits

    return rule


def divide_by_temperature(temperature: float) -> Rule:
    """Flatten (above 1) or sharpen (below 1) the distribution.

    Ackley, Hinton and Sejnowski 1985, https://doi.org/10.1207/s15516709cog0901_7
    """
    return lambda logits, _: logits / temperature


def keep_top_k(k: int) -> Rule:
    """Keep the k likeliest tokens, and those as likely as the last of them.

    Fan et al. 2018, section 5.4, https://arxiv.org/abs/1805.04833
    """

    def rule(logits: Tensor, _: History) -> Tensor:
        last = logits.topk(min(k, logits.shape[-1])).values[:, -1:]
        return logits.masked_fill(logits < last, NEVER)

    return rule


def keep_top_p(p: float) -> Rule:
    """Keep the fewest likeliest tokens whose probabilities sum to at least p.

    Holtzman et al. 2020, section 3.1, https://arxiv.org/abs/1904.09751
    """

    def rule(logits: Tensor, _: History) -> Tensor:
        ordered, order = logits.sort(dim=-1, descending=True)
        probabilities = ordered.softmax(-1)
        likelier = probabilities.cumsum(-1) - probabilities  # what the tokens before this one sum to
        return logits.masked_fill((likelier >= p).scatter(-1, order, likelier >= p), NEVER)

    return rule


def keep_min_p(p: float) -> Rule:
    """Keep the tokens at least p times as likely as the likeliest.

    Nguyen et al. 2024, section 3, https://arxiv.org/abs/2407.01082
    """

    def rule(logits: Tensor, _: History) -> Tensor:
        probabilities = logits.softmax(-1)
        return logits.masked_fill(probabilities < p * probabilities.amax(-1, keepdim=True), NEVER)

    return rule


def _counts(tokens: Tensor, counted: Tensor, like: Tensor) -> Tensor:
    """How often each token of the vocabulary stands in a row (B, V), where `counted` (B, N) is True."""
    return torch.zeros_like(like).scatter_add(1, tokens, counted.to(like.dtype))
