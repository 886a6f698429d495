"""How much of its source a target has read while it was written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from quatrain.errors import ConfigError
from quatrain.layers.tap import Tap, record
from quatrain.models._base import ConditionalModel

CROSS_WEIGHTS = "cross.pattern"
"""How the taps are called that tell the weights with which a source is read."""


class Coverage:
    """The coverage penalty of a search: targets that leave parts of the source unread are ranked lower.

    Wu et al. 2016, eq. 14, https://arxiv.org/abs/1609.08144: beta * sum_i log(min(sum_j p_ij, 1)), where p_ij is the
    weight with which source position i was read to write token j. Their model has one attention; here p is the mean
    over all layers and heads.

    Args:
        beta: weight of the penalty.
        src_mask: True where the source is real.
    """

    def __init__(self, beta: float, src_mask: Bool[Tensor, "rows src"]) -> None:
        self._beta = beta
        self._read = (~src_mask).float()  # (rows, S): padding is no gap
        self._heard: dict[str, list[Tensor]] = {}

    @contextmanager
    def listening(self, model: ConditionalModel) -> Iterator[None]:
        """While the model writes.

        Raises:
            ConfigError: the model does not choose what it reads.
        """
        if not any(isinstance(part, Tap) and name.endswith(CROSS_WEIGHTS) for name, part in model.named_modules()):
            raise ConfigError(
                "coverage_penalty: this model does not read its source by attention, so it leaves no gaps to rank by. "
                "Set coverage_penalty=0."
            )
        with record(model, f"*{CROSS_WEIGHTS}") as self._heard:
            yield

    def select(self, rows: Int[Tensor, " rows"]) -> None:
        """Go on with these rows."""
        self._read = self._read[rows]

    def penalty(self) -> Float[Tensor, " rows"]:
        """Of what each row has read so far, the last token included."""
        told = [weights.mean(dim=1).flatten(0, 1) for heard in self._heard.values() for weights in heard]  # (rows, S)
        for heard in self._heard.values():
            heard.clear()
        if told:
            self._read = self._read + torch.stack(told).mean(dim=0)
        smallest = torch.finfo(self._read.dtype).tiny
        return self._beta * self._read.clamp(smallest, 1.0).log().sum(dim=1)
