"""Which labelled texts, and how they are read."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator

from quatrain.config import Config
from quatrain.data.config.columns import Column
from quatrain.data.config.tokenizer import TokenizerConfig


class LabelledConfig(Config):
    """Which labelled texts, or pairs of texts, and how they are read.

    - A table (.csv, .tsv, .jsonl, .parquet), or a folder or archive of tables, with a column of text and one of labels.
    - A folder or archive of files of text, a folder for each class.

    Files and folders called train, val (valid, validation, dev) or test are these parts; test parts keep their names.
    """

    kind: ClassVar[str] = "labelled"

    path: str
    """A table, a folder or an archive."""
    text_column: Column | None = None
    """Column of the text; null takes one with a usual name, such as text or sentence, or the only one there is. A table
    without a header has columns 1, 2, ..."""
    second_column: Column | None = None
    """Column of a second text, where each example is a pair; null takes one called as a second text is, such as
    sentence2 or hypothesis, where the first is called so, too."""
    label_column: Column | None = None
    """Column of the labels; null takes one with a usual name, such as label, class or sentiment."""
    encoding: str = "utf-8"
    """Encoding of the files."""
    tokenizer: TokenizerConfig = TokenizerConfig()
    """How text becomes numbers. `auto` takes words, in lower case."""
    val_fraction: float = Field(default=0.1, gt=0, lt=1)
    """Share of each class kept for validation where the data brings no such part; at most 5,000 examples in all."""
    n_labels: int | None = Field(default=None, ge=2)
    """Training examples that are learned from, of each class its share; null: all there are."""
    label_seed: int = 0
    """Which ones, where they are not all."""

    @model_validator(mode="after")
    def _different_columns(self) -> Self:
        named = [name for name in (self.text_column, self.second_column, self.label_column) if name is not None]
        if len({*named}) < len(named):
            raise ValueError(
                f"text_column, second_column and label_column are {', '.join(named)}: name different ones."
            )
        return self
