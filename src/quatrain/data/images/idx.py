"""idx files, the format of MNIST: http://yann.lecun.com/exdb/mnist, section "File formats"."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from pathlib import PurePosixPath

import numpy as np

from quatrain.data.faults import Fault, OnFault
from quatrain.data.files import FoundFile, reporting_damage

__all__ = ["is_idx", "partner", "read_idx"]

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""By the third byte."""


def is_idx(name: str) -> bool:
    """Whether a file is called as idx files are: `train-images-idx3-ubyte`, `x.idx`."""
    last = PurePosixPath(name).name.lower().removesuffix(".gz")
    return last.endswith(("-ubyte", ".idx")) or "idx1" in last or "idx3" in last


def partner(name: str, names: Iterable[str]) -> str | None:
    """The labels of a file of images; None: it is no file of images, or they are not there.

    Example:
        >>> partner("t10k-images-idx3-ubyte", ["t10k-labels-idx1-ubyte", "train-labels-idx1-ubyte"])
        't10k-labels-idx1-ubyte'
    """
    if "images" not in name:
        return None
    wanted = name.replace("images", "labels").replace("idx3", "idx1").removesuffix(".gz")
    return next((other for other in names if other.removesuffix(".gz") == wanted), None)


def read_idx(file: FoundFile, on_fault: OnFault) -> np.ndarray | None:
    """The array in a file; None after a fault."""
    content = None
    with reporting_damage(file.source, on_fault):
        content = file.stream.read()
    if content is None:
        return None
    dims = content[3] if len(content) > 3 else 0
    is_known = len(content) >= 4 + 4 * dims and content[:2] == b"\0\0" and content[2] in TYPES and dims
    if not is_known:
        advice = "Fetch it again, or take it away."
        on_fault(Fault(file.source, "does not start as an idx file does", advice, byte=0))
        return None
    shape = struct.unpack(f">{dims}I", content[4 : 4 + 4 * dims])
    kind = np.dtype(TYPES[content[2]])
    start, needed = 4 + 4 * dims, math.prod(shape) * kind.itemsize
    if len(content) - start != needed:
        where = "ends too early" if len(content) - start < needed else "goes on too long"
        problem = (
            f"{where}: {'x'.join(map(str, shape))} numbers need {needed:,} bytes, and {len(content) - start:,} follow"
        )
        on_fault(Fault(file.source, problem, "The file is damaged or incomplete: fetch it again.", byte=len(content)))
        return None
    return np.frombuffer(content, kind, offset=start).reshape(shape)
