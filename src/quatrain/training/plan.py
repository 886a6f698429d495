"""From a request of a few words to a complete recipe: what the person did not say follows from data and time."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch

from quatrain.config import merge, override, read_toml
from quatrain.data import DataConfig, TextData
from quatrain.errors import ConfigError, suggest
from quatrain.models import ModelConfig, NGramConfig
from quatrain.models.presets import LARGE_VOCABULARY, architecture
from quatrain.training.baseline import default_order
from quatrain.training.config import LoopConfig, TrainConfig
from quatrain.training.device import pick_device
from quatrain.training.optim import MuonConfig
from quatrain.training.schedules import TrapezoidConfig

TASKS = ("language",)
DEFAULT_SECONDS = 120.0


@dataclass(frozen=True)
class Request:
    """What a person asked for; None and `auto` are left to the plan."""

    data: str | None = None
    """Path or embedded name; may stand in the recipe instead."""
    task: str = "language"
    model: str | None = None
    """A word of `models.presets.architecture`, or ngram; None: modern, or what the recipe says."""
    size: str | None = None
    """A word of SIZES, or auto; None: auto, or what the recipe says."""
    seconds: float | None = None
    """Time for the whole run."""
    steps: int | None = None
    """Updates, instead of a time."""
    recipe: Path | None = None
    """A recipe.toml that wins over what would be derived; a time, steps, seed or device given here win over it."""
    settings: tuple[str, ...] = ()
    """Dotted settings that win over everything."""
    seed: int | None = None
    device: str | None = None


@dataclass(frozen=True)
class Size:
    """One notch of the dial."""

    d_model: int
    n_layers: int
    n_heads: int
    seq_len: int
    batch_size: int
    grow: int
    flops: float
    """Floating-point operations of training from which this size pays off."""


SIZES: dict[str, Size] = {
    "tiny": Size(d_model=128, n_layers=4, n_heads=2, seq_len=64, batch_size=16, grow=1, flops=0),
    "small": Size(d_model=192, n_layers=6, n_heads=3, seq_len=256, batch_size=4, grow=4, flops=6e13),
    "medium": Size(d_model=384, n_layers=6, n_heads=6, seq_len=256, batch_size=16, grow=4, flops=1e15),
    "large": Size(d_model=768, n_layers=12, n_heads=12, seq_len=512, batch_size=32, grow=4, flops=4e16),
}
"""The dial, measured on characters and words of small texts (docs/benchmarks.md)."""
EFFICIENCY = 0.5
"""Share of the speed of a plain matrix product that training reaches."""
VALIDATION_SHARE = 0.08
"""Share of the time that validations on the way may take."""


def data_config(request: Request) -> DataConfig:
    """What is to be read, before anything is read.

    Raises:
        ConfigError: no data was named, or a setting of it is wrong.
    """
    _check_words(request)
    recipe = read_toml(request.recipe).get("data", {}) if request.recipe else {}
    path = request.data or recipe.get("path")
    if not path:
        raise ConfigError("no data was named. Type quatrain train DATA, for example quatrain train poems.txt.")
    config = DataConfig.from_dict({**recipe, "path": path}, "data")
    about_data = [setting.removeprefix("data.") for setting in request.settings if setting.startswith("data.")]
    return override(config, about_data, where="data")


def _check_words(request: Request) -> None:
    """Refuse what cannot be meant before the data is read."""
    sizes = [*SIZES, "auto"]
    if request.task not in TASKS:
        raise ConfigError(f"--task {request.task}: there is no such task. {suggest(request.task, TASKS)}")
    if request.model is not None and request.model != "ngram":
        try:
            architecture(request.model)
        except ConfigError as error:
            raise ConfigError(f"--model {request.model}: {error}") from None
    if request.size is not None and request.size not in sizes:
        raise ConfigError(f"--size {request.size}: unknown. {suggest(request.size, sizes)}")
    if request.recipe and (request.model or request.size):
        raise ConfigError("--recipe says which model: leave out --model and --size, or the recipe.")


def plan(request: Request, data: TextData, config: DataConfig) -> TrainConfig:
    """The complete recipe: derived values, then the recipe file, then single settings.

    Raises:
        ConfigError: a word or a setting is unknown, or they contradict each other.
    """
    seconds = None if request.steps else request.seconds or DEFAULT_SECONDS
    device = request.device or "auto"
    size = choose_size(request, seconds, data)
    model = _model(request, size, seconds, data)
    derived = TrainConfig(
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
    values = derived.to_dict()
    if request.recipe:
        values = merge(values, _without_data(read_toml(request.recipe)))
        values = merge(values, {"train": _said(request)})
    settings = [setting for setting in request.settings if not setting.startswith("data.")]
    return _check_lengths(override(TrainConfig.from_dict(values), settings))


def choose_size(request: Request, seconds: float | None, data: TextData) -> Size:
    """The notch asked for, or the largest that the time pays for on this machine."""
    if request.size not in (None, "auto"):
        return SIZES[request.size]
    if seconds is None:
        return SIZES["small"] if data.train.n_targets > 200_000 else SIZES["tiny"]
    return size_for(seconds * machine_flops(request.device or "auto"))


def size_for(flops: float) -> Size:
    """The largest notch that so many operations of training pay for."""
    return max((size for size in SIZES.values() if size.flops <= flops), key=lambda size: size.flops)


@cache
def machine_flops(device: str) -> float:
    """Floating-point operations a second of a matrix product on this machine, by a quick trial, made once."""
    where = pick_device(device)
    a, b = torch.ones(1024, 512, device=where), torch.ones(512, 1024, device=where)
    best = math.inf
    for _ in range(4):
        started = time.perf_counter()
        (a @ b).sum().item()
        best = min(best, time.perf_counter() - started)
    return 2 * 1024 * 512 * 1024 / best


def _model(request: Request, size: Size, seconds: float | None, data: TextData) -> ModelConfig:
    vocab_size = data.tokenizer.vocab_size
    word = request.model or "modern"
    if word == "ngram":
        return NGramConfig(
            vocab_size=vocab_size, order=default_order(data.tokenizer), start_token=data.tokenizer.eos_id
        )
    preset = architecture(word)(vocab_size, size.d_model, size.n_layers, size.n_heads, size.seq_len)
    return preset.replace(dropout=_dropout(preset, size.seq_len, seconds, request, data))


def _dropout(model: ModelConfig, seq_len: int, seconds: float | None, request: Request, data: TextData) -> float:
    """None while the text is read a few times; more, the more often it is."""
    if seconds is None:
        return 0.1
    flops = seconds * EFFICIENCY * machine_flops(request.device or "auto")
    n_epochs = flops / (3 * _forward_flops(model, seq_len)) / max(data.train.n_targets, 1)
    return 0.0 if n_epochs < 4 else 0.1 if n_epochs < 10 else 0.2


def _forward_flops(model: ModelConfig, seq_len: int) -> float:
    """Operations a token, a large vocabulary counted in part."""
    with torch.device("meta"):  # sizes alone
        whole = model.build().flops(seq_len) / seq_len
    unsampled = max(model.vocab_size - LARGE_VOCABULARY, 0)
    return whole - 2 * unsampled * getattr(model, "d_model", 0)


def _optimiser(vocab_size: int) -> MuonConfig:
    """Muon; a table that starts from the text's own neighbours, as that of a large vocabulary does, moves slower."""
    schedule = TrapezoidConfig(warmup_steps=20, cooldown=0.7)
    return MuonConfig(lr=2e-3 if vocab_size > LARGE_VOCABULARY else 1e-2, schedule=schedule)


