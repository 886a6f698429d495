"""From what a person typed to parallel text: two files, files by language, or tables."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from quatrain.data.config import PairsConfig
from quatrain.data.decoding import check_encoding
from quatrain.data.faults import OnFault, OnSkip, ignore_skip, refuse
from quatrain.data.files import Place, find_files, locate
from quatrain.data.pairs import columns, sidefiles
from quatrain.data.pairs.texts import Parallel
from quatrain.data.tables import TABLES
from quatrain.errors import DataError, QuatrainError

__all__ = ["looks_parallel", "read_parallel"]


def _dates() -> Parallel:
    from quatrain.data.pairs.dates import read_dates  # needs an extra package

    return read_dates()


EMBEDDED: dict[str, Callable[[], Parallel]] = {"dates": _dates}
"""Parallel text that needs no file and no network."""


def read_parallel(config: PairsConfig, on_fault: OnFault = refuse, on_skip: OnSkip = ignore_skip) -> Parallel:
    """Both sides of everything there is, line by line, pairs with an empty side among them.

    Raises:
        DataError: the path is missing, has not two sides, or has more than two and nobody said which; and
            whatever `on_fault` makes of a fault.
        MissingExtra: a parquet file, and polars is not installed; or `dates`, and babel is not.
    """
    check_encoding(config.encoding)
    if _is_embedded(config.path):
        return EMBEDDED[config.path]()
    place = locate(config.path, tuple(EMBEDDED))
    if config.target_path is not None:
        return sidefiles.read_two(config, place, locate(config.target_path, tuple(EMBEDDED)), on_fault)
    names = _names(place)
    layout = sidefiles.find_sides(config, place.name, names)
    if layout is not None:
        return sidefiles.read_folder(config, place, layout, on_fault, on_skip)
    if any(_ending(name) in TABLES for name in names):
        return columns.read_tables(config, place, on_fault, on_skip)
    raise DataError(_no_sides(config, place, names))


def looks_parallel(path: str, target_path: str | None = None) -> bool:
    """Whether this is parallel text beyond doubt: two files, files by language, or a table whose columns say so.

    What cannot be read does not look like anything.
    """
    if target_path is not None or _is_embedded(path):
        return True
    try:
        config = PairsConfig(path=path)
        place = locate(path)
        names = _names(place)
        if sidefiles.find_sides(config, place.name, names) is not None:
            return True
        return any(_ending(name) in TABLES for name in names) and columns.say_so(config, place)
    except QuatrainError:
        return False


def _is_embedded(path: str) -> bool:
    return path in EMBEDDED and not Path(path).exists()


def _names(place: Place) -> list[str]:
    """The files of a folder or the members of an archive, without the endings of compression."""
    return [file.name for file in find_files(place, refuse, ignore_skip)]


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix


def _no_sides(config: PairsConfig, place: Place, names: Iterable[str]) -> str:
    found = sorted({*names})
    shown = ", ".join(found[:5]) + (", ..." if len(found) > 5 else "") or "no file"
    if place.is_text_file:
        beside = sidefiles.other_sides(place.root)
        command = shlex.join(["quatrain", "train", config.path, str(beside[0]) if beside else "TARGETS"])
        return (
            f"{config.path}: this file is no table, so it can hold one side only. Give the other side as well: "
            f"{command} --task translate; or write both sides into one .tsv."
        )
    return (
        f"{config.path}: it holds {shown}, but no two files of one name that end in their languages (train.en and "
        "train.de), and no table (.tsv, .csv, .jsonl, .parquet). Rename the files, or name the endings: "
        "--set data.source=ENDING --set data.target=ENDING."
    )
