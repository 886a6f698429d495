"""What is known of a run as rows of a table, the same for the page and the model card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from quatrain.report.folder import Result, RunFacts, Score
from quatrain.report.quantities import (
    byte_size,
    count,
    decimal,
    duration,
    interval,
    rough_count,
    scientific,
    short,
)


@dataclass(frozen=True)
class Row:
    """A name and a value for each column."""

    name: str
    values: tuple[str, ...]


def score_columns(result: Result) -> list[str]:
    """Whose scores stand in the columns of `score_rows`."""
    return ["this model", *([result.baseline.name] if result.baseline else [])]


def score_rows(result: Result) -> list[Row]:
    """Loss and what follows from it, the baseline beside the model."""
    scores: list[Score] = [result, *([result.baseline] if result.baseline else [])]
    return [
        Row("Loss, nats per token", tuple(decimal(score.loss) for score in scores)),
        Row("95 % interval of the loss", tuple(interval(score.interval) for score in scores)),
        Row("Perplexity", tuple(short(score.perplexity) for score in scores)),
        Row("Bits per byte", tuple(decimal(score.bits_per_byte) for score in scores)),
        Row("Targets scored", tuple(count(score.n_targets) for score in scores)),
    ]


def difference_in_words(result: Result) -> str:
    """The paired difference with its interval; empty where it was not measured."""
    if not result.difference:
        return ""
    words = f"Model minus baseline, target by target: {decimal(result.difference.mean)} nats per token"
    if result.difference.interval:
        words += f" (95 % interval {interval(result.difference.interval)})"
    return words + "."


def context_in_words(result: Result) -> str:
    """How much text the model saw before each scored token."""
    if result.context is None:
        return ""
    words = f"Scored with a context of {count(result.context)} tokens"
    if result.stride is not None:
        words += f", moved on by {count(result.stride)} at a time"
    return words + "; every target of the held-out text counts once."


def data_rows(result: Result) -> list[Row]:
    """Size and shape of the data."""
    data = result.data
    return [
        _row("Data", data.name),
        _row("Documents", count(data.n_documents)),
        _row("Size", byte_size(data.n_bytes)),
        _row("Characters", count(data.n_chars)),
        _row("Tokens for training", count(data.train_tokens)),
        _row("Tokens held out", count(data.val_tokens)),
        _row("Tokenizer", data.tokenizer),
        _row("Tokens known", count(data.vocab_size)),
    ]


def cost_rows(result: Result) -> list[Row]:
    """What the run took."""
    machine = result.machine
    arithmetic = None if result.flops is None else f"{scientific(result.flops)} FLOPs"
    speed = result.train_tokens / result.seconds if result.train_tokens and result.seconds else None
    return [
        _row("Parameters", rough_count(result.n_parameters)),
        _row("Tokens trained on", rough_count(result.train_tokens)),
        _row("Time", duration(result.seconds)),
        _row("Tokens per second, over all", count(speed)),
        _row("Peak memory", byte_size(result.peak_memory_bytes)),
        _row("Arithmetic, estimated", arithmetic),
        _row("Device", machine.device),
        _row("CPU cores", count(machine.cpus)),
        _row("Number type", machine.dtype),
        _row("PyTorch", machine.torch),
    ]


def model_rows(run: RunFacts) -> list[Row]:
    """The settings of the model; a part made of several is named by its kind."""
    return [Row(name, (_setting(value),)) for name, value in run.model.items() if value is not None]


def _setting(value: Any) -> str:
    if isinstance(value, dict) and "mixers" in value:
        return "+".join(map(_setting, value["mixers"]))
    if isinstance(value, dict):
        return str(value.get("kind", ", ".join(value)))
    if isinstance(value, list):
        return ", ".join(map(_setting, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _row(name: str, value: str | None) -> Row:
    return Row(name, (value or "not recorded",))
