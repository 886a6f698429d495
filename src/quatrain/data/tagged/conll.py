"""CoNLL files: a word and its tag a line, an empty line after each sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from quatrain.data.config import TaggedConfig
from quatrain.data.decoding import decoded_lines
from quatrain.data.faults import Fault, OnFault
from quatrain.data.files import FoundFile
from quatrain.data.tagged.sentences import Sentence
from quatrain.data.tagged.spans import OUTSIDE, is_tag
from quatrain.errors import ConfigError

__all__ = ["CONLL", "SURELY_CONLL", "holds_tags", "read_conll"]

CONLL = {".conll", ".conllu", ".conll2002", ".conll2003", ".bio", ".iob", ".iob2", ".bioes", ".ner", ".annotated"}
"""Endings of such files; others are read so where they are named themselves."""
SURELY_CONLL = CONLL - {".conllu", ".bio", ".ner", ".annotated"}
"""Endings that nothing but tagged entities has."""
MOST_COLUMNS, NEARLY_ALL = 10, 0.9
"""Columns of a line at most, and the share of lines that must be alike, where a file is known by what it holds."""
SEPARATOR = re.compile("[ \t]+")
DOCUMENT_START = "-DOCSTART-"
KNOWN_TAGS = "Tags are O, and B-x and I-x for a type x of entity (IOB1, BIOES and BILOU are read, too)."
NUMBER_OF_PART = re.compile(r"\d+[-.]\d+")
"""What numbers a contraction or an empty node in CoNLL-U, which are no words."""


def holds_tags(head: str) -> bool:
    """Whether the first lines of a file are CoNLL beyond doubt: nearly all have as many columns, the last a tag.

    Args:
        head: the first characters, of which an unfinished last line does not count.

    Example:
        >>> holds_tags("Ann NNP B-person\\nleft VBD O\\n"), holds_tags("Ann left.\\nBob came.\\n")
        (True, False)
    """
    lines = [line for line in head.splitlines(keepends=True) if line.endswith("\n") and line.strip()]
    rows = [_values(line.strip("\r\n")) for line in lines if not line.startswith((DOCUMENT_START, "#"))]
    if not rows:
        return False
    n_columns, _ = Counter(map(len, rows)).most_common(1)[0]
    tags = [row[-1].strip() for row in rows if len(row) == n_columns and is_tag(row[-1].strip())]
    has_entity = any(tag != OUTSIDE for tag in tags)
    return has_entity and 2 <= n_columns <= MOST_COLUMNS and len(tags) >= NEARLY_ALL * len(rows)


def read_conll(
    file: FoundFile, config: TaggedConfig, on_fault: OnFault, *, has_tags: bool = True
) -> Iterator[Sentence]:
    """The sentences of a file.

    A sentence ends at a line of nothing but white space. Columns stand between tabs where a line has any, else between
    blanks. Lines of -DOCSTART- and comments of CoNLL-U are passed over.

    Args:
        has_tags: False where the tags are to be told: then a line may hold a word alone, and what else it holds is
            not looked at.
    """
    columns = _Columns(file, config, on_fault, has_tags=has_tags)
    words: list[str] = []
    tags: list[str] = []
    first = 0
    for number, line in enumerate(decoded_lines(file.stream, file.source, config.encoding, on_fault), start=1):
        if not line.strip():
            if words:
                yield Sentence(tuple(words), tuple(tags), file.source, first)
            words, tags = [], []
            continue
        found = columns.read(line.rstrip("\r\n"), number)
        if found is not None:
            first = first if words else number
            words.append(found[0])
            tags += found[1:]
    if words:
        yield Sentence(tuple(words), tuple(tags), file.source, first)


class _Columns:
    """Finds word and tag in a line."""

    def __init__(self, file: FoundFile, config: TaggedConfig, on_fault: OnFault, *, has_tags: bool) -> None:
        self.source, self.on_fault, self.has_tags = file.source, on_fault, has_tags
        self.is_conllu = PurePosixPath(file.name).suffix == ".conllu"
        self.word = _place(config.word_column, "word_column", 1 if self.is_conllu else 0)
        self.tag = _place(config.tag_column, "tag_column", -1)

    def read(self, line: str, number: int) -> tuple[str, ...] | None:
        """The word and its tag, or the word alone; None where the line holds none."""
        values = _values(line)
        is_number = self.is_conllu and NUMBER_OF_PART.fullmatch(values[0]) is not None
        if is_number or values[0] == DOCUMENT_START or self._is_comment(line):
            return None
        fault = self._fault(values)
        if fault is not None:
            self.on_fault(Fault(self.source, *fault, number))
            return None
        return (values[self.word], values[self.tag].strip()) if self.has_tags else (values[self.word],)

    def _fault(self, values: list[str]) -> tuple[str, str] | None:
        """What is wrong with a line, and what to do."""
        if self.has_tags and len(values) == 1:
            advice = "Put a tab and a tag behind it (O: no entity), or an empty line between sentences."
            return f"a single column, {values[0]!r}, stands where a word and its tag are needed", advice
        if max(self.word, self.tag if self.has_tags else 0) >= len(values):
            return f"{len(values)} columns stand here", "Mend the line, or name other columns."
        if not values[self.word].strip():
            return "no word stands before the tag", "Write the word, or remove the line."
        tag = values[self.tag].strip()
        if self.has_tags and not is_tag(tag):
            return f"{tag!r} is no tag of an entity", f"{KNOWN_TAGS} {self._elsewhere(values)}".strip()
        return None

    def _elsewhere(self, values: list[str]) -> str:
        """What to type where another column could hold the tags."""
        own = self.tag % len(values)
        likely = (i for i, value in enumerate(values) if i != own and (value == OUTSIDE or "-" in value))
        place = next((i for i in likely if is_tag(values[i])), None)
        if place is None:
            return "Name the column that holds them: --set data.tag_column=NUMBER." if len(values) > 2 else ""
        word = f"--set data.word_column={place + 2} " if place == self.word else ""
        return f"Column {place + 1} could hold them: {word}--set data.tag_column={place + 1}."

    def _is_comment(self, line: str) -> bool:
        return line.startswith("#") and "\t" not in line and (self.is_conllu or " = " in line)


def _values(line: str) -> list[str]:
    """What stands between tabs, where there are any, or else between blanks."""
    return line.split("\t") if "\t" in line else SEPARATOR.split(line.strip())


def _place(column: str | None, name: str, otherwise: int) -> int:
    """The place of a column that is named by its number, from 0.

    Raises:
        ConfigError: the name is no number.
    """
    if column is None:
        return otherwise
    if not column.isdecimal() or column == "0":
        raise ConfigError(
            f"data.{name}={column}: columns of CoNLL files have no names. Give a number, from 1: --set data.{name}=2."
        )
    return int(column) - 1
