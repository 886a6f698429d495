"""One builder for each kind of tokenizer, all made of parts of the `tokenizers` library."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from quatrain.data.config import TokenizerConfig
from quatrain.errors import ConfigError

__all__ = ["BUILDERS", "END_OF_TEXT", "MASK", "PAD", "UNKNOWN", "add_frame", "byte_letters"]

END_OF_TEXT = "<|endoftext|>"
UNKNOWN = "<unk>"
CLS, SEP, MASK, PAD = "[CLS]", "[SEP]", "[MASK]", "[PAD]"
FRAME = (PAD, CLS, SEP, MASK)
"""The special tokens of framed vocabularies."""

ANY_CHARACTER = r"[\s\S]"
# White space as Unicode has it, written out so that Python's `re` and the library's mean the same.
WORD_OR_NEWLINE = "\n|[^ \t\n\r\x0b\x0c\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"

SCORE_DIGITS = 6
"""Decimals of the scores of a unigram model."""

Builder = Callable[[Iterable[str], TokenizerConfig], Tokenizer]
"""(texts, settled config) -> tokenizer, with the end of text as token 0."""


def char(texts: Iterable[str], config: TokenizerConfig) -> Tokenizer:
    """Every character of the texts, in code point order."""
    normalise = _normalizer(config)
    alphabet: set[str] = set()
    for text in texts:
        alphabet.update(normalise(text))
    words = [END_OF_TEXT, *sorted(alphabet)]
    backend = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, unk_token=UNKNOWN))
    backend.pre_tokenizer = pre_tokenizers.Split(Regex(ANY_CHARACTER), "isolated")
    backend.decoder = decoders.Fuse()
    return _finish(backend, config)


def byte(_texts: Iterable[str], config: TokenizerConfig) -> Tokenizer:
    """Byte b is token b + 1: a byte-level BPE without a single merge."""
    vocab = {END_OF_TEXT: 0} | {letter: value + 1 for value, letter in enumerate(byte_letters())}
    backend = Tokenizer(models.BPE(vocab, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.decoder = decoders.ByteLevel()
    return _finish(backend, config)


def bpe(texts: Iterable[str], config: TokenizerConfig) -> Tokenizer:
    """Byte-level byte-pair encoding with GPT-2's rule for what a word is."""
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    backend.decoder = decoders.ByteLevel()
    letters, vocab_size = byte_letters(), _size(config)
    if vocab_size <= len(letters):
        raise ConfigError(
            f"data.tokenizer.vocab_size: {vocab_size} is too small for a bpe tokenizer, which holds every byte "
            f"and the end of text. Give at least {len(letters) + 1}: --set data.tokenizer.vocab_size=512."
        )
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size, special_tokens=[END_OF_TEXT], initial_alphabet=letters, show_progress=False
    )
    return _train(backend, texts, trainer, config)


def unigram(texts: Iterable[str], config: TokenizerConfig) -> Tokenizer:
    """The likeliest pieces under a unigram model (Kudo 2018, https://arxiv.org/abs/1804.10959).

    Of pieces that are equally likely the library keeps any: on text where many are, another training may differ.
    """
    backend = Tokenizer(models.Unigram())
    words = pre_tokenizers.Metaspace(prepend_scheme="never")
    backend.pre_tokenizer = pre_tokenizers.Sequence([_guard(), pre_tokenizers.Split("\n", "isolated"), words])
    backend.decoder = decoders.Metaspace(prepend_scheme="never")
    trainer = trainers.UnigramTrainer(
        vocab_size=_size(config), special_tokens=[END_OF_TEXT, UNKNOWN], unk_token=UNKNOWN, show_progress=False
    )
    return _ordered(_train(backend, texts, trainer, config), config)


def _ordered(backend: Tokenizer, config: TokenizerConfig) -> Tokenizer:
    """The same pieces with rounded scores, in their order: the library adds up in another order each time."""
    values = json.loads(backend.to_str())
    special, pieces = values["model"]["vocab"][:2], values["model"]["vocab"][2:]
    rounded = [(piece, round(score, SCORE_DIGITS)) for piece, score in pieces]
    values["model"]["vocab"] = [*special, *sorted(rounded, key=lambda entry: (-entry[1], entry[0]))]
    return _finish(Tokenizer.from_str(json.dumps(values)), config)


def wordpiece(texts: Iterable[str], config: TokenizerConfig) -> Tokenizer:
    """Beginnings of words and `##` continuations; white space but the newline is dropped."""
    backend = Tokenizer(models.WordPiece(unk_token=UNKNOWN))
    words = pre_tokenizers.Split(Regex(WORD_OR_NEWLINE), "removed", invert=True)
    backend.pre_tokenizer = pre_tokenizers.Sequence([_guard(), words, pre_tokenizers.Punctuation()])
    backend.decoder = decoders.Sequence([decoders.WordPiece(cleanup=False), *_newlines_stand_alone()])
    texts = list(texts)
    inner = [f"##{letter}" for letter in _alphabet(backend, texts, config)]  # else in another order each time
    trainer = trainers.WordPieceTrainer(
        vocab_size=_size(config), special_tokens=[END_OF_TEXT, UNKNOWN, *inner], show_progress=False
    )
    return _train(backend, texts, trainer, config)


