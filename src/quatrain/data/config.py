"""What the reader, the tokenizer and the split are asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from quatrain.config import Config, one_of
from quatrain.data.tasks import TASKS, Task
from quatrain.models.backbones.images import HeightWidth

__all__ = [
    "AnyDataConfig",
    "AugmentConfig",
    "DataConfig",
    "ImagesConfig",
    "LabelledConfig",
    "MaskedConfig",
    "PairsConfig",
    "SeriesConfig",
    "TaggedConfig",
    "TokenizerConfig",
    "TokenizerName",
]

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

    framed: bool = False
    """Whether the vocabulary has the tokens [PAD], [CLS], [SEP] and [MASK], and frames texts with them, as encoders
    read them. Tasks that need it ask for it."""
    path: str | None = None
    """A run folder, or a tokenizer.json of one, whose vocabulary is taken as it is; null learns one from the text."""

    @model_validator(mode="after")
    def _size_is_a_choice(self) -> Self:
        if self.name in ("char", "byte") and self.vocab_size is not None:
            raise ValueError(
                f"vocab_size={self.vocab_size} cannot be chosen for a {self.name} tokenizer: the text "
                "decides it. Leave vocab_size out, or ask for name=bpe."
            )
        return self


class TextConfig(Config):
    """Base of the settings of data that is a text."""

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
    source: str | None = None
    """Column or ending (en, de) of the sources; null finds it out. A table without a header has columns 1, 2, ..."""
    target: str | None = None
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


class LabelledConfig(Config):
    """Which labelled texts, or pairs of texts, and how they are read.

    - A table (.csv, .tsv, .jsonl, .parquet), or a folder or archive of tables, with a column of text and one of labels.
    - A folder or archive of files of text, a folder for each class.

    Files and folders called train, val (valid, validation, dev) or test are these parts; test parts keep their names.
    """

    kind: ClassVar[str] = "labelled"

    path: str
    """A table, a folder or an archive."""
    text_column: str | None = None
    """Column of the text; null takes one with a usual name, such as text or sentence, or the only one there is. A table
    without a header has columns 1, 2, ..."""
    second_column: str | None = None
    """Column of a second text, where each example is a pair; null takes one called as a second text is, such as
    sentence2 or hypothesis, where the first is called so, too."""
    label_column: str | None = None
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


def _names(value: Any) -> Any:
    """Names joined by commas are several."""
    return tuple(name.strip() for name in value.split(",")) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...] | None, BeforeValidator(_names)]


class SeriesConfig(Config):
    """Which series of numbers, how it is read, and what is forecast from how much of its past.

    A table (.csv, .tsv, .jsonl, .parquet, compressed or not) with a column of time stamps, a row a moment, and a column
    of numbers for each series.
    """

    kind: ClassVar[str] = "series"

    path: str
    """The table."""
    time_column: str | None = None
    """Column of the time stamps: dates, dates with a time of day, or whole numbers; null finds it."""
    columns: Names = None
    """Columns that are read, joined by commas; null: all of numbers."""
    targets: Names = None
    """Columns that are forecast; null: all that are read, or of prices the closing price."""
    encoding: str = "utf-8"
    """Encoding of the file."""
    input_len: int | None = Field(default=None, ge=1)
    """Rows of the past that a forecast sees; null: some seasons, by the frequency."""
    horizon: int | None = Field(default=None, ge=1)
    """Rows that are forecast; null: one season, by the frequency; of prices one row."""
    returns: Literal["auto", "none", "log", "diff"] = "auto"
    """What is modelled: the values (none), the differences of their logarithms from row to row (log), or of themselves
    (diff). auto: log where a target is called close or price, else none."""
    missing: Literal["refuse", "last"] = "refuse"
    """What a missing number does: stop with its row, or stand for the last one before it. It is never a target."""
    sort: bool = False
    """Whether rows out of the order of time are put in order; else they stop the reading."""
    duplicates: Literal["refuse", "first", "last"] = "refuse"
    """Which of several rows with one time stamp counts; refuse: they stop the reading."""
    train_rows: int | None = Field(default=None, ge=1)
    """Rows that are learned from, the earliest; null: what validation and test leave."""
    val_rows: int | None = Field(default=None, ge=1)
    """Rows after them that choose; null: by val_fraction."""
    test_rows: int | None = Field(default=None, ge=1)
    """Rows after those that are scored once, at the end; null: by test_fraction."""
    val_fraction: float = Field(default=0.1, gt=0, lt=1)
    """Share of the rows that choose, where no val_rows are given."""
    test_fraction: float = Field(default=0.2, gt=0, lt=1)
    """Share of the rows that are scored once, where no test_rows are given."""
    allow_leak: bool = False
    """Whether a column may tell what a target will be; else that stops the training."""


class AugmentConfig(Config):
    """How training pictures are changed at random, anew every time they are read."""

    shift: float = Field(default=0.075, ge=0, lt=1)
    """Share of the height and of the width by which a picture is moved at most, in whole pixels; black comes in. The
    default moves pictures of 28x28 by two pixels at most, those of 8x8 not at all."""
    flip: bool = False
    """Mirror every second picture, left to right: for things that have no side, never for letters and digits."""
    erase: float = Field(default=0.0, ge=0, lt=1)
    """Side, as a share of the picture's, of a square that is painted over at a random place (Cutout: DeVries and Taylor
    2017, https://arxiv.org/abs/1708.04552); 0: none."""


