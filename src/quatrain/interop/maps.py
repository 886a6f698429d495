"""Key maps: which tensors of another program each of ours is made of; one map serves both directions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import torch
from torch import Tensor

from quatrain.errors import ConversionError

Weights = dict[str, Tensor]
Shapes = Mapping[str, Sequence[int]]

BLOCK = re.compile(r"(?:^|\.)blocks\.(\d+)\.")


@dataclass(frozen=True)
class Layout:
    """How a tensor of theirs lies beside ours."""

    to_theirs: Callable[[Tensor], Tensor]
    to_ours: Callable[[Tensor], Tensor]
    shape: Callable[[tuple[int, ...]], tuple[int, ...]]
    """Our shape to theirs."""

    def then(self, other: Layout) -> Layout:
        """This one, and another on top of it."""
        return Layout(
            lambda ours: other.to_theirs(self.to_theirs(ours)),
            lambda theirs: self.to_ours(other.to_ours(theirs)),
            lambda shape: other.shape(self.shape(shape)),
        )


ALIKE = Layout(lambda ours: ours, lambda theirs: theirs, lambda shape: shape)
TRANSPOSED = Layout(Tensor.t, Tensor.t, lambda shape: shape[::-1])
"""(in, out) where ours lie (out, in)."""
IN_A_ROW = Layout(lambda ours: ours[None], lambda theirs: theirs[0], lambda shape: (1, *shape))
"""One more axis in front, of length 1."""
ZERO_ROW = Layout(
    lambda ours: torch.cat([ours, torch.zeros_like(ours[:1])]),
    lambda theirs: theirs[:-1],
    lambda shape: (shape[0] + 1, *shape[1:]),
)
"""One more row at the end, of zeros."""


def after(n_rows: int) -> Layout:
    """As many more rows in front, of zeros."""
    return Layout(
        lambda ours: torch.cat([torch.zeros_like(ours[:1]).expand(n_rows, *ours.shape[1:]), ours]),
        lambda theirs: theirs[n_rows:],
        lambda shape: (shape[0] + n_rows, *shape[1:]),
    )


class From:
    """What one tensor of ours is called elsewhere, and how it lies there.

    Args:
        names: their tensors, ours being these joined on axis 0 in this order; `{i}` counts blocks.
        layout: how each of theirs lies.
        rows: where several are joined, a word for the rows of each; the caller knows the numbers.
    """

    def __init__(self, *names: str, layout: Layout = ALIKE, rows: tuple[str, ...] = ()) -> None:
        assert len(names) == 1 or len(names) == len(rows)
        self.names, self.layout, self.rows = names, layout, rows

    def at(self, block: str) -> From:
        """The same for one block."""
        names = [name.replace("{i}", block) for name in self.names]
        return From(*names, layout=self.layout, rows=self.rows)

    def split(self, n_rows: int, sizes: Mapping[str, int]) -> list[int]:
        """How many of our rows come from each of their tensors."""
        return [sizes[word] for word in self.rows] if self.rows else [n_rows]


KeyMap = Mapping[str, From]


def affine(ours: str, *theirs: str, rows: tuple[str, ...] = ()) -> KeyMap:
    """A projection or a norm: its weight and its bias."""
    return {f"{ours}.{part}": From(*(f"{name}.{part}" for name in theirs), rows=rows) for part in ("weight", "bias")}


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
        wanted = [entry.layout.shape((n_rows, *shape[1:])) for n_rows in entry.split(shape[0], sizes)]
        faults = [
            f"{part} is {tuple(tensor.shape)} and should be {should}"
            for part, tensor, should in zip(entry.names, found, wanted, strict=True)
            if tuple(tensor.shape) != should
        ]
        misshapen += faults
        if not faults:
            ours[name] = torch.cat([entry.layout.to_ours(part) for part in found]).contiguous()
    _account(source, {"missing": missing, "of another shape": misshapen, "not known": sorted(left)})
    return ours


def to_theirs(ours: Weights, key_map: KeyMap, sizes: Mapping[str, int]) -> Weights:
    """Their weights made of ours.

    Raises:
        ConversionError: a weight of ours has no name among theirs.
    """
    theirs: Weights = {}
    for name, tensor in ours.items():
        entry = _entry(name, key_map)
        parts = torch.split(tensor, entry.split(len(tensor), sizes))
        turned = [entry.layout.to_theirs(part).contiguous() for part in parts]
        theirs.update(zip(entry.names, turned, strict=True))
    return theirs


def _entry(name: str, key_map: KeyMap) -> From:
    block = BLOCK.search(name)
    pattern = f"{name[: block.start(1)]}{{i}}{name[block.end(1) :]}" if block else name
    if pattern not in key_map:
        raise ConversionError(f"{name}: this weight has no counterpart in the other format.")
    return key_map[pattern].at(block[1]) if block else key_map[pattern]


def _account(source: str, faults: Mapping[str, list[str]]) -> None:
    told = [f"{fault.capitalize()}: {_some(names)}" for fault, names in faults.items() if names]
    if told:
        raise ConversionError(
            f"{source}: these weights are not those config.json describes. {'. '.join(told)}. "
            "Check that both files come from the same model."
        )


def _some(names: list[str], most: int = 4) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
