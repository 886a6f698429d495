"""A translator of parallel text: one dial from the data and the time to everything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch

from quatrain.config import Config
from quatrain.data import PairsConfig
from quatrain.data.pairs import PairData, looks_parallel
from quatrain.models.translators import translator_of
from quatrain.training.config import LoopConfig, TrainConfig
from quatrain.training.machine import EFFICIENCY, machine_flops
from quatrain.training.optim import MuonConfig
from quatrain.training.planning._base import Notch, Planner, chosen
from quatrain.training.planning.request import Request
from quatrain.training.schedules import TrapezoidConfig

DEFAULT_MODEL = "translator"
N_VALIDATIONS, VALIDATION_TARGETS = 10, 16_384
OPTIMISER = MuonConfig(lr=3e-3, muon_lr=0.02, schedule=TrapezoidConfig(warmup_steps=20, cooldown=0.7))
DROPOUTS = ((3.0, 0.0), (8.0, 0.1), (20.0, 0.2))
"""Up to how many epochs how much is dropped; 0.3 beyond."""
EXACT = frozenset({"char", "byte"})
"""Tokenizers of short texts, such as dates and numbers, whose answers are certain: nothing is dropped or smoothed."""


@dataclass(frozen=True, kw_only=True)
class TranslationSize(Notch):
    """One notch of the dial."""

    seq_len: int


TRANSLATION_SIZES: dict[str, TranslationSize] = {
    "tiny": TranslationSize(d_model=128, n_layers=2, n_heads=4, seq_len=128, batch_size=16, flops=0),
    "small": TranslationSize(d_model=192, n_layers=4, n_heads=4, seq_len=128, batch_size=16, flops=4e13),
    "medium": TranslationSize(d_model=384, n_layers=6, n_heads=6, seq_len=256, batch_size=32, flops=2e15),
    "large": TranslationSize(d_model=512, n_layers=6, n_heads=8, seq_len=256, batch_size=96, flops=4e16),
}
"""The dial. `small` is measured on 29,000 pairs of sentences, `tiny` on dates (docs/benchmarks_translation.md); the two
larger ones are not."""


class TranslationPlanner(Planner):
    """A target from its source."""

    task: ClassVar[str] = "translate"
    data_config: ClassVar[type[Config]] = PairsConfig
    dial: ClassVar[Mapping[str, TranslationSize]] = TRANSLATION_SIZES

    @classmethod
    def recognises(cls, data: str, target: str | None) -> bool:
        """Two sides, by the names of files or columns."""
        return looks_parallel(data, target)

    def check_model(self, word: str) -> None:
        """A translator."""
        translator_of(word)

    def data_values(self, request: Request) -> dict[str, Any]:
        """One path, or two."""
        said = {"path": request.data, "target_path": request.target}
        return {name: value for name, value in said.items() if value is not None}

    def derive(self, request: Request, data: PairData, config: PairsConfig) -> TrainConfig:
        """Width, depth, dropout, rates and batch from the number of pairs and the time."""
        seconds, device = request.time, request.device or "auto"
        size = chosen(TRANSLATION_SIZES, request, untimed="small")
        src_vocab_size = None if data.src_tokenizer is data.tokenizer else data.src_tokenizer.vocab_size
        model = translator_of(request.model or DEFAULT_MODEL)(
            data.tokenizer.vocab_size, src_vocab_size, size.d_model, size.n_layers, size.n_heads, size.seq_len
        )
        if data.tokenizer.name in EXACT:
            model = model.replace(dropout=0.0, head=model.head.replace(label_smoothing=0.0))
        else:
            n_epochs = _epochs(model, data, seconds, device)
            model = model.replace(dropout=next((drop for epochs, drop in DROPOUTS if n_epochs < epochs), 0.3))
        return TrainConfig(
            data=config,
            model=model,
            task="translate",
            optim=OPTIMISER,
            train=LoopConfig(
                steps=request.steps,
                seconds=seconds,
                batch_size=size.batch_size,
                seq_len=size.seq_len,
                seed=request.seed or 0,
                device=device,
                n_validations=N_VALIDATIONS,
                validation_tokens=VALIDATION_TARGETS,
            ),
        )


def _epochs(model: Any, data: PairData, seconds: float | None, device: str) -> float:
    """How often the pairs will be read, about; 10 where nothing says so."""
    if seconds is None:
        return 10.0
    src_len, tgt_len = data.train.mean_lengths
    with torch.device("meta"):  # sizes alone
        flops = 3 * model.build().flops(tgt_len, src_len)
    return seconds * EFFICIENCY * machine_flops(device) / flops / len(data.train)
