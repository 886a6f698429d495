"""Text to token ids and back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import tokenizers

from quatrain.data._kinds import ANY_CHARACTER, BUILDERS, END_OF_TEXT, add_frame, byte_letters
from quatrain.data.config import TokenizerConfig
from quatrain.data.cutting import AFTER_WORDS, ANYWHERE, cut_pieces
from quatrain.errors import DataError

__all__ = ["END_OF_TEXT", "Tokenizer", "settle"]

SMALL_TEXT = 2_000_000  # bytes; up to here `auto` takes characters
SMALL_ALPHABET = 256


def settle(config: TokenizerConfig, *, n_bytes: int, n_distinct: int) -> TokenizerConfig:
    """The config with `auto` and a missing vocabulary size decided by the text.

    Args:
        n_bytes: UTF-8 bytes of the text.
        n_distinct: distinct characters of the text.
    """
    name, vocab_size = config.name, config.vocab_size
    if name == "auto":
        is_small = n_bytes <= SMALL_TEXT and n_distinct < SMALL_ALPHABET
        name = "char" if is_small and vocab_size is None else "bpe"
    if vocab_size is None and name in ("bpe", "unigram", "wordpiece"):
        vocab_size = min(max(1 << round(np.log2(max(2 * n_bytes, 1)) / 2), 512), 32_768)
    return config.replace(name=name, vocab_size=vocab_size)


class Tokenizer:
    """Text to ids and back, over a tokenizer of the `tokenizers` library.

    Text that looks like `<|endoftext|>` stays text here; only `eos_id` ends a document.

    Args:
        backend: the library's tokenizer; told to take special tokens in a text as plain text.
        eos_token: the token that starts and ends documents.
    Raises:
        DataError: the vocabulary lacks `eos_token`.
    """

    def __init__(self, backend: tokenizers.Tokenizer, eos_token: str = END_OF_TEXT) -> None:
        eos_id = backend.token_to_id(eos_token)
        if eos_id is None:
            special = sorted(t.content for t in backend.get_added_tokens_decoder().values() if t.special)
            raise DataError(
                f"the tokenizer has no token {eos_token!r} to end a text with; its special tokens are "
                f"{', '.join(special) or 'none'}. Name one of them as eos_token."
            )
        backend.encode_special_tokens = True
        self.backend = backend
        self.eos_id: int = eos_id
        self.eos_token = eos_token
        self.origin: Path | None = None  # where it was taken from, if it was
        values = json.loads(backend.to_str())
        self.name = _kind(values)
        self._cuts = _safe_cuts(self.name, values)
        self._ids = self._lookup() if self.name == "char" else None

    @classmethod
    def train(cls, texts: Iterable[str], config: TokenizerConfig, n_bytes_hint: int | None = None) -> Self:
        """Learn a vocabulary.

        Args:
            texts: pieces of text; no piece may end inside a word.
            n_bytes_hint: UTF-8 bytes of the whole text where `texts` is a sample; counted when None.
        Raises:
            ConfigError: the vocabulary asked for is too small for the kind.
        """
        if config.name == "auto" or n_bytes_hint is None:
            texts = list(texts)
        if n_bytes_hint is None:
            n_bytes_hint = sum(len(text.encode()) for text in texts)
        n_distinct = len(set().union(*texts)) if config.name == "auto" else 0
        config = settle(config, n_bytes=n_bytes_hint, n_distinct=n_distinct)
        backend = BUILDERS[config.name](texts, config)
        if config.framed:
            add_frame(backend)
        return cls(backend)

    @classmethod
    def taken_from(cls, path: Path, file: str = "tokenizer.json") -> Self:
        """That of a run folder, or a `tokenizer.json` of ours.

        Args:
            file: of the run folder.
        Raises:
            DataError: there is none.
        """
        taken = cls._of_run(path, file) if path.is_dir() else cls.load(path)
        taken.origin = path
        return taken

    @classmethod
    def _of_run(cls, path: Path, file: str) -> Self:
        try:
            about = json.loads((path / "config.json").read_text(encoding="utf-8"))
            return cls.load(path / file, about["eos_token"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}: holds no tokenizer of a run ({error}). Name a run folder.") from None

    @classmethod
    def load(cls, path: Path, eos_token: str = END_OF_TEXT) -> Self:
        """Open a `tokenizer.json`.

        Raises:
            DataError: there is no such file, it is not a tokenizer, or it lacks `eos_token`.
        """
        if not path.is_file():
            raise DataError(f"{path}: there is no such file.")
        try:
            backend = tokenizers.Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises nothing more precise
            raise DataError(f"{path}: this is not a tokenizer.json: {error}.") from None
        return cls(backend, eos_token)

    def save(self, path: Path) -> None:
        """Write a `tokenizer.json`, which `tokenizers` and `transformers` open."""
        self.backend.save(str(path))

    @property
    def vocab_size(self) -> int:
        """Tokens known."""
        return int(self.backend.get_vocab_size())

    @property
    def dtype(self) -> type[np.unsignedinteger[Any]]:
        """The narrowest type that streams of these ids are kept in."""
        return np.uint16 if self.vocab_size < 1 << 16 else np.uint32

    def encode(self, text: str) -> list[int]:
        """Ids of a text; nothing is added at its ends.

        Raises:
            DataError: a character the tokenizer does not know, or half of a surrogate pair.
        """
        ids: list[int] = self.encode_array(text).tolist()
        return ids

    def encode_array(self, text: str) -> np.ndarray:
        """Ids of a text as an array (n_tokens,), the fast way for `char` and `byte`.

        Raises:
            DataError: a character the tokenizer does not know, or half of a surrogate pair.
        """
        return self.encode_many([text])[0]

    def encode_many(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Ids of each of several texts, on all cores."""
        for text in texts:
            self.refuse_half_pairs(text)
        if self.name == "char":
            return [self._encode_chars(self._normalised(text)) for text in texts]
        if self.name == "byte":
            raw = [np.frombuffer(self._normalised(text).encode(), np.uint8) for text in texts]
            return [values.astype(self.dtype) + self.dtype(1) for values in raw]
        encodings = self.backend.encode_batch_fast(list(texts), add_special_tokens=False)
        return [np.array(encoding.ids, self.dtype) for encoding in encodings]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of some ids; the end of text stands for none."""
        return str(self.backend.decode([i for i in ids if i != self.eos_id], skip_special_tokens=False))

    def token_text(self, token: int) -> str:
        """One token as people read it; bytes that are no character by themselves as `<0xE2>`.

        Raises:
            DataError: there is no such token.
        """
        entry = self.backend.id_to_token(token)
        if entry is None:
            raise DataError(f"there is no token {token}; the vocabulary has {self.vocab_size} tokens, from 0.")
        if token == self.eos_id or self.name in ("char", "word", "wordpiece"):
            return str(entry)
        text = str(self.backend.decode([token], skip_special_tokens=False))
        if "\ufffd" in text and set(entry) <= BYTES.keys():
            return "".join(f"<0x{BYTES[letter]:02X}>" for letter in entry)
        return text if self.name != "unigram" else str(entry).replace("\u2581", " ")

    def safe_pieces(self, texts: Iterable[str], size: int) -> Iterator[str]:
        """The same text in pieces of about `size` characters, cut only where the ids stay the same."""
        return cut_pieces(texts, size, self._cuts) if self._cuts else iter(["".join(texts)])

    @staticmethod
    def refuse_half_pairs(text: str) -> None:
        """Refuse a text that no file could hold.

        Raises:
            DataError: half of a surrogate pair.
        """
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise DataError(
                f"character {text[error.start]!r} at position {error.start} is half of a surrogate pair, which no "
                "text can hold. Remove it from the text."
            ) from None

    def _normalised(self, text: str) -> str:
        normalizer = self.backend.normalizer
        return text if normalizer is None else str(normalizer.normalize_str(text))

    def _lookup(self) -> np.ndarray:
        """(largest code point + 2,) int32: the id of each character, -1 where there is none."""
        vocab = {ord(entry): i for entry, i in self.backend.get_vocab().items() if len(entry) == 1}
        ids = np.full(max(vocab, default=0) + 2, -1, np.int32)
        ids[list(vocab)] = list(vocab.values())
        return ids

    @property
    def _where_known(self) -> str:
        """Whose characters are known, and what takes any."""
        if self.origin is None:
            return (
                "this tokenizer knows. A byte or bpe tokenizer takes any text: train with --set "
                "data.tokenizer.name=byte."
            )
        return (
            f"that the tokenizer of {self.origin} knows, which is taken as it is. Train {self.origin} again with --set "
            "data.tokenizer.name=byte (or bpe), which takes any text, and start from that."
        )

    def _encode_chars(self, text: str) -> np.ndarray:
        assert self._ids is not None
        points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
        ids = self._ids[np.minimum(points, len(self._ids) - 1)]
        if len(ids) and ids.min() < 0:
            position = int(np.argmin(ids))
            raise DataError(
                f"character {text[position]!r} (U+{ord(text[position]):04X}) at position {position} is not "
                f"among the {self.vocab_size - 1} characters {self._where_known}"
            )
        return ids.astype(self.dtype)


BYTES = {letter: value for value, letter in enumerate(byte_letters())}


def _kind(values: dict[str, Any]) -> str:
    """Which of our kinds a tokenizer.json is."""
    model = values["model"]
    if model["type"] == "BPE":
        letters = {letter: value + 1 for letter, value in BYTES.items()}
        return "byte" if model["vocab"] == {END_OF_TEXT: 0} | letters and not model["merges"] else "bpe"
    if model["type"] == "WordLevel":
        splitter = values["pre_tokenizer"] or {}
        return "char" if splitter.get("pattern") == {"Regex": ANY_CHARACTER} else "word"
    return str(model["type"]).lower()


def _safe_cuts(name: str, values: dict[str, Any]) -> re.Pattern[str] | None:
    """Where a text may be cut without changing its ids; None: nowhere, as far as we can tell.

    A word ends before white space for every rule that splits text into words first, whatever follows. Rules
    that put a space before the text would do so at every cut.
    """
    if name in ("char", "byte"):
        return ANYWHERE
    normalizer, splitter = values["normalizer"], json.dumps(values["pre_tokenizer"])
    keeps_ends = normalizer is None or normalizer["type"] in ("Lowercase", "NFC")
    adds_space = any(word in splitter for word in ('"always"', '"first"', '"add_prefix_space": true'))
    if splitter == "null" or adds_space or not keeps_ends:
        return None
    return AFTER_WORDS
