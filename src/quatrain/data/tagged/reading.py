"""From what a person typed to tagged sentences: CoNLL and JSON Lines, in files, folders and archives."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from quatrain.data.config import TaggedConfig
from quatrain.data.decoding import check_encoding, looks_binary
from quatrain.data.faults import Fault, OnFault, OnSkip, ignore_skip, refuse
from quatrain.data.files import FoundFile, Place, find_files, locate
from quatrain.data.pairs.parts import named_parts
from quatrain.data.part_names import part_of
from quatrain.data.readers import head_of
from quatrain.data.tables import json_rows
from quatrain.data.tagged.conll import CONLL, SURELY_CONLL, holds_tags, read_conll
from quatrain.data.tagged.records import RECORDS, keys_of, read_records
from quatrain.data.tagged.sentences import Sentence, TaggedRead
from quatrain.data.tagged.spans import OUTSIDE, bio, scheme_of
from quatrain.errors import DataError, QuatrainError

__all__ = ["looks_tagged", "read_tagged", "read_untagged"]

ORDER = ("train", "val")
LOOKED_AT = 20
"""Files of other endings whose first lines are looked at to tell whether a folder is tagged text."""
RECORDS_SEEN = 100
"""Objects of a .jsonl file among whose lists of tags one must hold something."""
PART_ENDINGS = {".train", ".dev", ".valid", ".val", ".test", ".testa", ".testb"}
"""Endings that say which part a file is, as those of CoNLL-2003 do; testa validates."""


def read_tagged(config: TaggedConfig, on_fault: OnFault = refuse, on_skip: OnSkip = ignore_skip) -> TaggedRead:
    """All sentences there are, by part, their tags as BIO.

    Raises:
        DataError: the path is missing, or holds no tagged sentence or no entity; and whatever `on_fault` makes of a
            fault.
        ConfigError: a column is named that CoNLL files cannot have.
    """
    check_encoding(config.encoding)
    place = locate(config.path)
    parts = _parts(place)
    found: dict[str, list[Sentence]] = {}
    for file in find_files(place, on_fault, on_skip):
        part = parts.get(file.name)
        if not _is_read(file, place):
            on_skip(file.source, "neither CoNLL nor .jsonl")
        elif part is None:
            on_skip(file.source, "outside the given split")
        else:
            found.setdefault(part, []).extend(_sentences(file, config, on_fault))
    names = [*(name for name in ORDER if name in found), *sorted({*found} - {*ORDER})]
    filled = {name: found[name] for name in names if found[name]}
    if not filled:
        raise DataError(
            f"{config.path}: no tagged sentence is in it. Give CoNLL files (a word, a tab and a tag a line; "
            f"{', '.join(sorted(CONLL))}) or .jsonl with tokens and tags."
        )
    return _as_bio(config.path, place.name, filled)


def read_untagged(config: TaggedConfig) -> Iterator[Sentence] | None:
    """The sentences of CoNLL or .jsonl files, whose tags are to be told; None where the files are none of these.

    Raises:
        DataError: there is no such file, or a line in it cannot be read.
    """
    check_encoding(config.encoding)
    place = locate(config.path)
    endings = {PurePosixPath(file.name).suffix for file in find_files(place, refuse, ignore_skip)}
    if not endings & (CONLL | RECORDS):
        return None
    return itertools.chain.from_iterable(
        _reader(file)(file, config, refuse, has_tags=False) for file in find_files(place, refuse, ignore_skip)
    )


def looks_tagged(path: str) -> bool:
    """Whether this is tagged text beyond doubt: files named as CoNLL is, other files of text whose first lines are a
    word and a tag, or .jsonl with words and tags.

    What cannot be read does not look like anything.
    """
    try:
        n_plain = 0
        for file in find_files(locate(path), refuse, ignore_skip):
            n_plain += _is_plain(file)
            if n_plain <= LOOKED_AT and _has_tags(file):
                return True
    except QuatrainError:
        return False
    return False


def _has_tags(file: FoundFile) -> bool:
    ending = PurePosixPath(file.name).suffix
    config = TaggedConfig(path=file.source)
    if ending in RECORDS:
        return _are_tagged((values for _, values in json_rows(file, config.encoding, refuse)), config)
    if ending in SURELY_CONLL:
        return bool((head_of(file, refuse) or b"").strip())
    if _is_plain(file):
        return _holds_tags(file)
    if ending not in CONLL:
        return False
    return next(read_conll(file, config, lambda _: None), None) is not None


def _are_tagged(records: Iterator[Mapping[str, Any]], config: TaggedConfig) -> bool:
    """Whether the first object has words and tags, and a list of tags of the first ones is not empty."""
    for place, values in enumerate(itertools.islice(records, RECORDS_SEEN)):
        keys = keys_of(values, config)
        if keys is not None and values[keys.tags]:
            return True
        if keys is None and place == 0:
            return False
    return False


def _is_plain(file: FoundFile) -> bool:
    """Whether only what it holds can tell that a file is CoNLL."""
    return PurePosixPath(file.name).suffix in {".txt", ".tsv", "", *PART_ENDINGS}


def _holds_tags(file: FoundFile) -> bool:
    head = head_of(file, lambda _: None) or b""
    return holds_tags(head.decode("utf-8", "replace"))


def _parts(place: Place) -> dict[str, str | None]:
    """The part of each file that is read; a single file is the training part, a single test part is called `test`."""
    names = [file.name for file in find_files(place, lambda _: None, ignore_skip) if _is_read(file, place)]
    if place.is_text_file:
        return dict.fromkeys(names, "train")
    parts = named_parts(map(_stem, names))
    tests = {part for part in parts.values() if part not in (*ORDER, None)}
    only = next(iter(tests)) if len(tests) == 1 else None
    named = {name: parts[_stem(name)] for name in names}
    return {name: "test" if part is not None and part == only else part for name, part in named.items()}


def _stem(name: str) -> str:
    """The name without its ending, unless that says which part the file is."""
    path = PurePosixPath(name)
    return name if path.suffix in PART_ENDINGS else str(path.with_suffix(""))


def _is_read(file: FoundFile, place: Place) -> bool:
    """Files of our endings, text files that are called as a part or hold tags, and whatever file was named itself."""
    path = PurePosixPath(file.name)
    if place.is_text_file or path.suffix in CONLL | RECORDS:
        return True
    return _is_plain(file) and (_holds_tags(file) or (path.suffix != "" and part_of(path.name) is not None))


def _sentences(file: FoundFile, config: TaggedConfig, on_fault: OnFault) -> Iterator[Sentence]:
    head = head_of(file, on_fault)
    if head and looks_binary(head, config.encoding):
        on_fault(Fault(file.source, "this is a binary file, not text", "Give a file of text, or leave it out."))
    elif head:
        yield from _reader(file)(file, config, on_fault)


def _reader(file: FoundFile) -> Callable[..., Iterator[Sentence]]:
    return read_records if PurePosixPath(file.name).suffix in RECORDS else read_conll


def _as_bio(path: str, name: str, parts: dict[str, list[Sentence]]) -> TaggedRead:
    every = list(itertools.chain.from_iterable(parts.values()))
    if all(tag == OUTSIDE for sentence in every for tag in sentence.tags):
        raise DataError(
            f"{path}: there is no entity: each of the {len(every):,} sentences has nothing but {OUTSIDE!r}. Tag the "
            "entities, or name the column that holds the tags: --set data.tag_column=NUMBER."
        )
    scheme, n_lacking = scheme_of(sentence.tags for sentence in every)
    made = {
        part: [Sentence(s.words, tuple(bio(s.tags)), s.source, s.line) for s in sentences]
        for part, sentences in parts.items()
    }
    notes = [] if scheme == "BIO" else [f"Tags are {scheme}, read as BIO."]
    if n_lacking:
        notes.append(
            f"{n_lacking:,} entities start with I- and no B- before it; each is read as one that starts there, as "
            "seqeval counts it."
        )
    return TaggedRead(name, made, tuple(notes))
