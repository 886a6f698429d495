"""Which parallel text, and how it is read."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator

from quatrain.config import Config
from quatrain.data.config.columns import Column
from quatrain.data.config.tokenizer import TokenizerConfig


class PairsConfig(Config):
    """Which parallel text, how it is read, and which way it is translated.

    - Two files side by side, line n of one with line n of the other: `path` and `target_path`.
    - A folder or archive of files that end in their languages (`train.en.gz`, `train.de.gz`, `val.en`, ...).
    - A table (.tsv, .csv, .jsonl, .parquet), or a folder of tables, with a column for each side.
    - `dates`: dates as people write them in several languages, to be written as 2026-03-14.

    Files called train, val (valid, validation, dev) or test are these parts; test parts keep their names.
    """

    kind: ClassVar[str] = "pairs"

    path: str
    """A table, a folder, an archive, the file of sources, or the name of embedded pairs (`dates`)."""
    target_path: str | None = None
    """The file of targets, where each side is a file of its own."""
    source: Column | None = None
    """Column or ending (en, de) of the sources; null finds it out. A table without a header has columns 1, 2, ..."""
    target: Column | None = None
    """Column or ending of the targets; null finds it out."""
    encoding: str = "utf-8"
    """Encoding of the files."""
    tokenizer: TokenizerConfig = TokenizerConfig()
    """How text becomes numbers. `auto` takes `char` where texts are short (24 characters and fewer on average)
    and made of fewer than 256 distinct characters, else `bpe`, with a vocabulary that grows slowly with the text:
    5,000 tokens for 4 MB, 21,000 for 1.3 GB."""
    shared_vocabulary: bool = True
    """Whether both sides are written with one vocabulary, learned from both; else each has its own."""
    val_fraction: float = Field(default=0.1, gt=0, lt=1)
    """Share of the pairs kept for validation where the data brings no such part; at most 2,000 pairs."""

    @model_validator(mode="after")
    def _two_sides(self) -> Self:
        if self.source is not None and self.source == self.target:
            raise ValueError(f"source and target are both {self.source!r}: name two different sides.")
        return self
