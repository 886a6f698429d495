"""Starting from a model that was trained before, perhaps for another task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from quatrain.errors import ConfigError, RunError
from quatrain.layers.low_rank import adapt, freeze
from quatrain.layers.pooling import LastPoolingConfig
from quatrain.models import ModelConfig
from quatrain.models.backbones import FCNConfig, LanguageBodyConfig, SeriesBackboneConfig, SeriesEncoderConfig
from quatrain.models.body import body_config, body_weights
from quatrain.runs import RunFolder
from quatrain.training.config import TrainConfig, TransferConfig
from quatrain.training.optim import AdamWConfig, OptimConfig
from quatrain.training.schedules import TrapezoidConfig

__all__ = ["data_for", "planned", "take_over"]

BODY = "backbone"
"""What a model calls the part that is carried over."""
SHARED = {"image_size": "image_size", "n_channels": "n_channels", "length": "input_len"}
"""Settings of data that a body decides, and what the body calls them."""
FINE_RATE, MOST = 30.0, 1e-3
"""Rate of all weights times the square of the width, and the highest: 5e-5 at 768, as Devlin et al. 2019 take it, and
8e-4 at 192, where rates of 6e-4 to 1.5e-3 were measured to be as good as one another and 2e-4 too low."""
NEW_RATE = 1e-3
"""Rate where only new weights, or low-rank changes, learn."""


def data_for(config: Any, path: str) -> Any:
    """Data as the model in a run folder reads it: with its vocabulary, size of pictures or length of windows.

    Raises:
        RunError: there is no run there.
    """
    source = RunFolder.open(path)
    fields = type(config).model_fields
    if "tokenizer" in fields and (source.path / "tokenizer.json").exists():
        vocabulary = config.tokenizer.replace(path=str(path))
        units = {"units": body_config(source.model_config()).reads} if "units" in fields else {}
        return config.replace(tokenizer=vocabulary, **units)
    body = body_config(source.model_config())
    shared = {name: getattr(body, own) for name, own in SHARED.items() if name in fields and hasattr(body, own)}
    return config.replace(**shared)


def planned(config: TrainConfig, transfer: TransferConfig) -> TrainConfig:
    """A recipe that was made for a random start, made for this start: the model's body, its rates.

    Raises:
        RunError: there is no run there.
        ConfigError: the model has no body that this one could have, or was trained on another sort of data.
    """
    source = RunFolder.open(transfer.path).model_config()
    model = _model(config.model, source, transfer)
    bound = _bound(model)
    seq_len = config.train.seq_len if bound is None else min(config.train.seq_len, bound)
    return config.replace(
        model=model,
        optim=_optimiser(transfer, _width(model)),
        train=config.train.replace(seq_len=seq_len),
        transfer=transfer,
    )


def take_over(model: nn.Module, config: TrainConfig, say: Callable[[str], None], *, with_weights: bool = True) -> None:
    """Fill a fresh model with what it has in common with the one it starts from, and hold what is to be held.

    Args:
        with_weights: False where a checkpoint brings them.
    Raises:
        RunError: the weights are not there, or do not fit.
    """
    transfer = config.transfer
    assert transfer is not None, "this recipe starts at random"
    if with_weights:
        n_taken = _fill(model, config.model, RunFolder.open(transfer.path))
        n_all = sum(weight.numel() for weight in model.parameters())
        say(f"start: {n_taken:,} of {n_all:,} weights from {transfer.path}")
    body = getattr(model, BODY, None)
    if transfer.how == "lora":
        adapt(model if body is None else body, transfer.rank, transfer.alpha)
    elif transfer.how == "frozen":
        assert body is not None, "planned() refuses it"
        freeze(body)


def _model(mine: ModelConfig, source: ModelConfig, transfer: TransferConfig) -> ModelConfig:
    """The model to be trained, with as much of the source as it can have."""
    path = transfer.path
    if BODY not in type(mine).model_fields:
        if transfer.how == "frozen":
            raise ConfigError(f"--from {path}: is taken over whole, so no weights are new: leave out --tune frozen.")
        if type(mine) is type(source):
            return _with_dropout(source, mine)
        raise ConfigError(
            f"--from {path}: is a model of kind {source.kind!r}, and one of kind {mine.kind!r} cannot start from it. "
            f"Start from a run of the same kind, or leave out --from."
        )
    body, wanted = body_config(source), getattr(mine, BODY)
    if body.reads != wanted.reads:
        raise ConfigError(f"--from {path}: reads {body.reads}, but this data is {wanted.reads}.")
    pools = "pooling" in type(mine).model_fields
    if isinstance(body, SeriesBackboneConfig):
        body = _of_series(body, wanted, path, pools=pools)
    changes: dict[str, Any] = {BODY: _with_dropout(body, wanted)}
    if isinstance(body, LanguageBodyConfig) and pools:
        changes["pooling"] = LastPoolingConfig()  # the one position that has read all
    return mine.replace(**changes)


def _of_series(body: SeriesBackboneConfig, wanted: Any, path: str, *, pools: bool) -> SeriesBackboneConfig:
    """The body with the scale of this data, giving what the model asks of it.

    Args:
        pools: whether the model takes a vector for each position.
    Raises:
        ConfigError: it reads another number of columns, or gives no single vector where one is asked for.
    """
    if body.n_columns != wanted.n_columns:
        raise ConfigError(f"--from {path}: reads {body.n_columns} columns, but this data has {wanted.n_columns}.")
    if not pools and isinstance(body, FCNConfig):
        raise ConfigError(f"--from {path}: gives a vector for each row, and a forecast is told from one or a column's.")
    readout = "each" if pools else getattr(wanted, "readout", "last")
    reading = {"readout": readout} if isinstance(body, SeriesEncoderConfig) else {}
    return body.replace(mean=wanted.mean, std=wanted.std, **reading)


def _with_dropout(source: Any, mine: Any) -> Any:
    """The source, dropping as much as the model planned here; a run from elsewhere says nothing of dropout."""
    if isinstance(source, LanguageBodyConfig):
        return source.replace(lm=_with_dropout(source.lm, mine))
    both = all("dropout" in type(part).model_fields for part in (source, mine))
    return source.replace(dropout=mine.dropout) if both else source


def _fill(model: nn.Module, config: ModelConfig, source: RunFolder) -> int:
    """Load what both have; how many numbers that were."""
    theirs = source.model_config()
    weights = source.weights()
    mine = model.state_dict()
    is_whole = type(config) is type(theirs) and BODY not in type(config).model_fields
    taken = weights if is_whole else body_weights(theirs, weights)
    unfit = [name for name, tensor in taken.items() if name not in mine or mine[name].shape != tensor.shape]
    if unfit:
        raise RunError(f"{source.path}: its weights do not fit the model of this recipe: {', '.join(unfit[:3])}.")
    model.load_state_dict(taken, strict=False)
    return sum(tensor.numel() for tensor in taken.values())


def _optimiser(transfer: TransferConfig, d_model: int) -> OptimConfig:
    schedule = TrapezoidConfig(warmup_steps=50, cooldown=0.9)
    lr = min(FINE_RATE / d_model**2, MOST) if transfer.how == "full" else NEW_RATE
    return AdamWConfig(lr=lr, betas=(0.9, 0.999), weight_decay=0.01, schedule=schedule)


def _body(model: ModelConfig) -> Any:
    body = getattr(model, BODY, model)
    return body.lm if isinstance(body, LanguageBodyConfig) else body


def _width(model: ModelConfig) -> int:
    return int(getattr(_body(model), "d_model", 256))


def _bound(model: ModelConfig) -> int | None:
    bound: int | None = getattr(_body(model), "max_seq_len", None)
    return bound
