"""Pictures as numbers: brought to one size and number of channels, and written as PNG."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Int, UInt8, UInt64
from torch import Tensor

from quatrain.data.hashes import content_hashes

__all__ = ["fitted", "pixel_hashes", "png", "resized"]

LUMA = (0.299, 0.587, 0.114)
"""What red, green and blue add to brightness: ITU-R BT.601."""


def fitted(
    pixels: UInt8[np.ndarray, "n channels height width"], n_channels: int, image_size: tuple[int, int]
) -> UInt8[np.ndarray, "n n_channels new_height new_width"]:
    """Pictures with so many channels (1 or 3), cut at two sides to the shape asked for, and scaled to the size."""
    if pixels.shape[1] != n_channels:
        pixels = np.repeat(pixels, 3, axis=1) if n_channels == 3 else _grey(pixels)
    height, width = pixels.shape[2:]
    scale = max(image_size[0] / height, image_size[1] / width)
    shape = (min(round(image_size[0] / scale), height), min(round(image_size[1] / scale), width))
    top, left = (height - shape[0]) // 2, (width - shape[1]) // 2
    cut = pixels[:, :, top : top + max(shape[0], 1), left : left + max(shape[1], 1)]
    return cut if cut.shape[2:] == image_size else resized(torch.from_numpy(cut.copy()), image_size)


def resized(pixels: Tensor, image_size: tuple[int, int]) -> UInt8[np.ndarray, "n channels height width"]:
    """Scaled, each new pixel the mean of those it covers."""
    wide = F.interpolate(pixels.float(), image_size, mode="bilinear", antialias=True)
    return wide.round_().clamp_(0, 255).byte().numpy()


def pixel_hashes(
    pixels: UInt8[np.ndarray, "all channels height width"], rows: Int[np.ndarray, " n"]
) -> UInt64[np.ndarray, " n"]:
    """A number for each of some pictures, the same for equal ones."""
    return content_hashes(pixels[row].tobytes() for row in rows)


def png(pixels: UInt8[np.ndarray, "channels height width"]) -> bytes:
    """A picture of 1 or 3 channels as a file: the PNG specification, section 5, https://www.w3.org/TR/png."""
    n_channels, height, width = pixels.shape
    rows = np.ascontiguousarray(pixels.transpose(1, 2, 0)).reshape(height, width * n_channels)
    lines = np.concatenate([np.zeros((height, 1), np.uint8), rows], axis=1)  # each line unfiltered
    header = struct.pack(">2I5B", width, height, 8, {1: 0, 3: 2}[n_channels], 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _grey(pixels: np.ndarray) -> np.ndarray:
    return np.tensordot(pixels, LUMA, axes=(1, 0)).round().astype(np.uint8)[:, None]
