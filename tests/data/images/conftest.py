"""Small folders of pictures, idx files and arrays."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

Pixels = np.ndarray


def drawn(n: int, *shape: int, seed: int = 0) -> Pixels:
    """Random pictures."""
    return np.random.default_rng(seed).integers(0, 256, (n, *shape), dtype=np.uint8)


def write_idx(path: Path, array: Pixels) -> Path:
    """A file of bytes, packed where its name says so."""
    content = struct.pack(f">2x2B{array.ndim}I", 8, array.ndim, *array.shape) + array.tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder of classes: cats are dark, dogs are bright."""

    def make(name: str = "pets", n: int = 12, size: tuple[int, int] = (8, 6), mode: str = "L") -> Path:
        root = tmp_path / name
        for label, low in (("cat", 0), ("Dog", 128)):
            (root / label).mkdir(parents=True)
            for i, pixels in enumerate(drawn(n, *size, seed=low) // 2 + low):
                Image.fromarray(pixels.astype(np.uint8)).convert(mode).save(root / label / f"{i:02}.png")
        return root

    return make


@pytest.fixture
def mnist(tmp_path: Path) -> Path:
    """A folder of four idx files."""
    root = tmp_path / "mnist"
    root.mkdir()
    for part, n in (("train", 40), ("t10k", 10)):
        labels = (np.arange(n) % 4).astype(np.uint8)
        write_idx(root / f"{part}-images-idx3-ubyte.gz", drawn(n, 5, 7, seed=n))
        write_idx(root / f"{part}-labels-idx1-ubyte.gz", labels)
    return root
