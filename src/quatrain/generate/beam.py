"""Beam search: several texts side by side, to find the likeliest; all beams of all prompts in the same tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from quatrain.generate._continuation import continued, find_stop
from quatrain.generate._reading import Reading, need_numbers
from quatrain.generate.config import SamplingConfig
from quatrain.generate.coverage import Coverage
from quatrain.generate.generation import FinishReason, Generation, Tokenizer
from quatrain.generate.ranking import LengthPenalty, power
from quatrain.generate.rules import NEVER, Rule, build_rules
from quatrain.ops.largest import largest
from quatrain.ops.state import select_rows

Stops = Callable[[int, list[int]], bool]
"""The number of a prompt and new tokens after it, to whether the text ends with them."""

REASONS: tuple[FinishReason, ...] = ("end", "length", "stop")
"""Why a text ended, by the number that stands for it in tensors."""


class Found(NamedTuple):
    """A text that a search found."""

    tokens: tuple[int, ...]
    logprobs: tuple[float, ...]
    """The model's own of each token, in nats."""
    score: float
    """What it is ranked by."""
    finish_reason: FinishReason


@torch.inference_mode()
def search(
    reading: Reading,
    *,
    beam_size: int,
    eos_id: int,
    max_new_tokens: Int[Tensor, " prompts"],
    penalty: LengthPenalty,
    rule: Rule | None = None,
    stops: Stops | None = None,
    coverage: Coverage | None = None,
) -> list[list[Found]]:
    """The best texts found for each prompt, best first: beam_size of them, or as many as exist.

    Graves 2012, section 2.5, https://arxiv.org/abs/1211.3711
    Which texts are found follows transformers with early_stopping=False. Of the 2 * beam_size likeliest
    continuations, those that end are kept if among the first beam_size, and the likeliest others go on. The
    rule acts on log-probabilities, and what it leaves is summed as it is. A search is over when beam_size
    texts are kept and the likeliest unfinished one, ranked at its present length and as if it had read all of its
    source, is no better than the worst; its beams then leave the batch.

    Args:
        reading: has read the prompts, one in each row, and is used up by the search.
        eos_id: the token that ends a text.
        max_new_tokens: where each prompt's texts end at the latest, from 1.
        penalty: what log-probabilities are divided by.
        rule: changes log-probabilities before they are compared; None: as they are.
        stops: further ends of texts; asked for every candidate, one by one.
        coverage: knows what the rows have read of their sources, and ranks texts that end by it, too.
    """
    n_prompts = len(reading.tokens)
    found: list[list[Found]] = [[] for _ in range(n_prompts)]
    beams = _Beams.of(reading, max_new_tokens)
    ended = _Ended.none(n_prompts, beam_size, like=beams.scores)
    while len(beams.prompts):
        length = reading.n_new + 1
        next_ = _candidates(reading, beams, rule, 2 * beam_size)
        reasons = _ends(next_, beams, reading, eos_id, stops)
        ranks = next_.scores / penalty(length)
        if coverage is not None:
            ranks = ranks + coverage.penalty()[next_.rows]
        ended = _kept(ended, next_, reasons, ranks, beams, reading, beam_size)
        beams, parents, tokens, is_over = _going_on(beams, next_, reasons, beam_size)
        is_over |= beams.scores[:, 0] / penalty(length) <= ended.scores[:, -1]
        if bool(is_over.any()):
            ended.write(found, beams.prompts, is_over)
            beams, ended, parents, tokens = select_rows((beams, ended, parents, tokens), (~is_over).nonzero()[:, 0])
        if len(beams.prompts):
            if coverage is not None:
                coverage.select(parents.flatten())
            reading.append(tokens.flatten(), rows=parents.flatten())
    return found


class _Beams(NamedTuple):
    """The texts that go on, of each prompt whose search does; likeliest first."""

    prompts: Int[Tensor, " prompts"]
    """Which prompt."""
    max_length: Int[Tensor, " prompts"]
    scores: Float[Tensor, "prompts beams"]
    """Log-probability in nats after the rule; of copies that cannot win and fill up where fewer exist: NEVER."""
    logprobs: Float[Tensor, "prompts beams length"]
    """Of each token."""

    @classmethod
    def of(cls, reading: Reading, max_length: Tensor) -> _Beams:
        """One beam a prompt, with nothing written."""
        n = len(reading.tokens)
        scores = reading.logits.new_zeros(n, 1)
        return cls(torch.arange(n, device=scores.device), max_length, scores, scores.new_zeros(n, 1, 0))


