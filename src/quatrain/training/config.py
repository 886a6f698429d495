"""The whole of a training as one value: data, model, optimiser, loop. Saved as recipe.toml."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from quatrain.config import Config, one_of
from quatrain.data import AnyDataConfig
from quatrain.models import MODELS, ModelConfig
from quatrain.training.optim import OPTIMISERS, MuonConfig, OptimConfig

AT_LEAST_ONE = (
    "steps", "batch_size", "micro_batch_size", "seq_len", "n_validations", "validation_tokens", "patience",
    "keep_checkpoints",
)  # fmt: skip


def _times(value: Any) -> Any:
    return {True: 4, False: 1}[value] if isinstance(value, bool) else value


class LoopConfig(Config):
    """How long, in what portions, and what happens on the way."""

    steps: int | None = None
    """Updates of the weights; null: as many as fit into `seconds`."""
    seconds: float | None = 120.0
    """Time for the whole run, start-up and scoring included, at least half of it for updates; ignored where `steps` is
    given."""
    batch_size: int = 16
    """Sequences an update."""
    micro_batch_size: int | None = None
    """Sequences a forward pass; null: all of the batch. The result does not depend on it."""
    seq_len: int = 256
    """Tokens in a training sequence."""
    grow: Annotated[int, BeforeValidator(_times)] = 1
    """Begin with sequences so many times shorter (a power of two), then twice as long from stage to stage, whole from
    half of the way; an update keeps its number of tokens. true is 4, false is 1."""
    seed: int = 0
    """Decides the start weights, the order of the data and the dropout."""
    device: str = "auto"
    """auto, cpu, cuda or mps."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """What matrices are multiplied in; auto: bfloat16 where the machine computes in it."""
    ema: float | None = None
    """Keep, validate and save an exponential average of the weights with this decay; null: the weights."""
    n_validations: int = 10
    """Validations, spread evenly over the training."""
    validation_tokens: int | None = 131_072
    """Targets scored in a validation on the way, in stretches spread over the part; null: all."""
    patience: int | None = None
    """Stop after so many validations without a new best; null: never."""
    checkpoint_seconds: float = 120.0
    """Time between checkpoints; one is also written at the end and when training is stopped."""
    keep_checkpoints: int = 2
    """Checkpoints kept."""
    n_samples: int = 4
    """Texts written on the way, spread evenly."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.steps is None and self.seconds is None:
            raise ValueError("give steps or seconds, for example --steps 1000 or --for 2m.")
        for name in AT_LEAST_ONE:
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name}={value} must be at least 1.")
        if self.grow < 1 or self.grow & (self.grow - 1):
            raise ValueError(f"grow={self.grow} must be a power of two: 1, 2, 4, 8, ...")
        if self.seconds is not None and self.seconds <= 0:
            raise ValueError(f"seconds={self.seconds} must be above 0.")
        if self.ema is not None and not 0 < self.ema < 1:
            raise ValueError(f"ema={self.ema} must lie in (0, 1).")
        return self


class TransferConfig(Config):
    """Start from the body of a model that was trained before, perhaps for another task."""

    path: str
    """The run folder."""
    how: Literal["full", "frozen", "lora"] = "full"
    """Which weights learn: all, only those that are new here, or those and low-rank changes of the others."""
    rank: int = Field(default=8, ge=1)
    """Of the low-rank changes."""
    alpha: float = Field(default=16.0, gt=0)
    """They are multiplied by alpha / rank (Hu et al. 2021, https://arxiv.org/abs/2106.09685, section 4.1)."""


class TrainConfig(Config):
    """Everything that decides a run."""

    data: AnyDataConfig
    """What is learned from: a text, parallel text, labelled examples, a series, or a task with known answers."""
    model: Annotated[ModelConfig, one_of(lambda: MODELS)]
    """What learns."""
    task: Literal["language", "masked", "translate", "classify", "tag", "forecast", "answers"] = "language"
    """What for: language (the next token), masked (hidden tokens), translate (a target from its source), classify (a
    class each), tag (a tag for each word), forecast (values to come), or answers (of a task with known ones, as
    `quatrain compare` trains)."""
    optim: Annotated[OptimConfig, one_of(lambda: OPTIMISERS)] = MuonConfig()
    """How the weights move: adamw, muon, sgd or adafactor."""
    train: LoopConfig = LoopConfig()
    """The loop."""
    transfer: TransferConfig | None = None
    """Which trained model is started from; null: none, all weights start at random."""
    baseline_order: int | None = None
    """Order of the n-gram beside the model; null: 7 for characters and bytes, 5 for larger tokens; 0: none."""
