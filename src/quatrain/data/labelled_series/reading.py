"""From what a person typed to windows with labels: a window a row, `.ts` files, or a long table that is cut."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO, Literal

from quatrain.data.config import LabelledSeriesConfig
from quatrain.data.decoding import check_encoding
from quatrain.data.faults import Fault, OnFault, ignore_skip, refuse
from quatrain.data.files import FoundFile, Place, find_files, locate
from quatrain.data.labelled_series.archive import read_archive
from quatrain.data.labelled_series.cutting import Cut, cut
from quatrain.data.labelled_series.read import LabelledWindows, ReadWindows, Window, gathered
from quatrain.data.labelled_series.rows import NAME, is_row, read_rows
from quatrain.data.labelled_series.splitting import split
from quatrain.data.labelled_series.tables import read_table
from quatrain.data.part_names import part_of
from quatrain.data.readers import head_of
from quatrain.data.tables import TABLES
from quatrain.errors import DataError

__all__ = ["Form", "form_of", "read_windows", "unlabelled_windows"]

Form = Literal["archive", "rows", "table"]
"""How windows stand in a file: as `.ts`, one a row without a header, or one below the other in a long table."""
PLAIN = (".csv", ".tsv", ".txt", "")
"""Endings of files whose first line says which form they have."""
HEADER_STARTS = re.compile(r"\s*(@|#(?!!))")
"""How `.ts` files start: with a tag or a comment. TypeScript, which has the same ending, does not."""
HEADER = re.compile(r"^@(problemname|classlabel|data)\b", re.IGNORECASE | re.MULTILINE)


def read_windows(config: LabelledSeriesConfig, on_fault: OnFault = refuse, *, is_whole: bool = False) -> ReadWindows:
    """Everything there is.

    Args:
        is_whole: a long table is one part, `train`, and not split.
    Raises:
        DataError: the path is missing, or holds no windows with labels; and whatever `on_fault` makes of a fault.
        MissingExtra: a parquet file, and polars is not installed.
    """
    check_encoding(config.encoding)
    place = locate(config.path)
    form, parts, others = _chosen(place, on_fault)
    notes = (f"Not read: {', '.join(others[:5])}{', ...' if len(others) > 5 else ''}.",) if others else ()
    if form == "table":
        return _tables(config, place, parts, notes, on_fault, is_whole=is_whole)
    found: dict[str, LabelledWindows] = {}
    for file in find_files(place, on_fault, ignore_skip):
        if file.name not in parts:
            continue
        read = read_archive if form == "archive" else read_rows
        part = gathered(parts[file.name], read(file, config.encoding, on_fault), on_fault)
        if not len(part):
            on_fault(Fault(file.source, "it holds no window", "Fill it, or take it away."))
        found[part.name] = part
    n_columns = max((window.shape[1] for part in found.values() for window in part.windows), default=1)
    columns = (NAME,) if n_columns == 1 else tuple(f"column {place}" for place in range(1, n_columns + 1))
    return ReadWindows(place.name, _ordered(found), columns, config, notes=notes)


def unlabelled_windows(
    config: LabelledSeriesConfig, n_numbers: int | None, stdin: IO[bytes] | None = None
) -> Iterator[Window | Fault]:
    """The windows of a file in any form, in order, or what is wrong in their place; their labels do not matter.

    Args:
        config: of the data that the model was trained on, the file being its path.
        n_numbers: in a row of a window that has no label; None: windows have several columns.
        stdin: what is read in place of the file.
    Raises:
        DataError: the file is missing or damaged, or holds no windows.
        MissingExtra: a parquet file, and polars is not installed.
    """
    if stdin is not None:
        file = FoundFile("stdin", "stdin.csv", io.BufferedReader(stdin))  # type: ignore[arg-type]
        yield from _unlabelled(file, config, n_numbers)
        return
    for file in find_files(locate(config.path), refuse, ignore_skip):
        yield from _unlabelled(file, config, n_numbers)


def form_of(file: FoundFile) -> Form | None:
    """The form of a file, by its ending or by its first line; None where it has none of them."""
    ending = PurePosixPath(file.name).suffix
    head = (head_of(file, refuse) or b"").decode("utf-8", "replace")
    if (ending == ".ts" and HEADER_STARTS.match(head)) or (ending in PLAIN and HEADER.search(head)):
        return "archive"
    if ending in PLAIN and is_row(head.partition("\n")[0], is_whole="\n" in head):
        return "rows"
    return "table" if ending in TABLES else None


def _unlabelled(file: FoundFile, config: LabelledSeriesConfig, n_numbers: int | None) -> Iterator[Window | Fault]:
    match form_of(file):
        case "archive":
            yield from read_archive(file, config.encoding, refuse)
        case "rows":
            yield from read_rows(file, config.encoding, refuse, n_numbers)
        case "table":
            found = _told_of(file, config.replace(label_column=None))
            yield from (Window(numbers, place) for numbers, place in zip(found.windows, found.places, strict=True))
        case None:
            raise DataError(f"{file.source}: holds no windows: neither numbers in rows, nor .ts, nor a table.")


def _told_of(file: FoundFile, config: LabelledSeriesConfig) -> LabelledWindows:
    """The windows of a long table that a trained model is asked about.

    Raises:
        DataError: it cannot be read as the data was that the model was trained on.
    """
    try:
        return cut(read_table(file, config, refuse, is_labelled=False), config, is_told=True).windows
    except DataError as error:
        as_trained = " Settings are those of the training: mend the file so, or train again with them."
        raise DataError(f"{error}{as_trained * ('--set data.' in str(error))}") from None


def _chosen(place: Place, on_fault: OnFault) -> tuple[Form, dict[str, str], list[str]]:
    """The form of the data, the files that have it with the part of each, and what else lies there.

    Raises:
        DataError: no file has a form, or two are the same part.
    """
    forms = {file.name: form_of(file) for file in find_files(place, on_fault, ignore_skip)}
    if not forms:
        raise DataError(f"{place.root}: holds no file.")
    form = next((form for form in _FORMS if form in forms.values()), None)
    if form is None:
        raise DataError(
            f"{place.root}: windows with labels are .ts files, tables without a header that have a label and then "
            "numbers in each row, or a long table (.csv, .tsv, .jsonl, .parquet); this holds "
            f"{', '.join([*forms][:5])}."
        )
    names = [name for name, found in forms.items() if found == form]
    parts = {names[0]: "train"} if len(names) == 1 else {name: part_of(name) or "" for name in names}
    others = [name for name in forms if not parts.get(name)]
    parts = {name: part for name, part in parts.items() if part}
    for part in parts.values():
        same = [name for name, other in parts.items() if other == part]
        if len(same) > 1:
            both = " and ".join(same[:2])
            raise DataError(f"{place.root}: {both} are both the part {part}. Keep one data set in a folder.")
    if not parts:
        raise DataError(
            f"{place.root}: none of {', '.join(others[:3])} is called train, val or test. Call one so, as NAME_TRAIN."
        )
    return form, parts, others


_PARTS = ("train", "val", "test")
"""In this order they are read: what is found out of the training part holds for the others."""
_FORMS: tuple[Form, ...] = ("archive", "rows", "table")


def _tables(
    config: LabelledSeriesConfig,
    place: Place,
    parts: dict[str, str],
    notes: tuple[str, ...],
    on_fault: OnFault,
    *,
    is_whole: bool,
) -> ReadWindows:
    """Long tables, cut; where no part is for validation or for a test, the training part is split."""
    found: dict[str, Cut] = {}
    said, columns = [*notes], config.columns
    for part in sorted(parts.values(), key=_PARTS.index):
        for file in find_files(place, on_fault, ignore_skip):
            if parts.get(file.name) != part:
                continue
            table = read_table(file, config, on_fault)
            found[part] = cut(table, config, part)
            columns = table.columns
            config = config.replace(
                label_column=table.roles.label,
                group_column=table.roles.group,
                time_column=table.roles.moments.date if table.roles.moments else None,
                date_order=table.date_order,
                decimal=table.decimal,
                columns=columns,
                length=found[part].length,
                stride=found[part].stride,
            )
            said += [*table.notes, *found[part].notes]
    assert columns is not None, "a table has columns"
    given = {part: each.windows for part, each in found.items()}
    sentence = ""
    if "train" in found and not is_whole:
        test_share = 0.0 if len(parts) > 1 else config.test_fraction
        own, sentence = split(found["train"], 0.0 if "val" in found else config.val_fraction, test_share)
        given |= own
    said.append(f"Windows of {config.length:,} rows, one every {config.stride:,}.")
    return ReadWindows(place.name, _ordered(given), columns, config, sentence, tuple(dict.fromkeys(said)))


def _ordered(parts: dict[str, LabelledWindows]) -> dict[str, LabelledWindows]:
    return {name: parts[name] for name in _PARTS if name in parts}
