"""Beam search: several texts side by side, to find the likeliest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import torch

from quatrain.generate._continuation import continued, find_stop
from quatrain.generate._reading import Reading
from quatrain.generate.config import SamplingConfig
from quatrain.generate.generation import FinishReason, Generation, Tokenizer
from quatrain.generate.rules import NEVER, Rule, build_rules


def beam_search(
    reading: Reading, prompts: Sequence[Sequence[int]], tokenizer: Tokenizer, config: SamplingConfig
) -> list[list[Generation]]:
    """The `config.n` best texts found for each prompt, best first; fewer where fewer exist.

    Graves 2012, section 2.5, https://arxiv.org/abs/1211.3711
    Which texts are found follows transformers with early_stopping=False. Of the 2 * beam_size likeliest
    continuations, those that end are kept if among the first beam_size, and the likeliest others go on. The
    rules act on log-probabilities, and what they leave is summed as it is. A search is over when beam_size
    texts are kept and the likeliest unfinished one, ranked at its present length, is no better than the worst.

    Args:
        reading: has read the prompts, one in each row, and is used up by the search.
    """
    rules = build_rules(config)
    searches = [_Search(prompt, tokenizer, config) for prompt in prompts]
    live = searches if config.max_new_tokens > 0 else []
    while live:
        n_beams = len(live[0].beams)
        for search, candidates in zip(live, _candidates(reading, live, rules, 2 * config.beam_size), strict=True):
            search.step(candidates)
        going = [index for index, search in enumerate(live) if not search.is_over]
        rows = [index * n_beams + beam.parent for index in going for beam in live[index].beams]
        live = [live[index] for index in going]
        if live:
            tokens = [beam.tokens[-1] for search in live for beam in search.beams]
            reading.select(torch.tensor(rows, device=reading.tokens.device))
            reading.append(torch.tensor(tokens, device=reading.tokens.device))
    return [search.results(scores) for search, scores in zip(searches, reading.prompt_logprobs, strict=True)]


class _Beam(NamedTuple):
    """One text in a search."""

    score: float
    """Log-probability in nats after the rules."""
    tokens: tuple[int, ...] = ()
    logprobs: tuple[float, ...] = ()
    parent: int = 0
    """Which beam of the step before it continues."""


class _Ended(NamedTuple):
    """A text that goes no further."""

    score: float
    """The beam's, divided by its length ** length_penalty."""
    beam: _Beam
    finish_reason: FinishReason


class _Search:
    """The beams of one prompt, and the best texts that ended."""

    def __init__(self, prompt: Sequence[int], tokenizer: Tokenizer, config: SamplingConfig) -> None:
        self._prompt, self._tokenizer, self._config = prompt, tokenizer, config
        self.beams = [_Beam(score=0.0)]
        """One at first, then beam_size, likeliest first; copies that cannot win fill up where fewer exist."""
        self._ended: list[_Ended] = []  # best first

    def step(self, candidates: Iterable[_Beam]) -> None:
        """Go on with the candidates, likeliest first, that do not end; keep those that do."""
        beam_size, going = self._config.beam_size, []
        for rank, candidate in enumerate(candidates):
            reason = self._why_ended(candidate.tokens)
            if reason is None:
                going.append(candidate)
            elif rank < beam_size:
                score = candidate.score / len(candidate.tokens) ** self._config.length_penalty
                self._ended.append(_Ended(score, candidate, reason))
        self._ended = sorted(self._ended, key=lambda ended: -ended.score)[:beam_size]
        copies = [beam._replace(score=NEVER) for beam in going[:1]] * (beam_size - len(going))
        self.beams = going[:beam_size] + copies

    @property
    def is_over(self) -> bool:
        """Whether going on is hopeless or impossible."""
        if not self.beams:
            return True
        best = self.beams[0]
        reachable = best.score / len(best.tokens) ** self._config.length_penalty
        return len(self._ended) == self._config.beam_size and reachable <= self._ended[-1].score

    def results(self, prompt_logprobs: tuple[float | None, ...]) -> list[Generation]:
        """The best texts."""
        ended_texts = self._ended or [_Ended(0.0, self.beams[0], "length")]  # max_new_tokens=0
        return [
            Generation(
                text=self._text(ended.beam.tokens),
                tokens=ended.beam.tokens,
                logprobs=ended.beam.logprobs,
                prompt_tokens=tuple(self._prompt),
                prompt_logprobs=prompt_logprobs,
                finish_reason=ended.finish_reason,
                score=ended.score,
            )
            for ended in ended_texts[: self._config.n]
        ]

    def _why_ended(self, tokens: tuple[int, ...]) -> FinishReason | None:
        if tokens[-1] == self._tokenizer.eos_id:
            return "end"
        stop = self._config.stop
        if stop and find_stop(continued(self._tokenizer, self._prompt, tokens), stop) is not None:
            return "stop"
        return "length" if len(tokens) == self._config.max_new_tokens else None

    def _text(self, tokens: tuple[int, ...]) -> str:
        text = continued(self._tokenizer, self._prompt, tokens)
        return text[: find_stop(text, self._config.stop)]


def _candidates(reading: Reading, searches: Sequence[_Search], rules: Rule, n: int) -> Iterator[list[_Beam]]:
    """For each search the n likeliest continuations of its beams, likeliest first."""
    logprobs = reading.logits.log_softmax(-1)  # (P * beams, V)
    scores = logprobs.new_tensor([beam.score for search in searches for beam in search.beams])
    scores = rules(logprobs, reading.history) + scores[:, None]
    vocab_size = scores.shape[1]
    scores = scores.reshape(len(searches), -1)  # (P, beams * V)
    best, places = scores.topk(min(n, scores.shape[1]))
    logprobs = logprobs.reshape(len(searches), -1).gather(1, places)
    for search, *found in zip(searches, best.tolist(), places.tolist(), logprobs.tolist(), strict=True):
        candidates = []
        for score, place, logprob in zip(*found, strict=True):
            if score > NEVER:
                parent, token = divmod(place, vocab_size)
                before = search.beams[parent]
                candidates.append(_Beam(score, (*before.tokens, token), (*before.logprobs, logprob), parent))
        yield candidates
