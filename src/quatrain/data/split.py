"""Which text is kept for validation, decided by one pass over all of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np

from quatrain.data.part_names import Part
from quatrain.data.readers import Piece
from quatrain.errors import DataError

__all__ = ["Split", "Survey", "plan_split", "survey"]

ORDER: tuple[Part, ...] = ("train", "val", "test")
MANY = 20
"""Different documents from which on whole ones are kept for validation."""


@dataclass(frozen=True)
class Survey:
    """What one pass over the text finds, without holding it."""

    n_bytes: int
    """UTF-8 bytes of all documents."""
    n_chars: int
    """Characters of all documents."""
    alphabet: str
    """The distinct characters, in code point order."""
    parts: tuple[Part | None, ...]
    """The part each document was given, (n_documents,)."""
    chars: np.ndarray
    """(n_documents,) int64: characters of each document."""
    hashes: np.ndarray
    """(n_documents,) uint64: of the content; equal for equal documents."""


def survey(pieces: Iterable[Piece]) -> Survey:
    """Count, and fingerprint every document."""
    seen = np.zeros(0x110000, bool)
    parts: list[Part | None] = []
    chars: list[int] = []
    hashes: list[bytes] = []
    n_bytes = 0
    content = hashlib.sha256()
    for piece in pieces:
        if piece.starts_document:
            if parts:
                hashes.append(content.digest()[:8])
            content = hashlib.sha256()
            parts.append(piece.part)
            chars.append(0)
        raw = piece.text.encode()
        content.update(raw)
        chars[-1] += len(piece.text)
        n_bytes += len(raw)
        seen[np.frombuffer(piece.text.encode("utf-32-le"), np.uint32)] = True
    hashes.append(content.digest()[:8])
    return Survey(
        n_bytes=n_bytes,
        n_chars=sum(chars),
        alphabet="".join(map(chr, np.flatnonzero(seen))),
        parts=tuple(parts),
        chars=np.array(chars, np.int64),
        hashes=np.frombuffer(b"".join(hashes[: len(parts)]), "<u8"),
    )


@dataclass(frozen=True)
class Split:
    """Which part each document belongs to, and where the one that is cut in two is cut."""

    parts: tuple[Part, ...]
    """The part each document starts in, (n_documents,)."""
    cut: tuple[int, int] | None
    """(document, characters of it that still train); what follows in that document validates."""
    sentence: str
    """How the text was split, for people."""

    @property
    def names(self) -> tuple[Part, ...]:
        """The parts there are."""
        found = {*self.parts, "val"}
        return tuple(part for part in ORDER if part in found)

    def is_open(self, part: Part) -> bool:
        """Whether the last document of a part goes on in another one."""
        return part == "train" and self.cut is not None

    def documents(self, pieces: Iterable[Piece], part: Part) -> Iterator[Iterator[str]]:
        """The documents of one part, each as its stretches of text; read each before the next."""
        for _, stretches in groupby(self._stretches(pieces, part), key=itemgetter(0)):
            yield (text for _, text in stretches)

    def _stretches(self, pieces: Iterable[Piece], part: Part) -> Iterator[tuple[int, str]]:
        document, position = -1, 0
        for piece in pieces:
            if piece.starts_document:
                document, position = document + 1, 0
            text = piece.text
            if self.cut is not None and self.cut[0] == document:
                kept = max(self.cut[1] - position, 0)
                text = {"train": text[:kept], "val": text[kept:]}[part] if part != "test" else ""
            elif self.parts[document] != part:
                text = ""
            position += len(piece.text)
            if text:
                yield document, text


def plan_split(found: Survey, val_fraction: float) -> Split:
    """Keep the split the data brings; where it brings none for validation, make one.

    Of 20 or more different documents whole ones are kept, chosen by a hash of their content (so equal ones
    never fall into two parts) until they hold `val_fraction` of the characters. Of fewer, the last
    `val_fraction` of the characters, in file order.

    Raises:
        DataError: the text is too short to be split.
    """
    given = Counter(part for part in found.parts if part)
    if given["val"] and not given["train"]:
        raise DataError("the training part holds no text. Fill it, or give one text to be split.")
    if given["val"]:
        counts = ", ".join(f"{part} {given[part]:,}" for part in ORDER if given[part])
        return Split(tuple(part or "train" for part in found.parts), None, f"As given: documents of {counts}.")
    free = np.array([part != "test" for part in found.parts])
    n_chars = int(found.chars[free].sum())
    if n_chars < 2:
        raise DataError(
            f"the text is too short to be split: it has {n_chars} characters beside the test part. Give a longer text."
        )
    test = " The test part is as given." if given["test"] else ""
    if len(np.unique(found.hashes[free])) >= MANY:
        split = _by_document(found, free, n_chars, val_fraction)
    else:
        split = _by_position(found, free, n_chars, val_fraction)
    return Split(split.parts, split.cut, split.sentence + test)


def _by_document(found: Survey, free: np.ndarray, n_chars: int, val_fraction: float) -> Split:
    wanted = val_fraction * n_chars
    hashes, group = np.unique(found.hashes, return_inverse=True)
    sizes = np.bincount(group, weights=found.chars * free, minlength=len(hashes))
    fits = np.flatnonzero((sizes > 0) & (sizes <= wanted))  # in the order of the hashes, hence at random
    if len(fits):
        n_taken = int(np.searchsorted(np.cumsum(sizes[fits]), wanted)) + 1
        taken = fits[: min(n_taken, np.count_nonzero(sizes) - 1)]
    else:
        taken = np.array([np.argmin(np.where(sizes > 0, sizes, np.inf))])
    is_val = np.isin(group, taken) & free
    parts: list[Part] = ["val" if val else "train" if f else "test" for val, f in zip(is_val, free, strict=True)]
    share = found.chars[is_val].sum() / n_chars
    sentence = (
        f"{int(is_val.sum()):,} of {int(free.sum()):,} documents, chosen by a hash of their content, validate "
        f"({share:.1%} of the characters)."
    )
    return Split(tuple(parts), None, sentence)


def _by_position(found: Survey, free: np.ndarray, n_chars: int, val_fraction: float) -> Split:
    n_train = min(max(int(n_chars * (1 - val_fraction)), 1), n_chars - 1)
    ends = np.cumsum(found.chars * free)
    document = int(np.searchsorted(ends, n_train))  # the document that the last training character is in
    parts: list[Part] = [("train" if i <= document else "val") if is_free else "test" for i, is_free in enumerate(free)]
    kept = n_train - int(ends[document] - found.chars[document])
    cut = (document, kept) if kept < found.chars[document] else None
    sentence = f"The first {n_train:,} characters train, the last {n_chars - n_train:,} validate, in file order."
    return Split(tuple(parts), cut, sentence)
