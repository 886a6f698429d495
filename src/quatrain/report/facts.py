"""What is known of a run as rows of a table, the same for the page and the model card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from quatrain.report.folder import VALIDATION, Difference, Result, RunFacts
from quatrain.report.quantities import (
    MISSING,
    byte_size,
    count,
    decimal,
    duration,
    interval,
    rough_count,
    scientific,
)


@dataclass(frozen=True)
class Row:
    """A name and a value for each column."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows under named columns; the first column holds their names."""

    corner: str
    """What the names of the rows are."""
    columns: tuple[str, ...]
    rows: Sequence[Row]

    def turned(self, corner: str) -> Table:
        """Its columns as rows; `corner` says what they are."""
        rows = [Row(column, tuple(row.values[place] for row in self.rows)) for place, column in enumerate(self.columns)]
        return Table(corner, tuple(row.name for row in self.rows), rows)


def row(name: str, value: str | None) -> Row:
    """A row of one value; one that is missing says so."""
    return Row(name, (value or MISSING,))


def difference_in_words(difference: Difference | None, what: str = "Model minus baseline") -> str:
    """A paired difference with its interval; empty where it was not measured."""
    if not difference:
        return ""
    words = f"{what}, target by target: {decimal(difference.mean)} nats per token"
    if difference.interval:
        words += f" (95 % interval {interval(difference.interval)})"
    return words + "."


def judged_by(part: str) -> str:
    """What the part is worth that scores are of."""
    if part == VALIDATION:
        return "Scored on the validation part, by which the best weights of the training were chosen."
    return f"Scored once, at the end, on the {part} part, by which nothing was chosen."


def size_rows(result: Result) -> list[Row]:
    """How large the text is, and what it was cut into."""
    data = result.data
    return [
        row("Size", byte_size(data.n_bytes)),
        row("Characters", count(data.n_chars)),
        row("Tokens for training", count(data.train_tokens)),
        row("Tokens held out", count(data.val_tokens)),
        row("Tokenizer", data.tokenizer),
    ]


def cost_rows(result: Result, unit: str = "token") -> list[Row]:
    """What the run took; `unit` is what one target is called."""
    machine = result.machine
    arithmetic = None if result.flops is None else f"{scientific(result.flops)} FLOPs"
    speed = result.train_tokens / result.seconds if result.train_tokens and result.seconds else None
    return [
        row("Parameters", rough_count(result.n_parameters)),
        row(f"{unit.capitalize()}s trained on", rough_count(result.train_tokens)),
        row("Time", duration(result.seconds)),
        row(f"{unit.capitalize()}s per second, over all", count(speed)),
        row("Peak memory", byte_size(result.peak_memory_bytes)),
        row("Arithmetic, estimated", arithmetic),
        row("Device", machine.device),
        row("CPU cores", count(machine.cpus)),
        row("Number type", machine.dtype),
        row("PyTorch", machine.torch),
    ]


def model_rows(run: RunFacts[Any, Any]) -> list[Row]:
    """The settings of the model; a part that can be of several kinds is named by its kind."""
    return [Row(name, (_setting(value),)) for name, value in _flat(run.model) if value is not None]


def _flat(settings: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted names and values; settings that only stand together, as those of an encoder, are taken one by one."""
    for name, value in settings.items():
        if isinstance(value, dict) and value and "kind" not in value and "mixers" not in value:
            yield from _flat(value, f"{above}{name}.")
        else:
            yield above + name, value


def _setting(value: Any) -> str:
    if isinstance(value, dict) and "mixers" in value:
        return "+".join(map(_setting, value["mixers"]))
    if isinstance(value, dict):
        return str(value.get("kind", ", ".join(value)))
    if isinstance(value, list):
        return ", ".join(map(_setting, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