class _Next(NamedTuple):
    """The likeliest continuations of each prompt's beams, likeliest first."""

    scores: Float[Tensor, "prompts next"]
    """NEVER where there is none."""
    tokens: Int[Tensor, "prompts next"]
    logprobs: Float[Tensor, "prompts next"]
    """The model's own, of the last token."""
    parents: Int[Tensor, "prompts next"]
    """Which beam of the prompt each continues."""
    rows: Int[Tensor, "prompts next"]
    """The row in which that was read."""


class _Ended(NamedTuple):
    """The best texts that go no further, of each prompt whose search goes on; best first."""

    scores: Float[Tensor, "prompts kept"]
    """By which they are ranked; NEVER where there is none."""
    reasons: Int[Tensor, "prompts kept"]
    """Index into REASONS."""
    lengths: Int[Tensor, "prompts kept"]
    tokens: Int[Tensor, "prompts kept length"]
    logprobs: Float[Tensor, "prompts kept length"]

    @classmethod
    def none(cls, n_prompts: int, n_kept: int, like: Tensor) -> _Ended:
        """Nothing has ended."""
        nothing = torch.zeros(n_prompts, n_kept, dtype=torch.long, device=like.device)
        return cls(
            like.new_full((n_prompts, n_kept), NEVER), nothing, nothing, nothing[..., None][..., :0],
            like.new_zeros(n_prompts, n_kept, 0),
        )  # fmt: skip

    def write(self, found: list[list[Found]], prompts: Tensor, is_over: Bool[Tensor, " prompts"]) -> None:
        """Hand over the texts of the searches that are over."""
        of = select_rows((prompts, *self), is_over.nonzero()[:, 0])
        for prompt, *texts in zip(*(part.tolist() for part in of), strict=True):
            for score, reason, length, tokens, logprobs in zip(*texts, strict=True):
                if length:
                    text = Found(tuple(tokens[:length]), tuple(logprobs[:length]), score, REASONS[reason])
                    found[prompt].append(text)


def _candidates(reading: Reading, beams: _Beams, rule: Rule | None, n: int) -> _Next:
    n_prompts, n_beams = beams.scores.shape
    logprobs = reading.logits.log_softmax(-1)  # (P * beams, V)
    ranked = logprobs if rule is None else rule(logprobs, reading.history)
    vocab_size = ranked.shape[1]
    scores, places = largest(ranked.unflatten(0, (n_prompts, n_beams)), min(n, n_beams * vocab_size), beams.scores)
    need_numbers(scores)
    parents, tokens = places // vocab_size, places % vocab_size  # (P, n)
    rows = parents + n_beams * torch.arange(n_prompts, device=places.device)[:, None]
    return _Next(scores, tokens, logprobs[rows, tokens], parents, rows)


def _ends(
    next_: _Next, beams: _Beams, reading: Reading, eos_id: int, stops: Stops | None
) -> Int[Tensor, "prompts next"]:
    """Why each continuation ends, by its number in REASONS; -1 where it goes on, or is none."""
    is_last = (beams.max_length == reading.n_new + 1)[:, None]
    reasons = torch.where(is_last, REASONS.index("length"), -1).expand_as(next_.tokens)
    if stops is not None:
        texts = torch.cat([reading.new_tokens[next_.rows], next_.tokens[..., None]], dim=-1).tolist()
        stopped = [
            [stops(prompt, text) for text in of] for prompt, of in zip(beams.prompts.tolist(), texts, strict=True)
        ]
        reasons = torch.where(torch.tensor(stopped, device=reasons.device), REASONS.index("stop"), reasons)
    reasons = torch.where(next_.tokens == eos_id, REASONS.index("end"), reasons)
    return torch.where(next_.scores > NEVER, reasons, -1)


