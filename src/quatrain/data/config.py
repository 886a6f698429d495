"""What the reader, the tokenizer and the split are asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from quatrain.config import Config, one_of
from quatrain.data.tasks import TASKS, Task

__all__ = ["AnyDataConfig", "DataConfig", "TokenizerConfig", "TokenizerName"]

TokenizerName = Literal["auto", "char", "byte", "bpe", "unigram", "wordpiece", "word"]


class TokenizerConfig(Config):
    """How text becomes numbers.

    - `char`: one token a character; knows the characters of the whole text, and no others.
    - `byte`: one token a UTF-8 byte; takes any text.
    - `bpe`: byte-level byte-pair encoding; takes any text.
    - `unigram`, `wordpiece`: pieces of words; unknown characters become `<unk>`.
    - `word`: words between white space and a token for each newline; unknown words become `<unk>`.
    - `auto`: `char` for at most 2 MB of text with fewer than 256 distinct characters and no `vocab_size`
      asked for, else `bpe`.

    `char`, `byte` and `bpe` give back exactly the text they were given, unless `lowercase` is set.
    """

    name: TokenizerName = "auto"
    """Kind of tokenizer."""
    vocab_size: int | None = Field(default=None, gt=1)
    """Most tokens the vocabulary may hold. null derives it: every word there is for `word`; for the kinds
    made of pieces the power of two nearest to the square root of twice the bytes, from 512 to 32,768."""
    lowercase: bool = False
    """Whether text is put in lower case first; what is decoded is then lower case too."""

    @model_validator(mode="after")
    def _size_is_a_choice(self) -> Self:
        if self.name in ("char", "byte") and self.vocab_size is not None:
            raise ValueError(
                f"vocab_size={self.vocab_size} cannot be chosen for a {self.name} tokenizer: the text "
                "decides it. Leave vocab_size out, or ask for name=bpe."
            )
        return self


class DataConfig(Config):
    """Which text, how it is read, and how much of it is kept for validation."""

    path: str
    """A file, a folder, an archive, or the name of an embedded text (`python`)."""
    text_column: str | None = None
    """Column of a table that holds the text; null takes one called text, content, body or sentence, or the
    only column of text there is."""
    encoding: str = "utf-8"
    """Encoding of the files."""
    tokenizer: TokenizerConfig = TokenizerConfig()
    """How text becomes numbers."""
    val_fraction: float = Field(default=0.1, gt=0, lt=1)
    """Share of the characters kept for validation where the data brings no split of its own."""


def _text_or_task(value: Any) -> Any:
    """A table with `kind` is a task, one with `path` a text."""
    if not isinstance(value, Mapping) or "kind" in value:
        return value
    return DataConfig.from_dict(value)


AnyDataConfig = Annotated[DataConfig | Task, one_of(lambda: TASKS), BeforeValidator(_text_or_task)]
"""What can be learned from: a text, or a task with known answers."""
