"""From what a person typed to streams of bytes: files, folders, archives, embedded texts.

Nothing is ever unpacked to disk; members of archives are read where they lie, in one pass.
"""

from __future__ import annotations

import bz2
import difflib
import gzip
import io
import lzma
import stat
import sysconfig
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from quatrain.data.faults import Fault, OnFault, OnSkip
from quatrain.errors import DataError

__all__ = ["DAMAGE", "UNPACKERS", "FoundFile", "Place", "find_files", "locate", "reporting_damage"]

UNPACKERS: dict[str, Callable[[IO[bytes]], Any]] = {".gz": gzip.open, ".xz": lzma.open, ".bz2": bz2.open}
SHORT_NAMES = {".tgz": ".tar.gz", ".txz": ".tar.xz", ".tbz2": ".tar.bz2"}
ARCHIVES = (".tar", ".zip")
DAMAGE = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
    RuntimeError,  # zipfile: encrypted, or packed by a method it does not know
)
LARGEST_MODULE = 64_000  # bytes; keeps the embedded text to many modules of one size rather than few giants


@dataclass(frozen=True)
class Place:
    """Where the data is."""

    name: str
    """What the data is called."""
    root: Path
    """The file or folder; names of files are told from here."""
    paths: tuple[Path, ...]
    """Files on disk, in reading order."""
    hidden: tuple[Path, ...] = ()
    """Files that are left out because their name, or that of a folder above them, starts with a dot."""

    @property
    def is_text_file(self) -> bool:
        """Whether this is one file and no archive: then being unreadable is a fault, not a thing to skip."""
        return self.paths == (self.root,) and not _plain_name(self.root.name).endswith(ARCHIVES)

    def name_of(self, path: Path) -> str:
        """The path of a file as told from the root; for a single file its last two endings only."""
        return "".join(path.suffixes[-2:]) if path == self.root else path.relative_to(self.root).as_posix()


@dataclass(frozen=True)
class FoundFile:
    """One file, in a folder or an archive."""

    source: str
    """How it is named to people: `folder/a.txt`, or `data.zip: inner/a.txt`."""
    name: str
    """Its path inside the folder or archive, without the endings of compression."""
    stream: io.BufferedReader
    """Its unpacked bytes, readable until the next file is asked for."""
    path: Path | None = None
    """The file itself, where it lies on disk unpacked."""
    spelled: str = ""
    """Its path inside the folder or archive as it is spelled there."""


def locate(path: str, always_there: Sequence[str] = ()) -> Place:
    """Find a file, a folder, or an embedded text; what lies on disk comes first.

    Args:
        always_there: what else to name in the error; nothing: the embedded texts.

    Raises:
        DataError: nothing has this name.
    """
    root = Path(path).expanduser()
    if root.is_file():
        return Place(root.name.split(".")[0] or root.name, root, (root,))
    if root.is_dir():
        paths = sorted(item for item in root.rglob("*") if item.is_file())
        hidden = [item for item in paths if _is_hidden(item.relative_to(root).as_posix())]
        return Place(root.resolve().name, root, tuple(sorted({*paths} - {*hidden})), tuple(hidden))
    if path in EMBEDDED:
        return EMBEDDED[path]()
    beside = [item.name for item in root.parent.iterdir()] if root.parent.is_dir() else []
    always_there = always_there or tuple(EMBEDDED)
    near = difflib.get_close_matches(root.name, [*sorted(beside), *always_there], n=1)
    guess = f"Did you mean {str(root.with_name(near[0]) if near[0] in beside else near[0])!r}? " if near else ""
    raise DataError(
        f"{path}: there is no such file or folder. {guess}"
        f"What is always there can be named instead: {', '.join(always_there)}."
    )


def _python_sources() -> Place:
    """The plain modules of the running Python's standard library: about 130 files, 2.5 MB."""
    root = Path(sysconfig.get_paths()["stdlib"])
    paths = sorted(path for path in root.glob("[a-z]*.py") if path.stat().st_size < LARGEST_MODULE)
    if not paths:
        raise DataError(f"python: this Python carries no sources of its library in {root}. Give a file of your own.")
    return Place("python", root, tuple(paths))


