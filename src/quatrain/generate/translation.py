"""Translating with any conditional model: sources in, the best targets found out, in the same order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Literal, Self

import torch
from pydantic import ConfigDict, model_validator
from torch import Tensor

from quatrain.config import Config
from quatrain.errors import ConfigError, DataError
from quatrain.generate._draft import Draft, write
from quatrain.generate._reading import Reading, Say, device_of, evaluating
from quatrain.generate._side_by_side import side_by_side
from quatrain.generate.beam import search
from quatrain.generate.config import SamplingConfig, need
from quatrain.generate.coverage import Coverage
from quatrain.generate.generation import FinishReason, Tokenizer
from quatrain.generate.ranking import LengthPenalty, gnmt, power
from quatrain.models._base import ConditionalModel

PENALTIES = {"gnmt": gnmt, "power": power}
"""Words for what log-probabilities are divided by, each a function of `length_penalty`."""

MOST_WORKERS = 4
"""Batches translated at a time: more would wait for Python itself, which does one thing at a time."""

FEW = 128
"""Source tokens that make no batch worth a worker of its own."""

ROOM = 50
"""Tokens that a target may have more than its source: Vaswani et al. 2017, section 6.1."""


class TranslationConfig(Config):
    """How targets are chosen: by a search, or drawn where temperature is above 0."""

    model_config = ConfigDict(strict=False)  # the command line gives every number as text

    beam_size: int = 5
    """Targets kept side by side to find the best; 1 always takes the likeliest token. Not used in drawing."""
    n: int = 1
    """Targets for each source: the n best found, or n drawn."""
    length_penalty: float = 0.6
    """Of which targets are best: 0 ranks by log-probability; higher favours longer ones."""
    penalty: Literal["gnmt", "power"] = "gnmt"
    """What log-probability is divided by: ((5 + tokens) / 6) ** length_penalty (gnmt), or tokens ** length_penalty."""
    coverage_penalty: float = 0.0
    """Weight with which a search ranks targets lower that leave parts of the source unread (Wu et al. 2016: 0.2)."""
    max_new_tokens: int | None = None
    """Most tokens of a target; null: 50 more than its source has."""
    temperature: float = 0.0
    """Above 0, tokens are drawn, from logits divided by this."""
    top_k: int | None = None
    """Draw among this many likeliest tokens."""
    top_p: float | None = None
    """Draw among the fewest likeliest tokens that together have this probability."""
    seed: int | None = None
    """The same seed, source and model draw the same target; null draws afresh."""
    batch_tokens: int = 8192
    """Most source tokens translated at a time, padding included, and counted once for each beam."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        need(self.beam_size >= 1, "beam_size", "1 (always the likeliest token) or more", self.beam_size)
        need(self.n >= 1, "n", "1 or more", self.n)
        need(
            self.max_new_tokens is None or self.max_new_tokens >= 1, "max_new_tokens", "1 or more", self.max_new_tokens
        )
        need(self.temperature >= 0, "temperature", "0 (nothing is drawn) or more", self.temperature)
        need(self.top_k is None or self.top_k >= 1, "top_k", "1 or more", self.top_k)
        need(self.top_p is None or 0 < self.top_p <= 1, "top_p", "above 0 and at most 1", self.top_p)
        need(self.batch_tokens >= 1, "batch_tokens", "1 or more", self.batch_tokens)
        need(self.coverage_penalty >= 0, "coverage_penalty", "0 (none) or more", self.coverage_penalty)
        if self.temperature > 0:
            if self.coverage_penalty:
                raise ConfigError("coverage_penalty: only a search ranks by what was read. Set temperature=0.")
            return self
        for name in ("top_k", "top_p"):
            if getattr(self, name) is not None:
                raise ConfigError(f"{name}: temperature=0 draws nothing. Set temperature above 0, or leave {name} out.")
        if self.n > self.beam_size:
            raise ConfigError(
                f"n: a search that keeps beam_size={self.beam_size} targets cannot return n={self.n}. "
                f"Set beam_size={self.n} or more."
            )
        return self

    @property
    def rows_each(self) -> int:
        """Targets of one source that are written side by side."""
        return self.n if self.temperature > 0 else self.beam_size

    def ranked(self) -> LengthPenalty:
        """What log-probabilities are divided by."""
        return PENALTIES[self.penalty](self.length_penalty)


