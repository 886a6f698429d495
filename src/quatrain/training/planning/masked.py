"""A masked language model of a text: one dial from the time to everything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from quatrain.config import Config
from quatrain.data import MaskedConfig, MaskedData
from quatrain.layers.embedding import EmbeddingConfig
from quatrain.models import MaskedLMConfig
from quatrain.models.encoders import encoder_of
from quatrain.training.config import LoopConfig, TrainConfig
from quatrain.training.optim import MuonConfig
from quatrain.training.planning._base import Notch, Planner, chosen
from quatrain.training.planning.request import Request
from quatrain.training.schedules import TrapezoidConfig

DEFAULT_MODEL = "encoder"
N_VALIDATIONS, VALIDATION_TARGETS = 10, 8192
TABLE_STD = 0.1
"""Of a table that is the head's, too: of co-occurrence vectors at the start."""


@dataclass(frozen=True, kw_only=True)
class MaskedSize(Notch):
    """One notch of the dial."""

    seq_len: int


MASKED_SIZES: dict[str, MaskedSize] = {
    "tiny": MaskedSize(d_model=128, n_layers=2, n_heads=2, seq_len=128, batch_size=16, flops=0),
    "small": MaskedSize(d_model=256, n_layers=4, n_heads=4, seq_len=128, batch_size=16, flops=1e14),
    "medium": MaskedSize(d_model=512, n_layers=8, n_heads=8, seq_len=128, batch_size=64, flops=4e15),
    "large": MaskedSize(d_model=768, n_layers=12, n_heads=12, seq_len=128, batch_size=256, flops=4e17),
}
"""The dial. While rows are few, many small updates teach more than few large ones; none but `tiny` was measured."""


class MaskedPlanner(Planner):
    """The hidden tokens of a text; never guessed from data, for any text could be meant."""

    task: ClassVar[str] = "masked"
    data_config: ClassVar[type[Config]] = MaskedConfig
    dial: ClassVar[Mapping[str, MaskedSize]] = MASKED_SIZES

    def check_model(self, word: str) -> None:
        """An encoder."""
        encoder_of(word)

    def derive(self, request: Request, data: MaskedData, config: MaskedConfig) -> TrainConfig:
        """Width, depth and batch from the time."""
        seconds, device = request.time, request.device or "auto"
        size = chosen(MASKED_SIZES, request, untimed="tiny")
        loop = LoopConfig(
            steps=request.steps,
            seconds=seconds,
            batch_size=size.batch_size,
            seq_len=size.seq_len,
            seed=request.seed or 0,
            device=device,
            n_validations=N_VALIDATIONS,
            validation_tokens=VALIDATION_TARGETS,
        )
        schedule = TrapezoidConfig(warmup_steps=50, cooldown=0.7)
        return TrainConfig(
            data=config,
            model=masked_lm(request.model or DEFAULT_MODEL, size, data),
            task="masked",
            optim=MuonConfig(lr=2e-3, schedule=schedule),
            train=loop,
        )


def masked_lm(word: str, size: MaskedSize, data: MaskedData) -> MaskedLMConfig:
    """The encoder that a word stands for, with the head that suits it."""
    backbone = encoder_of(word)(
        data.tokenizer.vocab_size, size.d_model, size.n_layers, size.n_heads, size.seq_len
    ).replace(n_segments=2 if data.setting.next_sentence else 0)
    if backbone.norm_place == "pre":  # its input is normed, so the table may have the scale that the head needs
        backbone = backbone.replace(embedding=EmbeddingConfig(std=TABLE_STD))
    return MaskedLMConfig(
        backbone=backbone,
        next_sentence=data.setting.next_sentence,
        activation=backbone.ffn.activation,
        norm=backbone.norm,
        neighbour_start=TABLE_STD if backbone.norm_place == "pre" else 0.0,
        init_std=backbone.init_std,
    )