def _validations(model: ModelConfig, seq_len: int, seconds: float | None, device: str) -> dict[str, int]:
    """How often, and on how many targets, so that it takes its share of the time and no more."""
    if seconds is None or isinstance(model, NGramConfig):
        return {}
    n = 10 if seconds >= 60 else 4
    tokens = VALIDATION_SHARE * seconds * EFFICIENCY * machine_flops(device) / _forward_flops(model, seq_len) / n
    n_tokens = round(min(max(tokens, 2048), 131_072))
    return {"n_validations": n, "validation_tokens": n_tokens, "n_samples": 4 if seconds >= 60 else 0}


def _check_lengths(config: TrainConfig) -> TrainConfig:
    bound = getattr(config.model, "max_seq_len", None)
    if bound is not None and config.train.seq_len > bound:
        raise ConfigError(
            f"train.seq_len={config.train.seq_len} is longer than the model accepts (model.max_seq_len={bound}). "
            f"Add --set model.max_seq_len={config.train.seq_len}, or ask for shorter sequences."
        )
    return config


def _said(request: Request) -> dict[str, Any]:
    """What the request itself says about the loop; a time replaces a number of steps, and the other way round."""
    said: dict[str, Any] = {"seed": request.seed, "device": request.device}
    said = {name: value for name, value in said.items() if value is not None}
    if request.steps or request.seconds:
        said |= {"steps": request.steps, "seconds": request.seconds}
    return said


def _without_data(recipe: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in recipe.items() if name != "data"}