def _kept(
    ended: _Ended, next_: _Next, reasons: Tensor, ranks: Tensor, beams: _Beams, reading: Reading, beam_size: int
) -> _Ended:
    """The best of the texts that ended before and those among the first continuations that do now."""
    next_ = _Next(*(part[:, :beam_size] for part in next_))
    reasons, ranks = reasons[:, :beam_size], ranks[:, :beam_size]
    if not bool((reasons >= 0).any()):
        return ended
    before = beams.logprobs.take_along_dim(next_.parents[..., None], dim=1)
    new = _Ended(
        torch.where(reasons >= 0, ranks, NEVER),
        reasons,
        torch.where(reasons >= 0, reading.n_new + 1, 0),
        torch.cat([reading.new_tokens[next_.rows], next_.tokens[..., None]], dim=-1),
        torch.cat([before, next_.logprobs[..., None]], dim=-1),
    )
    missing = new.tokens.shape[-1] - ended.tokens.shape[-1]
    longer = ended._replace(
        tokens=F.pad(ended.tokens, (0, missing)),
        logprobs=F.pad(ended.logprobs, (0, missing)),
    )
    every = _Ended(*(torch.cat(parts, dim=1) for parts in zip(longer, new, strict=True)))
    order = every.scores.sort(dim=1, descending=True, stable=True).indices[:, : ended.scores.shape[1]]
    return _Ended(*(part.take_along_dim(_beside(order, part), dim=1) for part in every))


def _going_on(
    beams: _Beams, next_: _Next, reasons: Tensor, beam_size: int
) -> tuple[_Beams, Tensor, Tensor, Bool[Tensor, " prompts"]]:
    """The likeliest continuations that do not end, as beams; their rows; their tokens; where there is none."""
    is_going = (reasons < 0) & (next_.scores > NEVER)
    order = is_going.long().argsort(dim=1, descending=True, stable=True)[:, :beam_size]  # (P, beams)
    order = F.pad(order, (0, beam_size - order.shape[1]))
    n_going = is_going.sum(dim=1, keepdim=True)
    is_real = torch.arange(beam_size, device=order.device) < n_going
    order = torch.where(is_real, order, order[:, :1])
    scores, tokens, logprobs, parents, rows = (part.gather(1, order) for part in next_)
    before = beams.logprobs.take_along_dim(parents[..., None], dim=1)
    beams = beams._replace(
        scores=torch.where(is_real, scores, NEVER), logprobs=torch.cat([before, logprobs[..., None]], dim=-1)
    )
    return beams, rows, tokens, n_going[:, 0] == 0


def _beside(order: Tensor, part: Tensor) -> Tensor:
    return order.reshape(*order.shape, *[1] * (part.ndim - 2))


def beam_search(
    reading: Reading, prompts: Sequence[Sequence[int]], tokenizer: Tokenizer, config: SamplingConfig
) -> list[list[Generation]]:
    """The `config.n` best texts that `search` finds after each prompt, best first; fewer where fewer exist.

    Args:
        reading: has read the prompts, one in each row, and is used up by the search.
    """

    def stops(prompt: int, tokens: list[int]) -> bool:
        return find_stop(continued(tokenizer, prompts[prompt], tokens), config.stop) is not None

    if config.max_new_tokens == 0:
        found = [[Found((), (), 0.0, "length")] for _ in prompts]
    else:
        found = search(
            reading,
            beam_size=config.beam_size,
            eos_id=tokenizer.eos_id,
            max_new_tokens=reading.tokens.new_full((len(prompts),), config.max_new_tokens),
            penalty=power(config.length_penalty),
            rule=build_rules(config),
            stops=stops if config.stop else None,
        )
    return [
        [_generation(text, prompt, scores, tokenizer, config.stop) for text in texts[: config.n]]
        for texts, prompt, scores in zip(found, prompts, reading.prompt_logprobs, strict=True)
    ]


def _generation(
    found: Found, prompt: Sequence[int], prompt_logprobs: tuple[float | None, ...], tokenizer: Tokenizer,
    stop: Sequence[str],
) -> Generation:  # fmt: skip
    text = continued(tokenizer, prompt, found.tokens)
    return Generation(
        text=text[: find_stop(text, stop)],
        tokens=found.tokens,
        logprobs=found.logprobs,
        prompt_tokens=tuple(prompt),
        prompt_logprobs=prompt_logprobs,
        finish_reason=found.finish_reason,
        score=found.score,
    )
