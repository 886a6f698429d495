"""Parallel text whose sides are files of their own: line n of one pairs with line n of the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from quatrain.data.config import PairsConfig
from quatrain.data.decoding import decoded_lines, looks_binary
from quatrain.data.faults import Fault, OnFault, OnSkip, ignore_skip
from quatrain.data.files import FoundFile, Place, find_files
from quatrain.data.pairs.languages import KNOWN_PAIRS, names_a_side, ordered
from quatrain.data.pairs.parts import named_parts
from quatrain.data.pairs.texts import SOURCE, TARGET, Parallel, Texts, joined
from quatrain.data.readers import head_of
from quatrain.data.tables import TABLES
from quatrain.errors import ConfigError, DataError

__all__ = ["Sides", "find_sides", "other_sides", "read_folder", "read_two"]


@dataclass(frozen=True)
class Sides:
    """Which files of a folder are sides of parallel text."""

    sides: tuple[str, str]
    """The endings of source and target."""
    stems: tuple[str, ...]
    """Names before the ending, in reading order."""
    is_said: bool
    """Whether somebody said which is the source: a setting, or a word such as src."""


def find_sides(config: PairsConfig, name: str, names: Iterable[str]) -> Sides | None:
    """What is parallel among some files; None where no two have one name and end in their languages.

    Args:
        name: what the data is called.
        names: the files.
    Raises:
        DataError: one language only, or more than two and nobody said which.
    """
    stems: defaultdict[str, list[str]] = defaultdict(list)  # by ending
    for path in map(PurePosixPath, names):
        if path.suffix and path.suffix not in TABLES:
            stems[path.suffix[1:]].append(path.with_suffix("").as_posix())
    wanted = [side.lower() for side in (config.source, config.target) if side is not None]
    known = [ending for ending in stems if names_a_side(ending) or ending in wanted]
    if not known or not all(side in stems for side in wanted):
        return None  # a setting may name a column
    if len(wanted) == 2:
        pair: tuple[str, str] | None = (wanted[0], wanted[1])
    elif wanted and len(known) == 2:
        other = next(ending for ending in known if ending != wanted[0])
        pair = (wanted[0], other) if config.source is not None else (other, wanted[0])
    else:
        pair = ordered(known, [name, *(stem for ending in known for stem in stems[ending])])
    if pair is None and len(known) == 1:
        if len(stems[known[0]]) == 1 and not wanted:
            return None  # one file says little about what it is
        stem = stems[known[0]][0]
        raise DataError(
            f"{config.path}: all files with a language end in .{known[0]}, so there is one side only. Add the other "
            f"one: beside {stem}.{known[0]} a file {stem}.xx whose line n translates line n."
        )
    if pair is None:
        listed = ", ".join(sorted(known))
        raise DataError(
            f"{config.path}: there are {len(known)} languages, {listed}, and a pair has two. Say which: "
            f"--set data.source={sorted(known)[0]} --set data.target={sorted(known)[1]}."
        )
    return Sides(
        pair, tuple(dict.fromkeys(stem for side in pair for stem in stems[side])), bool(wanted) or pair in KNOWN_PAIRS
    )


def read_folder(config: PairsConfig, place: Place, layout: Sides, on_fault: OnFault, on_skip: OnSkip) -> Parallel:
    """All parts of a folder or an archive."""
    parts = named_parts(layout.stems)
    wanted = {f"{stem}.{side}": (stem, side) for stem, part in parts.items() if part for side in layout.sides}
    read: dict[tuple[str, str], tuple[str, list[str]]] = {}
    left_out = []
    for file in find_files(place, on_fault, on_skip):
        key = wanted.get(file.name)
        if key is not None and key in read:
            advice = "Take one of them away."
            on_fault(Fault(file.source, f"{read[key][0]} is there, too, and is the same side of the same part", advice))
        elif key is not None:
            read[key] = (file.source, _lines(file, config.encoding, on_fault))
        else:
            left_out.append(file.source)
            on_skip(file.source, "belongs to no part or another language")
    found: defaultdict[str, list[Texts]] = defaultdict(list)
    for stem, part in parts.items():
        if part is None:
            continue
        missing = next((side for side in layout.sides if (stem, side) not in read), None)
        if missing is None:
            files, sides = zip(*(read[stem, side] for side in layout.sides), strict=True)
            found[part].append(_side_by_side(part, files, sides, on_fault))
        else:
            there = next(side for side in layout.sides if side != missing)
            advice = f"Add {stem}.{missing}, or take {stem}.{there} away."
            source = read.get((stem, there), (f"{stem}.{there}",))[0]
            on_fault(Fault(source, f"its other side, {stem}.{missing}, is not there", advice))
    notes = (
        (f"Left out {len(left_out):,} files that belong to no part: {', '.join(left_out[:3])}.",) if left_out else ()
    )
    direction = f"From {layout.sides[0]} to {layout.sides[1]}."
    if not layout.is_said:
        direction += (
            f" For the other way round: --set data.source={layout.sides[1]} --set data.target={layout.sides[0]}."
        )
    texts = {part: joined(found[part]) for part in sorted(found, key=_rank)}
    return Parallel(place.name, texts, layout.sides, direction, notes)


def read_two(config: PairsConfig, source: Place, target: Place, on_fault: OnFault) -> Parallel:
    """One file a side, in the order they were typed, unless the settings say otherwise."""
    for place in (source, target):
        if not place.is_text_file:
            raise DataError(
                f"{place.root}: where two paths are given, each is the file of one side. Give a folder or an "
                "archive by itself: its files say by their endings which side they are."
            )
        if _plain_ending(place) in TABLES:
            raise DataError(f"{place.root}: a table holds both sides. Give it by itself.")
    endings = [_plain_ending(place).removeprefix(".") for place in (source, target)]
    places = (target, source) if _is_swapped(config, endings) else (source, target)
    files = [_opened(place, config.encoding, on_fault) for place in places]
    names, sides = (files[SOURCE][0], files[TARGET][0]), (files[SOURCE][1], files[TARGET][1])
    texts = _side_by_side("train", names, sides, on_fault)
    languages = tuple(_plain_ending(place).removeprefix(".") for place in places)
    called = languages if languages[0] != languages[1] else (places[0].root.name, places[1].root.name)
    direction = (
        f"From {called[0]} ({places[0].root.name}) to {called[1]} ({places[1].root.name}). For the other way round, "
        "give the files in the other order."
    )
    return Parallel(places[0].name, {"train": texts}, (called[0], called[1]), direction)


def other_sides(path: Path) -> list[Path]:
    """Files beside one that have its name but for the language."""
    plain = Place(path.name, path, (path,))
    stem = path.name.lower().split(_plain_ending(plain))[0]
    if not _plain_ending(plain):
        return []
    siblings = sorted(item for item in path.parent.iterdir() if item.is_file() and item != path)
    return [
        item
        for item in siblings
        if names_a_side(_plain_ending(Place(item.name, item, (item,))).removeprefix("."))
        and item.name.lower().startswith(f"{stem}.")
    ]


def _is_swapped(config: PairsConfig, endings: list[str]) -> bool:
    """Whether the settings name the second file as the source."""
    for wanted, side in ((config.source, SOURCE), (config.target, TARGET)):
        if wanted is None or wanted.lower() == endings[side]:
            continue
        if wanted.lower() != endings[1 - side]:
            raise ConfigError(
                f"data.{'target' if side else 'source'}: no file ends in .{wanted}: they end in .{endings[0]} and "
                f".{endings[1]}. Leave the setting out: the first file is the source."
            )
        return True
    return False


def _opened(place: Place, encoding: str, on_fault: OnFault) -> tuple[str, list[str]]:
    lines: list[str] = []
    for file in find_files(place, on_fault, ignore_skip):
        lines = _lines(file, encoding, on_fault)
    return str(place.root), lines


def _lines(file: FoundFile, encoding: str, on_fault: OnFault) -> list[str]:
    """The lines of a file without their ends, of Unix or Windows."""
    head = head_of(file, on_fault)
    if head is None:
        return []
    if looks_binary(head, encoding):
        on_fault(Fault(file.source, "this is a binary file, not text", "Give a file of text."))
        return []
    lines = decoded_lines(file.stream, file.source, encoding, on_fault)
    return [line.removesuffix("\n").removesuffix("\r") for line in lines]


def _side_by_side(part: str, files: tuple[str, ...], sides: tuple[list[str], ...], on_fault: OnFault) -> Texts:
    """Line n with line n; what has no partner is a fault."""
    n = min(map(len, sides))
    if len(sides[SOURCE]) != len(sides[TARGET]):
        longer = SOURCE if len(sides[SOURCE]) > n else TARGET
        shown = sides[longer][n]
        problem = (
            f"it has {len(sides[longer]):,} lines, but {files[1 - longer]} has {n:,}: from line {n + 1:,} on "
            f"({shown[:40]!r}) there is no partner"
        )
        advice = "Mend the files so that line n of one translates line n of the other; the fault may lie further up."
        on_fault(Fault(files[longer], problem, advice))
    return Texts.of_file(part, sides[SOURCE][:n], sides[TARGET][:n], (files[SOURCE], files[TARGET]), range(1, n + 1))


def _plain_ending(place: Place) -> str:
    """The ending of a file before that of its compression."""
    for file in find_files(place, lambda _: None, ignore_skip):
        return PurePosixPath(file.name).suffix
    return place.root.suffix


def _rank(part: str) -> int:
    return {"train": 0, "val": 1}.get(part, 2)
