"""Key maps: which tensors of another program each of ours is made of; one map serves both directions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

import torch
from torch import Tensor

from quatrain.errors import ConversionError

Weights = dict[str, Tensor]
Shapes = Mapping[str, Sequence[int]]

BLOCK = re.compile(r"blocks\.(\d+)\.")


class From:
    """What one tensor of ours is called elsewhere, and how it lies there.

    Args:
        names: their tensors, ours being these joined on axis 0 in this order; `{i}` counts blocks.
        transpose: theirs lie (in, out) where ours lie (out, in).
        rows: where several are joined, a word for the rows of each; the caller knows the numbers.
    """

    def __init__(self, *names: str, transpose: bool = False, rows: tuple[str, ...] = ()) -> None:
        assert len(names) == 1 or len(names) == len(rows)
        self.names, self.transpose, self.rows = names, transpose, rows

    def at(self, block: str) -> From:
        """The same for one block."""
        names = [name.replace("{i}", block) for name in self.names]
        return From(*names, transpose=self.transpose, rows=self.rows)

    def split(self, n_rows: int, sizes: Mapping[str, int]) -> list[int]:
        """How many of our rows come from each of their tensors."""
        return [sizes[word] for word in self.rows] if self.rows else [n_rows]

    def turn(self, tensor: Tensor) -> Tensor:
        """From our layout to theirs, and back."""
        return tensor.t() if self.transpose else tensor


KeyMap = Mapping[str, From]


def to_ours(
    theirs: Weights,
    key_map: KeyMap,
    shapes: Shapes,
    sizes: Mapping[str, int],
    *,
    ignored: Iterable[str] = (),
    source: str = "",
) -> Weights:
    """Our weights made of theirs, all accounted for.

    Args:
        theirs: their weights.
        key_map: our name, with `{i}` for the block, to theirs.
        shapes: what we need: our names and shapes.
        sizes: the number of rows each word of the map stands for.
        ignored: patterns (`*` for any text) of theirs that hold nothing to carry over.
        source: where theirs were read, for messages.
    Raises:
        ConversionError: a weight of ours would stay unfilled, one of theirs unused, or a shape differs; the
            message names them.
    """
    left = {name for name in theirs if not any(fnmatchcase(name, pattern) for pattern in ignored)}
    ours, missing, misshapen = {}, [], []
    for name, shape in shapes.items():
        entry = _entry(name, key_map)
        found = [theirs[part] for part in entry.names if part in theirs]
        left.difference_update(entry.names)
        if len(found) < len(entry.names):
            missing += [part for part in entry.names if part not in theirs]
            continue
        wanted = [_shape(entry, n_rows, shape) for n_rows in entry.split(shape[0], sizes)]
        faults = [
            f"{part} is {tuple(tensor.shape)} and should be {should}"
            for part, tensor, should in zip(entry.names, found, wanted, strict=True)
            if tuple(tensor.shape) != should
        ]
        misshapen += faults
        if not faults:
            ours[name] = torch.cat([entry.turn(part) for part in found]).contiguous()
    _account(source, {"missing": missing, "of another shape": misshapen, "not known": sorted(left)})
    return ours


def to_theirs(ours: Weights, key_map: KeyMap, sizes: Mapping[str, int]) -> Weights:
    """Their weights made of ours.

    Raises:
        ConversionError: a weight of ours has no name among theirs.
    """
    theirs = {}
    for name, tensor in ours.items():
        entry = _entry(name, key_map)
        parts = torch.split(tensor, entry.split(len(tensor), sizes))
        theirs.update({part: entry.turn(rows).contiguous() for part, rows in zip(entry.names, parts, strict=True)})
    return theirs


def _entry(name: str, key_map: KeyMap) -> From:
    block = BLOCK.match(name)
    pattern = f"blocks.{{i}}.{name[block.end() :]}" if block else name
    if pattern not in key_map:
        raise ConversionError(f"{name}: this weight has no counterpart in the other format.")
    return key_map[pattern].at(block[1]) if block else key_map[pattern]


def _shape(entry: From, n_rows: int, ours: Sequence[int]) -> tuple[int, ...]:
    """The shape of one of their tensors that gives `n_rows` of our rows."""
    shape = (n_rows, *ours[1:])
    return shape[::-1] if entry.transpose else shape


def _account(source: str, faults: Mapping[str, list[str]]) -> None:
    told = [f"{fault}: {_some(names)}" for fault, names in faults.items() if names]
    if told:
        raise ConversionError(
            f"{source}: these weights are not those config.json describes. {'; '.join(told).capitalize()}. "
            "Check that both files come from the same model."
        )


def _some(names: list[str], most: int = 4) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
