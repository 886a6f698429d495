"""A classifier of texts: one dial from the data and the time to everything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from quatrain.config import Config
from quatrain.data import LabelledConfig, LabelledData, looks_labelled, looks_like_pictures
from quatrain.models.text_classifiers import text_classifier
from quatrain.training.config import LoopConfig, TrainConfig
from quatrain.training.optim import AdamWConfig
from quatrain.training.planning._base import Notch, Planner, chosen
from quatrain.training.planning.request import Request
from quatrain.training.schedules import TrapezoidConfig

DEFAULT_MODEL = "transformer"
EMA = 0.998
N_VALIDATIONS, VALIDATION_EXAMPLES = 20, 5000
LONGEST = (32, 64, 128, 256, 512)
"""Lengths that examples are cut to: the first that holds nearly all of them, or the last."""
NEARLY_ALL = 0.99


CLASSIFIER_SIZES: dict[str, Notch] = {
    "tiny": Notch(d_model=64, n_layers=1, n_heads=2, batch_size=64, flops=0),
    "small": Notch(d_model=128, n_layers=2, n_heads=4, batch_size=64, flops=2e14),
    "medium": Notch(d_model=256, n_layers=4, n_heads=4, batch_size=64, flops=5e15),
}
"""The dial. `tiny` is measured on 67,000 phrases (SST-2), of which wider models soon know more by heart; the others are
not."""


class TextClassifierPlanner(Planner):
    """The class of a text, or of a pair of texts."""

    task: ClassVar[str] = "classify"
    data_config: ClassVar[type[Config]] = LabelledConfig
    dial: ClassVar[Mapping[str, Notch]] = CLASSIFIER_SIZES

    @classmethod
    def recognises(cls, data: str, target: str | None) -> bool:
        """A table of texts and labels, or train and test folders of the same classes; no list of pictures."""
        return target is None and looks_labelled(data) and not looks_like_pictures(data)

    def check_model(self, word: str) -> None:
        """A classifier of texts."""
        text_classifier(word)

    def derive(self, request: Request, data: LabelledData, config: LabelledConfig) -> TrainConfig:
        """Width, depth, length and rates from the data and the time."""
        seconds, device = request.time, request.device or "auto"
        size = chosen(CLASSIFIER_SIZES, request, untimed="small")
        seq_len = _seq_len(data)
        build = text_classifier(request.model or DEFAULT_MODEL)
        model = build(data.tokenizer.vocab_size, data.classes, size.d_model, size.n_layers, size.n_heads, seq_len)
        return TrainConfig(
            data=_settled(config, data),
            model=model,
            task="classify",
            optim=AdamWConfig(lr=2e-3, schedule=TrapezoidConfig(warmup_steps=50, cooldown=0.7)),
            train=LoopConfig(
                steps=request.steps,
                seconds=seconds,
                batch_size=size.batch_size,
                seq_len=seq_len,
                seed=request.seed or 0,
                device=device,
                ema=EMA,
                n_validations=N_VALIDATIONS,
                validation_tokens=VALIDATION_EXAMPLES,
            ),
        )


def _settled(config: LabelledConfig, data: LabelledData) -> LabelledConfig:
    """With the columns that were found, so that the run knows them."""
    if data.columns is None:
        return config
    text, second = (*data.columns.sides, None)[:2]
    return config.replace(text_column=text, second_column=second, label_column=data.columns.label)


def _seq_len(data: LabelledData) -> int:
    """Tokens that hold nearly all examples whole."""
    most = (1 - NEARLY_ALL) * data.train.n_targets
    return next((length for length in LONGEST if data.train.n_longer_than(length) <= most), LONGEST[-1])
