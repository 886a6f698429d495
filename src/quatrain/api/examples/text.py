"""Texts, or pairs of texts, for a classifier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from quatrain.api.examples._base import ExampleReader, Unreadable, asked
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
from quatrain.data.examples import ExamplePart
from quatrain.data.tables import TABLES
from quatrain.errors import DataError

__all__ = ["TextReader"]


class TextReader(ExampleReader):
    """A text is a string, a pair of texts two of them."""

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
        """A text a line, two of a pair with a tab between them; or the rows of a table.

        Where the model was trained elsewhere, a line with one tab is a pair.
        """
        for file in files:
            if _is_table(file):
                yield from (self._row(sides) for sides in read_sides(self._config(file)))
            else:
                yield from (self._line(line) for line in read_lines(file))

    def about(self, example: Any) -> dict[str, str]:
        """The text, or both."""
        sides = (example,) if isinstance(example, str) else example
        return dict(zip(("text", "second"), sides, strict=False))

    def own(self) -> LabelledData:
        """The data of the recipe."""
        return open_labelled(self._config_of(LabelledConfig))

    def other(self, data: str, settings: Sequence[str]) -> dict[str, ExamplePart]:
        """Labelled texts, with the vocabulary of the run."""
        return dict(encode_labelled(asked(self._config(data), settings), self.classes, self.tokenizer))

    def hint(self) -> str:
        """A file."""
        return "FILE"

    def _config(self, path: str) -> LabelledConfig:
        """Columns and encoding as they were."""
        kept = ("text_column", "second_column", "label_column", "encoding")
        said = {name: self.recipe[name] for name in kept if self.recipe.get(name) is not None}
        return LabelledConfig.from_dict({**said, "path": path}, "data")

    def _line(self, line: str) -> Any:
        if NOT_TEXT in line:
            return Unreadable("the line is not UTF-8: save the file as UTF-8.")
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
        return self.recipe.get("second_column") is not None if self.recipe else None


def _is_table(file: str) -> bool:
    return any(suffix.lower() in TABLES for suffix in PurePosixPath(file).suffixes[-2:])