class ImagesConfig(Config):
    """Which pictures, how they are read, and how they are changed at random in training.

    - A folder or archive with a folder for each class, perhaps inside folders train, val and test.
    - idx files as those of MNIST: images and labels, `train-images-idx3-ubyte.gz` and so on; or one file of images.
    - A .npz file with images and labels (x_train and y_train, images and labels, ...).
    - `digits`: 1,797 real handwritten digits of 8x8 pixels.

    Parts called train, val (valid, validation, dev) or test (t10k) are these parts.
    """

    kind: ClassVar[str] = "images"

    path: str
    """A folder, an archive, a file, or `digits`."""
    image_size: HeightWidth | None = None
    """Height and width that pictures are scaled to, one number where they are equal; null: the size of all of them, or
    a square where they differ."""
    n_channels: Literal[1, 3] | None = None
    """1 reads grey, 3 colour; null: colour where a picture has some."""
    val_fraction: float = Field(default=0.1, gt=0, lt=1)
    """Share of the training part kept for validation where the data brings no such part; at most 5,000 pictures."""
    n_labels: int | None = Field(default=None, ge=2)
    """Training pictures that are learned from, of each class its share; null: all there are."""
    label_seed: int = 0
    """Which ones, where they are not all."""
    augment: AugmentConfig = AugmentConfig()
    """How training pictures are changed at random."""


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
    word_column: str | None = None
    """Column of the words: in CoNLL a number, from 1; null: the first (in .conllu the second), or the usual names."""
    tag_column: str | None = None
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

    @model_validator(mode="after")
    def _different_columns(self) -> Self:
        if self.word_column is not None and self.word_column == self.tag_column:
            raise ValueError(f"word_column and tag_column are both {self.word_column!r}: name two different ones.")
        return self


def _by_kind(value: Any) -> Any:
    """A table with `kind` says what it is, one without it is a text."""
    if not isinstance(value, Mapping) or "kind" in value:
        return value
    return DataConfig.from_dict(value)


def _kinds() -> dict[str, type[Config]]:
    kinds: tuple[type[Config], ...] = (
        MaskedConfig,
        PairsConfig,
        LabelledConfig,
        SeriesConfig,
        ImagesConfig,
        TaggedConfig,
    )
    return {config.kind: config for config in kinds} | dict(TASKS)


AnyDataConfig = Annotated[
    DataConfig
    | MaskedConfig
    | PairsConfig
    | LabelledConfig
    | SeriesConfig
    | ImagesConfig
    | TaggedConfig
    | Task,
    one_of(_kinds),
    BeforeValidator(_by_kind),
]  # fmt: skip
"""What can be learned from: a text, one of which tokens are hidden, parallel text, labelled texts or pictures, tagged
sentences, a series, or a task with known answers."""
