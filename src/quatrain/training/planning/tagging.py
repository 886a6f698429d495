"""A tagger of words: one dial from the data and the time to everything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from quatrain.config import Config
from quatrain.data import TaggedConfig, TaggedData, looks_tagged
from quatrain.models.taggers import Shape, tagger_of
from quatrain.training.config import LoopConfig, TrainConfig
from quatrain.training.optim import AdamWConfig
from quatrain.training.planning._base import Notch, Planner, chosen
from quatrain.training.planning.request import Request
from quatrain.training.schedules import TrapezoidConfig

DEFAULT_MODEL = "tagger"
N_VALIDATIONS, N_QUICK, VALIDATION_WORDS = 20, 6, 100_000
QUICK = 300.0
"""Seconds below which there are few validations, for they take their share of the time."""
LONGEST = {"words": 128, "text": 256}
"""Tokens of a training window, by what is read."""
OPTIMISER = AdamWConfig(lr=2e-3, weight_decay=0.01, schedule=TrapezoidConfig(warmup_steps=50, cooldown=0.7))


TAGGER_SIZES: dict[str, Notch] = {
    "tiny": Notch(d_model=128, n_layers=1, n_heads=4, batch_size=16, flops=0),
    "small": Notch(d_model=256, n_layers=1, n_heads=4, batch_size=16, flops=1e14),
    "medium": Notch(d_model=256, n_layers=2, n_heads=4, batch_size=32, flops=2e15),
}
"""The dial; `tiny` is measured on 3,400 tweets (docs/tagging.md)."""


class TaggingPlanner(Planner):
    """A tag for each word."""

    task: ClassVar[str] = "tag"
    data_config: ClassVar[type[Config]] = TaggedConfig
    dial: ClassVar[Mapping[str, Notch]] = TAGGER_SIZES

    @classmethod
    def recognises(cls, data: str, target: str | None) -> bool:
        """CoNLL files, or .jsonl with words and tags."""
        return target is None and looks_tagged(data)

    def check_model(self, word: str) -> None:
        """A tagger."""
        tagger_of(word)

    def derive(self, request: Request, data: TaggedData, config: TaggedConfig) -> TrainConfig:
        """Width, depth and rates from the data and the time."""
        seconds, device = request.time, request.device or "auto"
        size = chosen(TAGGER_SIZES, request, untimed="tiny")
        model = tagger_of(request.model or DEFAULT_MODEL)(
            shape_of(data, size.d_model, size.n_layers, size.n_heads, LONGEST["text"])
        )
        return TrainConfig(
            data=config,
            model=model,
            task="tag",
            optim=OPTIMISER,
            train=LoopConfig(
                steps=request.steps,
                seconds=seconds,
                batch_size=size.batch_size,
                seq_len=LONGEST[data.reads],
                seed=request.seed or 0,
                device=device,
                ema=0.995,
                n_validations=N_QUICK if seconds is not None and seconds < QUICK else N_VALIDATIONS,
                validation_tokens=VALIDATION_WORDS,
            ),
        )


def shape_of(data: TaggedData, d_model: int, n_layers: int, n_heads: int, longest: int) -> Shape:
    """What some data and a size say of a tagger; `longest` bounds the pieces of a sentence, whose words none."""
    return Shape(
        reads=data.reads,
        vocab_size=data.tokenizer.vocab_size,
        tags=data.train.tags,
        d_model=d_model,
        n_layers=n_layers,
        n_heads=n_heads,
        max_seq_len=None if data.reads == "words" else longest,
    )