EMBEDDED = {"python": _python_sources}
"""Texts that need no file and no network."""


def find_files(place: Place, on_fault: OnFault, on_skip: OnSkip) -> Iterator[FoundFile]:
    """Open every file in turn; hidden ones are skipped, archives are opened (but none inside another)."""
    for path in place.hidden:
        on_skip(str(path), "hidden")
    for path in place.paths:
        inner = path.relative_to(place.root) if path != place.root else Path(path.name)
        with reporting_damage(str(path), on_fault), path.open("rb") as raw:
            name, stream = _unpacked(inner.as_posix(), raw)
            if name.endswith(".tar"):
                yield from _tar_members(str(path), stream, on_fault, on_skip)
            elif name.endswith(".zip"):
                yield from _zip_members(str(path), stream, on_fault, on_skip)
            else:
                yield FoundFile(str(path), name, stream, None if _packing(path.name) else path, inner.as_posix())


@contextmanager
def reporting_damage(source: str, on_fault: OnFault) -> Iterator[None]:
    """Make a fault of everything the system and the unpackers can raise."""
    try:
        yield
    except DAMAGE as error:
        advice = "The file is damaged, incomplete or locked: fetch it again, or leave it out."
        on_fault(Fault(source, f"cannot be read: {str(error) or type(error).__name__}".rstrip("."), advice))


def _tar_members(source: str, stream: IO[bytes], on_fault: OnFault, on_skip: OnSkip) -> Iterator[FoundFile]:
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            is_odd = not (member.isfile() or member.isdir())
            if _is_safe(source, member.name, is_odd, on_fault) and member.isfile():
                content = archive.extractfile(member)
                assert content is not None
                yield from _member(source, member.name, content, on_skip)


def _zip_members(source: str, stream: IO[bytes], on_fault: OnFault, on_skip: OnSkip) -> Iterator[FoundFile]:
    with zipfile.ZipFile(stream) as archive:
        for member in archive.infolist():
            is_link = stat.S_ISLNK(member.external_attr >> 16)
            if _is_safe(source, member.orig_filename, is_link, on_fault) and not member.is_dir():
                with archive.open(member) as content:
                    yield from _member(source, member.filename, content, on_skip)


def _member(source: str, name: str, content: IO[bytes], on_skip: OnSkip) -> Iterator[FoundFile]:
    plain, stream = _unpacked(name, content)
    label = f"{source}: {name}"
    if _is_hidden(name):
        on_skip(label, "hidden")
    elif plain.endswith(ARCHIVES):
        on_skip(label, "an archive inside an archive")
    else:
        yield FoundFile(label, plain, stream, spelled=name)


def _is_safe(source: str, name: str, is_odd: bool, on_fault: OnFault) -> bool:
    """Whether a member stays inside its archive; we unpack nothing, but such an archive is not trusted."""
    path = PurePosixPath(name.replace("\\", "/"))
    is_outside = path.is_absolute() or ".." in path.parts or name[1:2] == ":"
    if not (is_outside or is_odd):
        return True
    problem = "points outside the archive" if is_outside else "is a link or a device"
    on_fault(
        Fault(
            source,
            f"its member {name!r} {problem}",
            "Pack the files again without it, or unpack them and give the folder.",
        )
    )
    return False


def _unpacked(name: str, stream: IO[bytes]) -> tuple[str, io.BufferedReader]:
    """The name without its ending of compression, and a buffered stream of what was compressed."""
    ending = _packing(name)
    unpacked: Any = UNPACKERS[ending](stream) if ending else stream
    return _plain_name(name), io.BufferedReader(unpacked)


def _plain_name(name: str) -> str:
    """The name in lower case without its ending of compression: `A.TGZ` is `a.tar`."""
    return _spelled_out(name).removesuffix(_packing(name))


def _packing(name: str) -> str:
    plain = _spelled_out(name)
    return next((ending for ending in UNPACKERS if plain.endswith(ending)), "")


def _spelled_out(name: str) -> str:
    lower = name.lower()
    return next((lower.removesuffix(s) + full for s, full in SHORT_NAMES.items() if lower.endswith(s)), lower)


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX", "__pycache__")) for part in PurePosixPath(name).parts)
