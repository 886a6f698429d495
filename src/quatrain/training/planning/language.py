"""A language model of a text: one dial from the data and the time to everything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch

from quatrain.config import Config
from quatrain.data import DataConfig, TextData
from quatrain.models import LanguageModelConfig, NGramConfig
from quatrain.models.presets import LARGE_VOCABULARY, architecture
from quatrain.training.baselines.ngram import default_order
from quatrain.training.config import LoopConfig, TrainConfig
from quatrain.training.machine import EFFICIENCY, VALIDATION_SHARE, machine_flops
from quatrain.training.optim import MuonConfig
from quatrain.training.planning._base import Notch, Planner, chosen
from quatrain.training.planning.request import Request
from quatrain.training.schedules import TrapezoidConfig


@dataclass(frozen=True, kw_only=True)
class Size(Notch):
    """One notch of the dial."""

    seq_len: int
    grow: int
    """How many times shorter rows are at first."""


SIZES: dict[str, Size] = {
    "tiny": Size(d_model=128, n_layers=4, n_heads=2, seq_len=64, batch_size=16, grow=1, flops=0),
    "small": Size(d_model=192, n_layers=6, n_heads=3, seq_len=256, batch_size=4, grow=4, flops=6e13),
    "medium": Size(d_model=384, n_layers=6, n_heads=6, seq_len=256, batch_size=16, grow=4, flops=1e15),
    "large": Size(d_model=768, n_layers=12, n_heads=12, seq_len=512, batch_size=32, grow=4, flops=4e16),
}
"""The dial, measured on characters and words of small texts (docs/benchmarks.md)."""


class LanguagePlanner(Planner):
    """A language model of a text."""

    task: ClassVar[str] = "language"
    data_config: ClassVar[type[Config]] = DataConfig
    dial: ClassVar[Mapping[str, Size]] = SIZES

    def check_model(self, word: str) -> None:
        """An architecture, or the n-gram."""
        if word != "ngram":
            architecture(word)

    def derive(self, request: Request, data: TextData, config: DataConfig) -> TrainConfig:
        """Width, depth, dropout, rates and batch from the size of the text and the time."""
        seconds, device = request.time, request.device or "auto"
        size = chosen(SIZES, request, untimed="small" if data.train.n_targets > 200_000 else "tiny")
        model = _model(request, size, seconds, data)
        return TrainConfig(
            data=config,
            model=model,
            optim=_optimiser(data.tokenizer.vocab_size),
            train=LoopConfig(
                steps=request.steps,
                seconds=seconds,
                batch_size=size.batch_size,
                seq_len=size.seq_len,
                grow=size.grow,
                seed=request.seed or 0,
                device=device,
            ).replace(**_validations(model, size.seq_len, seconds, device)),
        )


def _model(request: Request, size: Size, seconds: float | None, data: TextData) -> LanguageModelConfig:
    vocab_size = data.tokenizer.vocab_size
    word = request.model or "modern"
    if word == "ngram":
        return NGramConfig(
            vocab_size=vocab_size, order=default_order(data.tokenizer), start_token=data.tokenizer.eos_id
        )
    preset = architecture(word)(vocab_size, size.d_model, size.n_layers, size.n_heads, size.seq_len)
    return preset.replace(dropout=_dropout(preset, size.seq_len, seconds, request, data))


def _dropout(
    model: LanguageModelConfig, seq_len: int, seconds: float | None, request: Request, data: TextData
) -> float:
    """None while the text is read a few times; more, the more often it is."""
    if seconds is None:
        return 0.1
    flops = seconds * EFFICIENCY * machine_flops(request.device or "auto")
    n_epochs = flops / (3 * _forward_flops(model, seq_len)) / max(data.train.n_targets, 1)
    return 0.0 if n_epochs < 4 else 0.1 if n_epochs < 10 else 0.2


def _forward_flops(model: LanguageModelConfig, seq_len: int) -> float:
    """Operations a token, a large vocabulary counted in part."""
    with torch.device("meta"):  # sizes alone
        whole = model.build().flops(seq_len) / seq_len
    unsampled = max(model.vocab_size - LARGE_VOCABULARY, 0)
    return whole - 2 * unsampled * getattr(model, "d_model", 0)


def _optimiser(vocab_size: int) -> MuonConfig:
    """Muon; a table that starts from the text's own neighbours, as that of a large vocabulary does, moves slower."""
    schedule = TrapezoidConfig(warmup_steps=20, cooldown=0.7)
    return MuonConfig(lr=2e-3 if vocab_size > LARGE_VOCABULARY else 1e-2, schedule=schedule)


def _validations(model: LanguageModelConfig, seq_len: int, seconds: float | None, device: str) -> dict[str, int]:
    """How often, and on how many targets, so that it takes its share of the time and no more."""
    if seconds is None or isinstance(model, NGramConfig):
        return {}
    n = 10 if seconds >= 60 else 4
    tokens = VALIDATION_SHARE * seconds * EFFICIENCY * machine_flops(device) / _forward_flops(model, seq_len) / n
    n_tokens = round(min(max(tokens, 2048), 131_072))
    return {"n_validations": n, "validation_tokens": n_tokens, "n_samples": 4 if seconds >= 60 else 0}
