"""Who may see whom: rules on absolute positions, one polarity everywhere (True: may be seen).

A rule is a plain function of broadcastable query and key positions, so that a whole pass and a cached
decode ask the same question:

    >>> import torch
    >>> here = torch.arange(4)
    >>> all_of(causal, within(2))(here[:, None], here[None, :]).int()
    tensor([[1, 0, 0, 0],
            [1, 1, 0, 0],
            [0, 1, 1, 0],
            [0, 0, 1, 1]], dtype=torch.int32)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from quatrain.errors import ConfigError, ShapeError

MaskRule = Callable[[Tensor, Tensor], Tensor]
"""(query positions, key positions), int64 and broadcastable, to bool: True where the key may be seen."""


def everything(q: Tensor, k: Tensor) -> Tensor:
    """Every key, before and after."""
    return torch.ones_like(k <= q)


def causal(q: Tensor, k: Tensor) -> Tensor:
    """The past and the position itself."""
    return k <= q


def before(q: Tensor, k: Tensor) -> Tensor:
    """The past without the position itself; the first position sees nothing."""
    return k < q


def after(q: Tensor, k: Tensor) -> Tensor:
    """The future without the position itself; the last position sees nothing."""
    return k > q


def within(width: int) -> MaskRule:
    """Keys less than `width` positions away, to either side; `within(1)` is the position itself.

    Joined with `causal` it is a look-back over `width` positions, the query's own included; alone it is a
    window of 2 width - 1.

    Raises:
        ConfigError: width is below 1.
    """
    if width < 1:
        raise ConfigError(f"window={width} would hide everything. Give at least 1 (only the position itself).")
    return lambda q, k: (q - k).abs() < width


def all_of(*rules: MaskRule) -> MaskRule:
    """What every rule shows; with no rules, everything."""
    return lambda q, k: reduce(torch.logical_and, (rule(q, k) for rule in rules), everything(q, k))


def any_of(*rules: MaskRule) -> MaskRule:
    """What at least one rule shows; with no rules, nothing."""
    return lambda q, k: reduce(torch.logical_or, (rule(q, k) for rule in rules), ~everything(q, k))


def visible(
    rule: MaskRule,
    q_positions: Int[Tensor, "batch new"],
    k_positions: Int[Tensor, "batch seq"],
    q_documents: Int[Tensor, "batch new"] | None = None,
    k_documents: Int[Tensor, "batch seq"] | None = None,
) -> Bool[Tensor, "batch new seq"]:
    """Which keys each query may see, by the rule; never padding, never another document.

    Args:
        rule: who may see whom by position.
        q_positions: absolute index of each query; -1 where it is padding (what it sees means nothing).
        k_positions: absolute index of each key; -1 where it is padding.
        q_documents: the document of each query; given together with k_documents or not at all.
        k_documents: the document of each key.

    Raises:
        ShapeError: documents are given for one side only.
    """
    seen = rule(q_positions[:, :, None], k_positions[:, None, :]) & (k_positions >= 0)[:, None, :]
    if q_documents is None and k_documents is None:
        return seen
    if q_documents is None or k_documents is None:
        given, missing = ("k", "q") if q_documents is None else ("q", "k")
        raise ShapeError(f"{given}_documents is given without {missing}_documents. Give both, or neither.")
    return seen & (q_documents[:, :, None] == k_documents[:, None, :])