def _alphabet(backend: Tokenizer, texts: Iterable[str], config: TokenizerConfig) -> list[str]:
    """The letters inside words, in code point order: those that training without a merge has continuations of."""
    bare = trainers.WordPieceTrainer(vocab_size=0, special_tokens=[END_OF_TEXT, UNKNOWN], show_progress=False)
    vocab = _train(Tokenizer.from_str(backend.to_str()), texts, bare, config).get_vocab()
    return sorted(entry.removeprefix("##") for entry in vocab if len(entry) == 3 and entry.startswith("##"))


def word(texts: Iterable[str], config: TokenizerConfig) -> Tokenizer:
    """Words by falling count; where the text has no `<unk>` of its own, words seen once become it."""
    normalise, find = _normalizer(config), re.compile(WORD_OR_NEWLINE).findall
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(find(normalise(text)))
    counts.pop(END_OF_TEXT, None)
    least = 1 if counts.pop(UNKNOWN, 0) else 2
    ranked = sorted((-count, entry) for entry, count in counts.items() if count >= least)
    entries = [END_OF_TEXT, UNKNOWN, *(entry for _, entry in ranked)][: config.vocab_size]
    backend = Tokenizer(models.WordLevel({entry: index for index, entry in enumerate(entries)}, UNKNOWN))
    words = pre_tokenizers.Split(Regex(WORD_OR_NEWLINE), "removed", invert=True)
    backend.pre_tokenizer = pre_tokenizers.Sequence([_guard(), words])
    spaced = [decoders.Replace(Regex("^"), " "), *_newlines_stand_alone(), decoders.Strip(" ", 1, 0)]
    backend.decoder = decoders.Sequence(spaced)
    return _finish(backend, config)


BUILDERS: dict[str, Builder] = {
    "char": char,
    "byte": byte,
    "bpe": bpe,
    "unigram": unigram,
    "wordpiece": wordpiece,
    "word": word,
}


def add_frame(backend: Tokenizer) -> None:
    """Give a vocabulary the tokens that frame and hide, after all others, and BERT's frame.

    Devlin et al. 2019, https://arxiv.org/abs/1810.04805, section 3: [CLS] a [SEP], or [CLS] a [SEP] b [SEP].
    """
    backend.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in FRAME])
    ends = [(token, backend.token_to_id(token)) for token in (CLS, SEP)]
    backend.post_processor = processors.TemplateProcessing(
        single=f"{CLS}:0 $A:0 {SEP}:0", pair=f"{CLS}:0 $A:0 {SEP}:0 $B:1 {SEP}:1", special_tokens=ends
    )


def byte_letters() -> list[str]:
    """The visible letter that stands for each of the 256 bytes in byte-level tokenizers (GPT-2's table).

    Visible Latin-1 characters stand for themselves, the others take the letters from U+0100 on, in order.
    """
    visible = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    spare = iter(range(0x100, 0x200))
    return [chr(value if value in visible else next(spare)) for value in range(0x100)]


def _guard() -> pre_tokenizers.PreTokenizer:
    """Cuts the end-of-text marker where a text happens to contain it, so that it stays plain text."""
    return pre_tokenizers.Split(Regex(r"<(?=\|endoftext\|>)"), "isolated")


def _newlines_stand_alone() -> list[decoders.Decoder]:
    return [decoders.Fuse(), decoders.Replace(Regex(" ?\n ?"), "\n")]


def _normalizer(config: TokenizerConfig) -> Callable[[str], str]:
    return normalizers.Lowercase().normalize_str if config.lowercase else str


def _size(config: TokenizerConfig) -> int:
    assert config.vocab_size is not None, "settle() decides it"
    return config.vocab_size


def _train(backend: Tokenizer, texts: Iterable[str], trainer: trainers.Trainer, config: TokenizerConfig) -> Tokenizer:
    if config.lowercase:
        backend.normalizer = normalizers.Lowercase()
    backend.train_from_iterator(texts, trainer)
    return _finish(backend, config)


def _finish(backend: Tokenizer, config: TokenizerConfig) -> Tokenizer:
    """Only the end of text is special: `<unk>` is an entry like any other, so that it can be read and shown."""
    values = json.loads(backend.to_str())
    values["added_tokens"] = []
    finished = Tokenizer.from_str(json.dumps(values))
    finished.add_special_tokens([AddedToken(END_OF_TEXT, special=True, normalized=False)])
    if config.lowercase:
        finished.normalizer = normalizers.Lowercase()
    return finished
