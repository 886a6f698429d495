"""Which tagged sentences, and how they are read."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from quatrain.config import Config
from quatrain.data.config.columns import Column
from quatrain.data.config.tokenizer import TokenizerConfig


class TaggedConfig(Config):
    """Which sentences of tagged words, and how they are read.

    - CoNLL files: a word, a tab or blanks, and its tag a line, an empty line after each sentence.
    - .jsonl: a list of words (tokens, words) beside one of tags (tags, ner_tags, labels), or a text beside the places
      of its entities (entities, spans, label), each [start, end, type] in characters.
    - Folders and archives of such files.

    Files called train, val (valid, validation, dev) or test are these parts; several test parts keep their names.
    """

    kind: ClassVar[str] = "tagged"

    path: str
    """A file, a folder or an archive."""
    word_column: Column | None = None
    """Column of the words: in CoNLL a number, from 1; null: the first (in .conllu the second), or the usual names."""
    tag_column: Column | None = None
    """Column of the tags, likewise; null: the last, or the usual names."""
    encoding: str = "utf-8"
    """Encoding of the files."""
    units: Literal["auto", "words", "text"] = "auto"
    """What a model reads: words (in lower case, each with its spelling), or text (pieces of words, as `tokenizer` cuts
    them); auto: words, unless a tokenizer of pieces or a model that reads them is named."""
    tokenizer: TokenizerConfig = TokenizerConfig()
    """How words become numbers. `auto` takes `word`, or `wordpiece` where pieces are read."""
    val_fraction: float = Field(default=0.1, gt=0, lt=1)
    """Share of the sentences kept for validation where the data brings no such part; at most 2,000."""

    n_labels: int | None = Field(default=None, ge=1)
    """Training sentences that are learned from, drawn; null: all there are."""
    label_seed: int = 0
    """Which ones, where they are not all."""

    @model_validator(mode="after")
    def _different_columns(self) -> Self:
        if self.word_column is not None and self.word_column == self.tag_column:
            raise ValueError(f"word_column and tag_column are both {self.word_column!r}: name two different ones.")
        return self
