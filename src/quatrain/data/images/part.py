"""One part of labelled pictures as a model reads it."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Int, UInt8

from quatrain.data.config import AugmentConfig
from quatrain.data.examples import ExampleBatch
from quatrain.data.images.batches import ImageBatches, batch_of
from quatrain.data.images.pixels import png, resized

__all__ = ["UNCHANGED", "ImageExamples"]

NUMBERS = 1 << 20
"""Numbers of pictures scored at once, channels counted."""
PLAIN_SIDE = 32
"""Longest side of pictures as models of scikit-learn read them."""
MEASURED = 10_000
"""Pictures whose brightness is measured at most."""
UNCHANGED = AugmentConfig(shift=0.0)


@dataclass(frozen=True, eq=False)
class ImageExamples:
    """The pictures of one part, and their classes."""

    reads: ClassVar[str] = "images"

    pixels: UInt8[np.ndarray, "all channels height width"]
    """Of this part, and perhaps of others; maybe on the disk."""
    rows: Int[np.ndarray, " n"]
    """Which of them are in the part."""
    labels: Int[np.ndarray, " n"]
    """The class of each, -1 where it is not known."""
    classes: tuple[str, ...]
    places: Sequence[str]
    """What each is called to people."""
    augment: AugmentConfig = UNCHANGED
    """How pictures are changed in training."""

    @classmethod
    def unlabelled(
        cls, pixels: UInt8[np.ndarray, "n channels height width"], classes: tuple[str, ...]
    ) -> ImageExamples:
        """Pictures whose classes are to be told."""
        n = len(pixels)
        return cls(pixels, np.arange(n), np.full(n, -1), classes, [""] * n)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def n_targets(self) -> int:
        """Pictures."""
        return len(self.rows)

    @property
    def mean_length(self) -> int:
        """Pictures are all of one size, which the model knows."""
        return 1

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width."""
        return self.pixels.shape[2], self.pixels.shape[3]

    @property
    def n_channels(self) -> int:
        """1 or 3."""
        return self.pixels.shape[1]

    @cached_property
    def brightness(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Mean and standard deviation of each channel, of pixels in 0..1, over pictures spread over the part."""
        some = self.rows[np.unique(np.linspace(0, len(self) - 1, MEASURED).astype(np.int64))]
        values = np.arange(256) / 255
        means, stds = [], []
        for channel in range(self.n_channels):
            share = np.bincount(self.pixels[some, channel].ravel(), minlength=256) / (
                len(some) * math.prod(self.image_size)
            )
            mean = float(share @ values)
            means.append(round(mean, 4))
            stds.append(max(round(float(share @ (values - mean) ** 2) ** 0.5, 4), 1e-4))
        return tuple(means), tuple(stds)

    def batches(self, *, seed: int, batch_size: int, seq_len: int) -> ImageBatches:
        """Training batches, changed at random; `seq_len` means nothing for pictures."""
        return ImageBatches(self.pixels, self.rows, self.labels, self.augment, seed=seed, batch_size=batch_size)

    def in_order(
        self, rows: Int[np.ndarray, " some"] | None = None, seq_len: int | None = None
    ) -> Iterator[tuple[Int[np.ndarray, " batch"], ExampleBatch]]:
        """Some pictures, or all, each once and as it is."""
        some = np.arange(len(self)) if rows is None else rows
        n = max(NUMBERS // math.prod(self.pixels.shape[1:]), 1)
        for start in range(0, len(some), n):
            batch = some[start : start + n]
            yield batch, batch_of(self.pixels[self.rows[batch]], self.labels[batch])

    def plain(self) -> UInt8[np.ndarray, "n features"]:
        """The pixels of each in a row, of larger pictures those of a picture of at most 32x32."""
        height, width = self.image_size
        scale = min(PLAIN_SIDE / max(height, width), 1.0)
        if scale == 1.0:
            return self.pixels[self.rows].reshape(len(self), -1)
        size = max(round(scale * height), 1), max(round(scale * width), 1)
        blocks = np.array_split(self.rows, max(len(self) // 256, 1))
        small = [resized(torch.from_numpy(self.pixels[block]), size) for block in blocks]
        return np.concatenate(small).reshape(len(self), -1)

    def shown(self, row: int) -> dict[str, str]:
        """The picture as a data: URI, and its name."""
        data = base64.b64encode(png(self.pixels[self.rows[row]])).decode()
        return {"picture": f"data:image/png;base64,{data}", "name": self.places[row]}
