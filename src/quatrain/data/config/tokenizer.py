"""How text becomes numbers."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from quatrain.config import Config

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
