"""Token streams on disk: written once in a stream, opened memory-mapped."""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from quatrain.data._types import Corpus
from quatrain.data.tokenizers import Tokenizer
from quatrain.errors import DataError

__all__ = ["default_cache_dir", "new_folder", "open_part", "write_part"]

CHUNK = 1 << 16  # characters of one piece given to the tokenizer
BATCH = 1 << 22  # characters tokenised together, on all cores


def default_cache_dir() -> Path:
    """`$XDG_CACHE_HOME/quatrain`, or `~/.cache/quatrain`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "quatrain"


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to fill, which appears at `path` whole or not at all.

    Raises:
        DataError: the disk is full, or the place cannot be written.
    """
    filling: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        filling = Path(tempfile.mkdtemp(prefix=f"{path.name}.", dir=path.parent))
        yield filling
        _publish(filling, path)
    except OSError as error:
        what = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
        raise DataError(
            f"{path.parent}: tokens cannot be kept here: {what}. Free some space, or set XDG_CACHE_HOME to "
            "another folder."
        ) from None
    finally:
        if filling is not None:
            shutil.rmtree(filling, ignore_errors=True)


def _publish(filling: Path, path: Path) -> None:
    for file in filling.iterdir():
        with file.open("rb") as handle:
            os.fsync(handle.fileno())
    try:
        filling.rename(path)
    except OSError:
        if not path.is_dir():
            raise
        shutil.rmtree(path)  # damaged, or written by another process in the meantime: ours is as good
        filling.rename(path)


def write_part(
    folder: Path,
    part: str,
    documents: Iterable[Iterable[str]],
    tokenizer: Tokenizer,
    *,
    is_open: bool,
    progress: Callable[[int], None],
) -> None:
    """Tokenise the documents of one part into `eos d1 eos d2 ... dn eos`.

    Args:
        is_open: the last document goes on elsewhere, so no end of text follows it.
        progress: told the UTF-8 bytes done so far.
    """
    starts: list[int] = []
    n_tokens = n_bytes = n_chars = 0
    eos = np.array([tokenizer.eos_id], tokenizer.dtype)
    with (folder / f"{part}.tokens").open("wb") as stream:
        for batch in _batches(documents, tokenizer):
            for (starts_document, text), ids in zip(
                batch, tokenizer.encode_many([text for _, text in batch]), strict=True
            ):
                if starts_document:
                    starts.append(n_tokens)
                    stream.write(eos.tobytes())
                    n_tokens += 1
                stream.write(ids.tobytes())
                n_tokens += len(ids)
                n_bytes += len(text.encode())
                n_chars += len(text)
            progress(n_bytes)
        if not is_open:
            stream.write(eos.tobytes())
            n_tokens += 1
    np.save(folder / f"{part}.starts.npy", np.array(starts, np.int64))
    sizes = {"dtype": eos.dtype.name, "n_tokens": n_tokens, "n_bytes": n_bytes, "n_chars": n_chars}
    (folder / f"{part}.json").write_text(json.dumps(sizes), encoding="utf-8")


def open_part(folder: Path, part: str) -> Corpus | None:
    """A part as it was written, memory-mapped; None where there is no such part.

    Raises:
        ValueError: the files are damaged.
        OSError: they cannot be read.
    """
    about = folder / f"{part}.json"
    if not about.exists():
        return None
    sizes: dict[str, Any] = json.loads(about.read_text(encoding="utf-8"))
    tokens = np.memmap(folder / f"{part}.tokens", np.dtype(sizes["dtype"]), "r")
    if len(tokens) != sizes["n_tokens"]:
        raise ValueError(f"{part}.tokens holds {len(tokens)} tokens, not {sizes['n_tokens']}")
    starts = np.load(folder / f"{part}.starts.npy")
    return Corpus(np.asarray(tokens), starts, sizes["n_bytes"], sizes["n_chars"])


def _batches(documents: Iterable[Iterable[str]], tokenizer: Tokenizer) -> Iterator[list[tuple[bool, str]]]:
    """(whether it starts a document, text) in lists of about `BATCH` characters."""
    batch: list[tuple[bool, str]] = []
    n_chars = 0
    for document in documents:
        for index, text in enumerate(tokenizer.safe_pieces(document, CHUNK)):
            batch.append((index == 0, text))
            n_chars += len(text)
            if n_chars >= BATCH:
                yield batch
                batch, n_chars = [], 0
    yield batch
