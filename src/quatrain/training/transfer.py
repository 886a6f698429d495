"""Starting from a model that was trained before, perhaps for another task."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import nn

from quatrain.data import DataConfig, Framing, MaskedConfig, PairsConfig
from quatrain.data.pairs.vocabulary import SOURCE_TOKENIZER
from quatrain.errors import ConfigError, DataError, RunError
from quatrain.layers.low_rank import adapt, freeze
from quatrain.layers.pooling import LastPoolingConfig
from quatrain.models import ModelConfig
from quatrain.models.backbones import (
    BackboneConfig,
    FCNConfig,
    LanguageBodyConfig,
    SeriesBackboneConfig,
    SeriesEncoderConfig,
)
from quatrain.models.body import body_config, body_weights
from quatrain.runs import RunFolder
from quatrain.training.config import TrainConfig, TransferConfig
from quatrain.training.optim import AdamWConfig, OptimConfig
from quatrain.training.schedules import TrapezoidConfig

__all__ = ["DECIDED", "data_for", "is_of_the_kind", "planned", "refuse_unfit", "take_over"]

BODY = "backbone"
"""What a model calls the part that is carried over."""
SHARED = {"image_size": "image_size", "n_channels": "n_channels", "length": "input_len"}
"""Settings of data that a body decides, and what the body calls them."""
DECIDED = ("tokenizer", "units", "shared_vocabulary", *SHARED)
"""Settings of data that a start decides."""
FREE = ("dropout", "mean", "std", "readout", "kind")
"""Settings of a body that change no shape of its weights."""
FINE_RATE, MOST = 30.0, 1e-3
"""Rate of all weights times the square of the width, and the highest: 5e-5 at 768, as Devlin et al. 2019 take it, and
8e-4 at 192, where rates of 6e-4 to 1.5e-3 were measured to be as good as one another and 2e-4 too low."""
NEW_RATE = 1e-3
"""Rate where only new weights, or low-rank changes, learn."""


def data_for(config: Any, path: str) -> Any:
    """Data as the model in a run folder reads it: with its vocabulary, size of pictures or length of windows.

    Raises:
        RunError: there is no run there, or it lacks its vocabulary.
        ConfigError: it has no body that could read this data.
    """
    source = RunFolder.open(path)
    model, fields = source.model_config(), type(config).model_fields
    is_whole = isinstance(config, DataConfig | PairsConfig)
    body = None if is_whole else _body_of(model, path)
    if "tokenizer" in fields and _reads_tokens(model):
        _refuse_without_vocabulary(source, model)
        if isinstance(config, MaskedConfig):
            _refuse_unmaskable(source, body)
        decided: dict[str, Any] = {"tokenizer": config.tokenizer.replace(path=path)}
        if "units" in fields and body is not None:
            decided["units"] = body.reads
        if "shared_vocabulary" in fields:
            decided["shared_vocabulary"] = not (source.path / SOURCE_TOKENIZER).exists()
        return config.replace(**decided)
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


def refuse_unfit(config: TrainConfig) -> None:
    """Find what would stop `take_over`, by the shapes of the weights alone.

    Raises:
        RunError: the weights of the start are not there, or damaged.
        ConfigError: a setting makes the model another one than the start has weights for.
    """
    assert config.transfer is not None, "this recipe starts at random"
    source = RunFolder.open(config.transfer.path)
    theirs, shapes = source.model_config(), source.weight_shapes()
    own = _shapes(theirs)
    wrong = [name for name, shape in own.items() if shapes.get(name) != shape]
    if wrong:
        raise RunError(
            f"{source.weights_path}: does not belong to its config.json: {', '.join(wrong[:3])}. Train it again: its "
            "recipe.toml says how."
        )
    is_whole = _is_whole(config.model, theirs)
    mine = _shapes(config.model)
    taken = own if is_whole else body_weights(theirs, own)
    if all(mine.get(name) == shape for name, shape in taken.items()):
        return
    where = "model" if is_whole else f"model.{BODY}"
    body = config.model if is_whole else getattr(config.model, BODY)
    settings = [*_differences(body.to_dict(), (theirs if is_whole else body_config(theirs)).to_dict(), where)]
    said = "; ".join(f"{name} is {ours}, and {there} there" for name, ours, there in settings[:3])
    raise ConfigError(
        f"--from {source.path}: its weights do not fit the model of this recipe: {said}. A start keeps its own sizes: "
        f"leave out {' and '.join(name for name, _, _ in settings[:3])}, or leave out --from."
    )


def is_of_the_kind(mine: ModelConfig, started: ModelConfig) -> bool:
    """Whether a model made by a word is what a start turned it into, but for sizes and other numbers."""
    return _outline(getattr(mine, BODY, mine).to_dict()) == _outline(getattr(started, BODY, started).to_dict())


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


def _body_of(model: ModelConfig, path: str) -> BackboneConfig:
    try:
        return body_config(model)
    except ConfigError as error:
        raise ConfigError(f"--from {path}: {error}") from None


def _reads_tokens(model: ModelConfig) -> bool:
    return any("vocab_size" in type(part).model_fields for part in (model, _body(model)))


def _refuse_without_vocabulary(source: RunFolder, model: ModelConfig) -> None:
    """Refuse a start whose tokens have no meaning any more.

    Raises:
        RunError: its vocabulary is gone, or is that of another model.
    """
    has_two = getattr(model, "src_vocab_size", None) is not None
    names = ["tokenizer.json", *([SOURCE_TOKENIZER] if has_two else [])]
    sizes = [getattr(part, "vocab_size", None) for part in (model, _body(model))]
    known = [next(size for size in sizes if size is not None), getattr(model, "src_vocab_size", None)]
    for name, n_known in zip(names, known, strict=False):
        if not (source.path / name).exists() and not (source.path / "job.json").exists():
            raise RunError(
                f"{source.path}: is damaged: its model reads tokens, and its {name} is missing. Copy it back from "
                "where the run came from, or train it again: its recipe.toml says how."
            )
        n_tokens = source.load_tokenizer(name).vocab_size
        if n_tokens > n_known:
            raise RunError(
                f"{source.path}: is damaged: its {name} has {n_tokens:,} tokens, and its model knows {n_known:,}, so "
                "they do not belong together. Train it again: its recipe.toml says how."
            )


def _refuse_unmaskable(source: RunFolder, body: BackboneConfig | None) -> None:
    """Refuse a start that cannot learn to tell hidden tokens.

    Raises:
        ConfigError: it reads one way only, or words, or knows no token that hides others.
    """
    start = f"--from {source.path}"
    otherwise = "Start from a masked language model, or leave out --from."
    if isinstance(body, LanguageBodyConfig):
        raise ConfigError(
            f"{start}: is the body of a language model, which reads what stands before a word and nothing after it, so "
            f"it cannot be taught to tell hidden words. {otherwise}"
        )
    if body is not None and body.reads != "text":
        raise ConfigError(f"{start}: reads {body.reads}, but this data is text. {otherwise}")
    try:
        _ = Framing(source.load_tokenizer()).mask_id
    except DataError:
        raise ConfigError(
            f"{start}: its vocabulary has no token that hides others, and a start is read with its own. {otherwise}"
        ) from None


def _is_whole(mine: ModelConfig, theirs: ModelConfig) -> bool:
    """Whether a model is taken over with its head."""
    return type(mine) is type(theirs) and BODY not in type(mine).model_fields


def _shapes(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """Of every weight that a run folder keeps of a model, by name."""
    with torch.device("meta"):
        return {name: tuple(weight.shape) for name, weight in config.build().named_parameters()}


def _differences(mine: Any, theirs: Any, where: str) -> Iterator[tuple[str, Any, Any]]:
    """Settings that are others in one than in the other, by their dotted names."""
    if isinstance(mine, Mapping) and isinstance(theirs, Mapping):
        for name in [*mine, *(name for name in theirs if name not in mine)]:
            if name not in FREE:
                yield from _differences(mine.get(name), theirs.get(name), f"{where}.{name}")
    elif mine != theirs:
        yield where, mine, theirs


def _outline(value: Any) -> Any:
    """A config without its numbers."""
    if isinstance(value, Mapping):
        return {name: _outline(part) for name, part in value.items() if name not in FREE or name == "kind"}
    if isinstance(value, list) and any(isinstance(part, Mapping) for part in value):
        return [_outline(part) for part in value]
    return value if isinstance(value, bool | str) else 0


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
    body, wanted = _body_of(source, path), getattr(mine, BODY)
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
    taken = weights if _is_whole(config, theirs) else body_weights(theirs, weights)
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