@dataclass(frozen=True)
class Translation:
    """One target written for a source."""

    text: str
    """Without the end-of-text token."""
    tokens: tuple[int, ...]
    """As chosen, with the end-of-text token where that ended the target."""
    logprobs: tuple[float, ...]
    """Log-probability of each token, in nats: the model's own, before temperature and every rule."""
    score: float
    """Log-probability of all tokens, divided by the length penalty: what a search ranks by."""
    finish_reason: FinishReason
    """The model's end-of-text token, or the length."""


@dataclass(frozen=True)
class Untranslatable:
    """Stands where a translation would, for a source the model cannot read."""

    reason: str
    """What is wrong with it, and what could be done."""


NOTHING = Translation("", (), (), 0.0, "end")
"""The translation of a source without text."""


def translate_texts(
    model: ConditionalModel,
    src_tokenizer: Tokenizer,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    config: TranslationConfig,
    *,
    device: torch.device | str | None = None,
    say: Say | None = None,
) -> list[list[Translation] | Untranslatable]:
    """Each text's `config.n` translations, best first, or why it has none: as many answers as texts, in their order.

    A text of nothing but white space has one translation, which is empty. The other arguments are those of
    `translate`.
    """
    answers: list[list[Translation] | Untranslatable] = [[NOTHING] for _ in texts]
    sources: dict[int, Sequence[int]] = {}
    for index, text in enumerate(texts):
        if text.strip():
            source = _source(model, src_tokenizer, text)
            if isinstance(source, Untranslatable):
                answers[index] = source
            else:
                sources[index] = source
    translations = translate(
        model, list(sources.values()), tokenizer, config,
        src_eos_id=src_tokenizer.eos_id, device=device, say=say,
    )  # fmt: skip
    for index, translation in zip(sources, translations, strict=True):
        answers[index] = translation
    return answers


def _source(model: ConditionalModel, tokenizer: Tokenizer, text: str) -> Sequence[int] | Untranslatable:
    try:
        source = tokenizer.encode(text)
    except DataError as error:
        return Untranslatable(str(error))
    bound = model.max_src_len
    if bound is not None and len(source) + 1 > bound:
        return Untranslatable(
            f"the text has {len(source)} tokens and this model reads {bound - 1}: cut it into sentences, "
            "or train with a larger model.max_src_len."
        )
    return source


