"""Which text, whole or with hidden tokens, and how it is read."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, field_validator

from quatrain.config import Config
from quatrain.data.config.columns import Column
from quatrain.data.config.tokenizer import TokenizerConfig


class TextConfig(Config):
    """Base of the settings of data that is a text."""

    path: str
    """A file, a folder, an archive, or the name of an embedded text (`python`)."""
    text_column: Column | None = None
    """Column of a table that holds the text; null takes one called text, content, body or sentence, or the
    only column of text there is. A table without a header has columns 1, 2, ..."""
    encoding: str = "utf-8"
    """Encoding of the files."""
    tokenizer: TokenizerConfig = TokenizerConfig()
    """How text becomes numbers."""
    val_fraction: float = Field(default=0.1, gt=0, lt=1)
    """Share of the characters kept for validation where the data brings no split of its own."""


class DataConfig(TextConfig):
    """Which text, how it is read, and how much of it is kept for validation."""


class MaskedConfig(TextConfig):
    """Which text, how it is read, and what of it is hidden so that it can be told from the rest."""

    kind: ClassVar[str] = "masked"

    tokenizer: TokenizerConfig = TokenizerConfig(name="wordpiece", framed=True)
    """How text becomes numbers; the vocabulary always has the tokens that frame and hide."""
    mask_fraction: float = Field(default=0.15, gt=0, lt=1)
    """Share of the tokens of a row that is hidden, another one whenever the row is read."""
    whole_word: bool = False
    """Whether words are hidden whole, and not piece by piece."""
    next_sentence: bool | None = None
    """Whether rows are made of two texts, of which the second follows on the first or stands elsewhere, which is then
    asked for, too; null: where most of the text stands in documents long enough to have an order."""

    @field_validator("tokenizer")
    @classmethod
    def _framed(cls, tokenizer: TokenizerConfig) -> TokenizerConfig:
        return tokenizer.replace(framed=True)

    @property
    def text(self) -> DataConfig:
        """The text alone."""
        return DataConfig(**{name: getattr(self, name) for name in DataConfig.model_fields})
