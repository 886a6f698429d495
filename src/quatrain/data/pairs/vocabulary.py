"""The tokenizers of the two sides: one learned from both, or one each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from quatrain.data.config import PairsConfig, TokenizerConfig
from quatrain.data.pairs.texts import Texts
from quatrain.data.tokenizers import SMALL_ALPHABET, Tokenizer

__all__ = ["SOURCE_TOKENIZER", "learn_tokenizers", "settle_pairs"]

SOURCE_TOKENIZER = "source_tokenizer.json"
"""The file of the tokenizer of the source, where it has one of its own."""
SHORT = 24
"""Characters: where texts are no longer than this on average, `auto` takes characters."""
SAMPLE = 64_000_000
"""Characters that a vocabulary of pieces is learned from, at most."""


def settle_pairs(config: TokenizerConfig, *, n_bytes: int, mean_chars: float, n_distinct: int) -> TokenizerConfig:
    """The config with `auto` and a missing size decided by the text.

    The size is 110 times the fourth root of the bytes (5,000 for 4 MB, 21,000 for 1.3 GB), and for less than half a
    megabyte four times the square root, from 512 on: a piece that is seen a few times only is not worth an entry
    (Sennrich & Zhang 2019, https://arxiv.org/abs/1905.11901, table 2), and costs time in the softmax.

    Args:
        n_bytes: UTF-8 bytes that the vocabulary is to write.
        mean_chars: characters of a side on average.
        n_distinct: distinct characters.
    """
    name, vocab_size = config.name, config.vocab_size
    if name == "auto":
        is_small = mean_chars <= SHORT and n_distinct < SMALL_ALPHABET
        name = "char" if is_small and vocab_size is None else "bpe"
    if vocab_size is None and name in ("bpe", "unigram", "wordpiece"):
        vocab_size = max(100 * round(min(1.1 * n_bytes**0.25, 0.04 * n_bytes**0.5)), 512)
    return config.replace(name=name, vocab_size=vocab_size)


def learn_tokenizers(config: PairsConfig, parts: dict[str, Texts]) -> tuple[Tokenizer, Tokenizer]:
    """The tokenizers of source and target, the same object where they share a vocabulary.

    `char` learns the alphabet of all parts, the others from the training part alone.

    Raises:
        ConfigError: the vocabulary asked for is too small for the kind.
        DataError: it is to be taken from where there is none.
    """
    if config.tokenizer.path is not None:
        return _taken(Path(config.tokenizer.path), shared=config.shared_vocabulary)
    sides = [[part.src for part in parts.values()], [part.tgt for part in parts.values()]]
    train = [[parts["train"].src], [parts["train"].tgt]]
    if config.shared_vocabulary:
        both = _learn(config.tokenizer, [*train[0], *train[1]], [*sides[0], *sides[1]])
        return both, both
    source, target = (
        _learn(config.tokenizer, learned, all_of_it) for learned, all_of_it in zip(train, sides, strict=True)
    )
    return source, target


def _taken(path: Path, *, shared: bool) -> tuple[Tokenizer, Tokenizer]:
    """Those of source and target that a translation has, or the one that another run has, for both."""
    target = Tokenizer.taken_from(path)
    is_split = not shared and (path / SOURCE_TOKENIZER).is_file()
    return (Tokenizer.taken_from(path, SOURCE_TOKENIZER) if is_split else target), target


def _learn(config: TokenizerConfig, train: Sequence[list[str]], everything: Sequence[list[str]]) -> Tokenizer:
    alphabet = "".join(sorted(set().union(*chain.from_iterable(everything))))
    n_chars = sum(len(text) for texts in train for text in texts)
    n_bytes = sum(len(text.encode()) for texts in train for text in texts)
    mean_chars = n_chars / max(sum(map(len, train)), 1)
    settled = settle_pairs(config, n_bytes=n_bytes, mean_chars=mean_chars, n_distinct=len(alphabet))
    if settled.name in ("char", "byte"):
        return Tokenizer.train([alphabet], settled, n_bytes)
    every = 1 if settled.name == "word" else max(-(-n_chars // SAMPLE), 1)
    return Tokenizer.train(chain.from_iterable(texts[::every] for texts in train), settled, n_bytes)