def translate(
    model: ConditionalModel,
    sources: Sequence[Sequence[int]],
    tokenizer: Tokenizer,
    config: TranslationConfig,
    *,
    src_eos_id: int | None = None,
    device: torch.device | str | None = None,
    say: Say | None = None,
) -> list[list[Translation]]:
    """The `config.n` best targets found for each source, best first, or as many drawn.

    Sources are read in batches of about one length, the longest first, and on a CPU several batches at a time, which
    changes nothing but the time: what a source gets, drawn tokens included, does not depend on the others.

    Args:
        sources: ids of each, nothing added at its ends.
        tokenizer: of the targets.
        src_eos_id: the token that is read after every source; None: the tokenizer's end-of-text token.
        device: where the model is; None looks at its weights.
        say: told now and then how many sources are translated.
    Raises:
        ShapeError: a source has more tokens than max_src_len, its end included.
        QuatrainError: the model's logits are not numbers.
    """
    eos_id = tokenizer.eos_id if src_eos_id is None else src_eos_id
    device = torch.device(device_of(model) if device is None else device)
    write_all = _drawn if config.temperature > 0 else _found

    @torch.inference_mode()
    def written(places: list[int]) -> list[list[Translation]]:
        batch = _Batch(model, [[*sources[place], eos_id] for place in places], tokenizer.eos_id, device)
        return write_all(batch, tokenizer, config)

    translations: list[list[Translation]] = [[] for _ in sources]
    n_workers = 1 if device.type != "cpu" or config.coverage_penalty else min(torch.get_num_threads(), MOST_WORKERS)
    batches = _batches([len(source) + 1 for source in sources], config.batch_tokens // config.rows_each, n_workers)
    n_done = 0
    with evaluating(model):
        for places, targets in zip(batches, side_by_side(written, batches, n_workers), strict=True):
            for place, of in zip(places, targets, strict=True):
                translations[place] = of
            n_done += len(places)
            if say is not None and n_done < len(sources):
                say(f"{n_done} of {len(sources)} translated")
    return translations


def _batches(lengths: Sequence[int], most: int, n_workers: int) -> list[list[int]]:
    """Places of sources of about one length, the longest first.

    A batch has at most so many tokens, padding included, or one source. All workers get about as many, where there is
    enough to do.
    """
    n_rounds = math.ceil(sum(lengths) / max(most * n_workers, 1))
    most = min(most, max(math.ceil(sum(lengths) / max(n_rounds * n_workers, 1)), FEW))
    order = sorted(range(len(lengths)), key=lambda place: -lengths[place])
    batches = []
    while order:
        n = max(most // lengths[order[0]], 1)
        batches.append(order[:n])
        order = order[n:]
    return batches


class _Batch:
    """Sources encoded side by side, ready for the first token of their targets."""

    def __init__(
        self,
        model: ConditionalModel,
        sources: Sequence[Sequence[int]],
        start_id: int,
        device: torch.device,
    ) -> None:
        self.sources = sources
        longest = max(map(len, sources))
        src = torch.tensor([[*source, *[0] * (longest - len(source))] for source in sources], device=device)
        lengths = torch.tensor([len(source) for source in sources], device=device)
        self.src_mask = torch.arange(longest, device=device) < lengths[:, None]
        self.model, self._start_id, self._lengths = model, start_id, lengths
        self._memory = model.encode(src, None if bool(self.src_mask.all()) else self.src_mask)

    def reading(self) -> Reading:
        """Targets with their first token read."""
        starts = [[self._start_id]] * len(self.sources)
        return Reading(self.model.given(self._memory), starts, device=self.src_mask.device)

    def max_new_tokens(self, config: TranslationConfig) -> Tensor:
        """For each source, the most tokens its target may have: the last is written and not read."""
        most = self._lengths - 1 + ROOM
        if config.max_new_tokens is not None:
            most = torch.full_like(most, config.max_new_tokens)
        return most if self.model.max_seq_len is None else most.clamp(max=self.model.max_seq_len)


def _found(batch: _Batch, tokenizer: Tokenizer, config: TranslationConfig) -> list[list[Translation]]:
    coverage = Coverage(config.coverage_penalty, batch.src_mask) if config.coverage_penalty else None
    with nullcontext() if coverage is None else coverage.listening(batch.model):
        found = search(
            batch.reading(),
            beam_size=config.beam_size,
            eos_id=tokenizer.eos_id,
            max_new_tokens=batch.max_new_tokens(config),
            penalty=config.ranked(),
            coverage=coverage,
        )
    return [
        [
            Translation(_text(tokenizer, text.tokens), text.tokens, text.logprobs, text.score, text.finish_reason)
            for text in texts[: config.n]
        ]
        for texts in found
    ]


def _drawn(batch: _Batch, tokenizer: Tokenizer, config: TranslationConfig) -> list[list[Translation]]:
    limits = batch.max_new_tokens(config).tolist()
    rules = SamplingConfig(
        temperature=config.temperature, top_k=config.top_k, top_p=config.top_p, seed=config.seed,
        max_new_tokens=max(limits),
    )  # fmt: skip
    drafts = [
        [Draft(tokenizer, (), rules.replace(max_new_tokens=limit), i, about=source) for i in range(config.n)]
        for source, limit in zip(batch.sources, limits, strict=True)
    ]
    reading = batch.reading()
    reading.select(torch.arange(len(drafts), device=reading.tokens.device).repeat_interleave(config.n))
    for _ in write(reading, [draft for of in drafts for draft in of], rules):
        pass
    penalty = config.ranked()
    return [
        [
            Translation(
                draft.continuation.text, tuple(draft.tokens), tuple(draft.logprobs),
                sum(draft.logprobs) / penalty(len(draft.tokens)), draft.finish_reason or "length",
            )
            for draft in of
        ]
        for of in drafts
    ]  # fmt: skip


def _text(tokenizer: Tokenizer, tokens: Sequence[int]) -> str:
    return tokenizer.decode([token for token in tokens if token != tokenizer.eos_id])
