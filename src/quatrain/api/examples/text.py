"""Texts, or pairs of texts, for a classifier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, ClassVar

from quatrain.api.examples._base import NOT_UTF_8, ExampleReader, Unreadable, asked
from quatrain.api.given import texts_given
from quatrain.data import (
    NOT_TEXT,
    Framing,
    LabelledConfig,
    LabelledData,
    TextExamples,
    Tokenizer,
    encode_labelled,
    open_labelled,
    read_lines,
    read_sides,
)
from quatrain.data.decoding import check_encoding, decoded, looks_binary
from quatrain.data.examples import ExamplePart
from quatrain.data.faults import Fault, ignore_skip, refuse
from quatrain.data.files import FoundFile, find_files, locate
from quatrain.data.readers import head_of
from quatrain.data.tables import TABLES
from quatrain.errors import ConfigError, DataError

__all__ = ["TextReader"]


COLUMNS = ("text_column", "second_column")


class FileText(str):
    """A text that is a whole file."""

    path: str
    """Which."""

    def __new__(cls, text: str, path: str) -> FileText:
        """The text of a file."""
        made = super().__new__(cls, text)
        made.path = path
        return made


class TextReader(ExampleReader):
    """A text is a string, a pair of texts two of them."""

    reading: ClassVar[tuple[str, ...]] = (*COLUMNS, "encoding")

    @property
    def able(self) -> tuple[str, ...]:
        """A model of single texts reads no second column."""
        return tuple(name for name in self.reading if name != "second_column" or self._is_pair is not False)

    def are_cut(self, part: ExamplePart, max_seq_len: int | None) -> Sequence[bool | None]:
        """A longer text, or the longer one of a pair, loses its end."""
        assert isinstance(part, TextExamples)
        return part.is_longer_than(max_seq_len).tolist()

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer of the run."""
        return self.folder.load_tokenizer()

    def given(self, arguments: Sequence[Any]) -> list[Any]:
        """Strings, or pairs of them.

        Raises:
            DataError: one is no text, or there is nothing in it.
        """
        columns = [name for key in ("text_column", "second_column") if (name := self.recipe.get(key)) is not None]
        examples = texts_given(arguments, None if self._is_pair is None else 1 + self._is_pair, columns)
        for number, example in enumerate(examples, 1):
            if not all(side.strip() for side in ((example,) if isinstance(example, str) else example)):
                raise DataError(f"example {number}: the text is empty. Leave it out, or give one with a word in it.")
        return examples

    def part(self, examples: Sequence[Any]) -> TextExamples:
        """Strings, or pairs of strings.

        Raises:
            DataError: singles and pairs are mixed, something is neither, or a character is unknown.
        """
        sides = [tuple(example) if isinstance(example, list | tuple) else (example,) for example in examples]
        if any(len(side) != len(sides[0]) or not all(isinstance(text, str) for text in side) for side in sides):
            raise DataError(
                "an example is a text, or each a pair of two texts: give strings, or tuples of two strings."
            )
        texts, seconds = zip(*sides, strict=True) if sides and len(sides[0]) == 2 else ([s[0] for s in sides], None)
        return TextExamples.unlabelled(texts, seconds, self.classes, Framing(self.tokenizer))

    def examples(self, files: Sequence[str]) -> Iterator[Any]:
        """A text a line, two of a pair with a tab between them; the rows of a table; or the files of a folder.

        Where the model was trained elsewhere, a line with one tab is a pair.
        """
        for file in files:
            if file != "-" and not locate(file).is_text_file:
                yield from self._of_folder(file)
            elif _is_table(file):
                yield from (self._row(sides) for sides in read_sides(self._unlabelled(file)))
            else:
                yield from (self._line(line) for line in read_lines(file, encoding=self._line_encoding(file)))

    def about(self, example: Any) -> dict[str, str]:
        """The text, or both; of a text that is a whole file its path, too."""
        place = {"path": example.path} if isinstance(example, FileText) else {}
        sides = (example,) if isinstance(example, str) else example
        return {**place, **dict(zip(("text", "second"), map(str, sides), strict=False))}

    def own(self) -> LabelledData:
        """The data of the recipe."""
        return open_labelled(self._config_of(LabelledConfig))

    def other(self, data: str, settings: Sequence[str]) -> dict[str, ExamplePart]:
        """Labelled texts, with the vocabulary of the run."""
        return dict(encode_labelled(asked(self._config(data), settings), self.classes, self.tokenizer))

    def hint(self) -> str:
        """A file."""
        return "FILE"

    def _config(self, path: str, kept: Sequence[str] = (*COLUMNS, "label_column", "encoding")) -> LabelledConfig:
        """Columns and encoding as they were."""
        said = {name: self.recipe[name] for name in kept if self.recipe.get(name) is not None}
        return LabelledConfig.from_dict({**said, "path": path}, "data")

    def _unlabelled(self, path: str) -> LabelledConfig:
        """The same but for the labels."""
        return self._config(path, (*COLUMNS, "encoding"))

    def _line_encoding(self, file: str) -> str:
        """How lines are encoded.

        Raises:
            ConfigError: a column is asked for.
        """
        columns = self.asked & {*COLUMNS}
        if columns:
            raise ConfigError(
                f"--set data.{min(columns)}: {file} is read line by line and has no columns. Give a table "
                f"({', '.join(TABLES)}), or leave it out."
            )
        return str(self.recipe["encoding"]) if "encoding" in self.asked else "utf-8"

    def _of_folder(self, folder: str) -> Iterator[Any]:
        """Each file in a folder or an archive as one text.

        Raises:
            DataError: a text stands alone in a file, and the model reads pairs; or a file is damaged.
        """
        if self._is_pair:
            raise DataError(
                f"{folder}: each file of a folder is one text, and this model reads pairs. Give a table, or a file "
                "with a pair a line, a tab between its texts."
            )
        encoding = str(self.recipe.get("encoding") or "utf-8")
        check_encoding(encoding)
        for file in find_files(locate(folder), refuse, ignore_skip):
            yield _whole(file, encoding)

    def _line(self, line: str) -> Any:
        if NOT_TEXT in line:
            return Unreadable(NOT_UTF_8)
        sides = tuple(line.split("\t"))
        is_pair = self._is_pair or (self._is_pair is None and len(sides) == 2)
        return self._row(sides if is_pair else (line,))

    def _row(self, sides: tuple[str, ...]) -> Any:
        n = len(sides) if self._is_pair is None else 1 + self._is_pair
        if len(sides) != n:
            return Unreadable(f"{len(sides)} texts stand where {n} are needed, a tab between them.")
        if not all(side.strip() for side in sides):
            return Unreadable("there is no text.")
        return sides if n == 2 else sides[0]

    @cached_property
    def _is_pair(self) -> bool | None:
        """Whether the model was trained on pairs; None: it was trained elsewhere, and nobody says."""
        is_known = bool({"path", "text_column", "second_column"} & self.recipe.keys())
        return self.recipe.get("second_column") is not None if is_known else None


def _whole(file: FoundFile, encoding: str) -> FileText | Unreadable:
    """A file as one text, or why it is none."""
    about, faults = {"path": file.source}, list[Fault]()
    head = head_of(file, refuse) or b""
    if PurePosixPath(file.name).suffix in TABLES:
        return Unreadable(f"{file.source}: is a table, which is given by itself.", about)
    if looks_binary(head, encoding):
        return Unreadable(f"{file.source}: is a binary file, not text.", about)
    text = "".join(decoded(file.stream, file.source, encoding, faults.append))
    if faults:
        return Unreadable(str(faults[0]), about)
    return FileText(text, file.source) if text.strip() else Unreadable(f"{file.source}: there is no text.", about)


def _is_table(file: str) -> bool:
    return any(suffix.lower() in TABLES for suffix in PurePosixPath(file).suffixes[-2:])
