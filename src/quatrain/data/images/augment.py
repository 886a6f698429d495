"""Random changes of training pictures: a pure function of the pictures and a generator."""

from __future__ import annotations

import numpy as np
from jaxtyping import UInt8

from quatrain.data.config import AugmentConfig

__all__ = ["augmented"]

Pixels = UInt8[np.ndarray, "n channels height width"]


def augmented(pixels: Pixels, config: AugmentConfig, generator: np.random.Generator) -> Pixels:
    """Pictures moved, mirrored and partly painted over, each in its own way."""
    pixels = _shifted(pixels, config.shift, generator)
    if config.flip:
        is_flipped = generator.random(len(pixels)) < 0.5
        pixels = np.where(is_flipped[:, None, None, None], pixels[..., ::-1], pixels)
    return _erased(pixels, config.erase, generator)


def _shifted(pixels: Pixels, share: float, generator: np.random.Generator) -> Pixels:
    """Moved down and to the right by up to `share` of the side, or up and to the left; black comes in."""
    n, _, *size = pixels.shape
    down, right = most = [round(share * side) for side in size]
    if not any(most):
        return pixels
    padded = np.pad(pixels, ((0, 0), (0, 0), (down, down), (right, right)))
    moved = (np.arange(side) + generator.integers(0, 2 * by + 1, (n, 1)) for side, by in zip(size, most, strict=True))
    rows, columns = moved  # (N, height), (N, width)
    shifted = padded.transpose(0, 2, 3, 1)[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return shifted.transpose(0, 3, 1, 2)


def _erased(pixels: Pixels, share: float, generator: np.random.Generator) -> Pixels:
    """A square of mean brightness somewhere, perhaps partly outside: DeVries and Taylor 2017, section 3.2."""
    n, _, *size = pixels.shape
    inside = []
    for side in size:
        centre, reach = generator.integers(0, side, (n, 1)), round(share * side) / 2
        inside.append(np.abs(np.arange(side) - centre) < reach)
    if not share:
        return pixels
    is_erased = inside[0][:, :, None] & inside[1][:, None, :]  # (N, height, width)
    return np.where(is_erased[:, None], pixels.mean(axis=(2, 3), keepdims=True).astype(np.uint8), pixels)
