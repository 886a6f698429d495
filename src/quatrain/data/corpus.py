"""From a path to token streams for training, validation and test."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quatrain.data._types import Corpus
from quatrain.data.config import DataConfig
from quatrain.data.cutting import AFTER_WORDS, cut_pieces
from quatrain.data.faults import in_sentences, some
from quatrain.data.files import Place, locate
from quatrain.data.readers import read_documents, read_pieces
from quatrain.data.split import Split, Survey, plan_split, survey
from quatrain.data.store import CHUNK, default_cache_dir, new_folder, open_part, write_part
from quatrain.data.tokenizers import Tokenizer, settle
from quatrain.errors import DataError

__all__ = ["TextData", "encode_text", "open_text"]

ROOT = "\0"  # in kept notes, where the data lies: the same data may lie elsewhere the next time
LAYOUT = 1  # of the cached files; another number makes them anew
HEADERS = 1  # likewise, of those made of tables that may lack a header
MAY_LACK_HEADERS = {".csv", ".tsv", ".zip", ".tar", ".tgz", ".txz", ".tbz2"}
"""Endings of such tables, and of archives that may hold some."""
SAMPLE = 32_000_000  # characters of the training part that a vocabulary of pieces is learned from
SAID_EVERY = 200_000_000  # bytes between two words on progress


@dataclass(frozen=True)
class TextData:
    """A text as tokens, split."""

    train: Corpus
    val: Corpus
    test: Corpus | None
    tokenizer: Tokenizer
    name: str
    """What the data is called."""
    fingerprint: str
    """sha256 of the files and of everything that decides what is made of them; the same data has the same."""
    split: str
    """One sentence on how it was split."""
    notes: tuple[str, ...]
    """What was left out, and how tables without a header were read."""

    @property
    def counted(self) -> Corpus:
        """What models count before their first update: the training part."""
        return self.train

    @property
    def tests(self) -> dict[str, Corpus]:
        """The test parts, by name."""
        return {} if self.test is None else {"test": self.test}

    def about(self) -> dict[str, Any]:
        """What result.json says of it."""
        parts = [self.train, self.val, *self.tests.values()]
        is_cut = self.train.tokens[-1] != self.tokenizer.eos_id  # a document that goes on in validation is one
        return {
            "name": self.name,
            "split": self.split,
            "n_documents": sum(len(part.document_starts) for part in parts) - int(is_cut),
            "n_bytes": sum(part.n_bytes for part in parts),
            "n_chars": sum(part.n_chars for part in parts),
            "train_tokens": len(self.train.tokens),
            "val_tokens": len(self.val.tokens),
            "vocab_size": self.tokenizer.vocab_size,
            "tokenizer": self.tokenizer.name,
            "faults": [{"what": note, "where": self.name, "count": 1} for note in self.notes],
        }

    def left_out(self, seq_len: int) -> str:
        """Nothing: what is longer than a row goes on in the next."""
        return ""

    def tokenizer_files(self) -> dict[str, Tokenizer]:
        """What a run folder keeps to turn text into tokens: file name -> tokenizer."""
        return {"tokenizer.json": self.tokenizer}


def open_text(
    config: DataConfig,
    *,
    tokenizer: Tokenizer | None = None,
    cache_dir: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> TextData:
    """Read, split and tokenise a text, or open what was made of the same text before.

    Everything streams: memory stays bounded whatever the size of the text, and all cores tokenise.

    Args:
        tokenizer: a trained one; None trains the one that `config` asks for.
        cache_dir: where token streams are kept; None: `$XDG_CACHE_HOME/quatrain` or `~/.cache/quatrain`.
        say: told, in sentences, what is going on.
    Raises:
        DataError: the data cannot be read (missing, empty, binary, damaged, unsafe, wrongly encoded), is too
            short to be split, has a character the tokenizer lacks, or the cache cannot be written.
        ConfigError: the vocabulary asked for is too small.
        MissingExtra: a parquet file, and polars is not installed.
    """
    place = locate(config.path)
    if tokenizer is None and config.tokenizer.path is not None:
        tokenizer = Tokenizer.taken_from(Path(config.tokenizer.path))
    fingerprint = _fingerprint(place, config, tokenizer)
    folder = (cache_dir or default_cache_dir()) / _key(place, fingerprint)
    if folder.is_dir():
        try:
            data = _open(folder, place, fingerprint)
            say(f"The tokens were made before and lie in {folder}. {data.split}")
            for note in data.notes:
                say(note)
            return data
        except (ValueError, OSError, KeyError) as error:
            say(f"The tokens kept in {folder} are damaged ({error}); making them again.")
    with new_folder(folder) as filling:
        _fill(filling, config, place, tokenizer, say)
    return _open(folder, place, fingerprint)


def encode_text(config: DataConfig, tokenizer: Tokenizer) -> Corpus:
    """All of a text as one part, in memory, for a model that is trained already.

    Raises:
        DataError: the data cannot be read, is empty, or has a character the tokenizer lacks.
    """
    streams, starts, n_bytes, n_chars, offset = [], [], 0, 0, 0
    eos = np.array([tokenizer.eos_id], dtype=tokenizer.dtype)
    for document in read_documents(config):
        starts.append(offset)
        streams += [eos, tokenizer.encode_array(document.text)]
        n_bytes += len(document.text.encode())
        n_chars += len(document.text)
        offset += 1 + len(streams[-1])
    if not starts:
        raise DataError(f"{config.path}: holds no text.")
    tokens = np.concatenate([*streams, eos])
    return Corpus(tokens, np.array(starts, dtype=np.int64), n_bytes, n_chars)


def _fingerprint(place: Place, config: DataConfig, tokenizer: Tokenizer | None) -> str:
    decides = config.to_dict() | {"path": None, "layout": LAYOUT}
    if any(suffix.lower() in MAY_LACK_HEADERS for path in place.paths for suffix in path.suffixes):
        decides["headers"] = HEADERS
    if tokenizer is not None:
        decides["tokenizer"] = tokenizer.backend.to_str()
    total = hashlib.sha256(json.dumps(decides, sort_keys=True).encode())
    for path in place.paths:
        try:
            with path.open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error.strerror}. Check who may read it.") from None
        total.update(f"{place.name_of(path)}\0{content}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


def _key(place: Place, fingerprint: str) -> str:
    """What the kept tokens are called: by what they are made of, and by the hidden files that notes tell of."""
    names = "\n".join(map(place.name_of, place.hidden))
    key = hashlib.sha256(f"{fingerprint}\n{names}".encode("utf-8", "surrogateescape")) if names else None
    return (key.hexdigest() if key else fingerprint)[:32]


def _open(folder: Path, place: Place, fingerprint: str) -> TextData:
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    train, val, test = (open_part(folder, part) for part in ("train", "val", "test"))
    if train is None or val is None:
        raise ValueError("a part is missing")
    tokenizer = Tokenizer.load(folder / "tokenizer.json", about["eos_token"])
    notes = _placed(about["notes"], place)
    return TextData(train, val, test, tokenizer, place.name, fingerprint, about["split"], notes)


def _inside(place: Place, source: str) -> str:
    """A file as it is called in notes that are kept, wherever the data lies."""
    return source.replace(str(place.root), ROOT, 1) if source.startswith(str(place.root)) else source


def _placed(notes: Iterable[str], place: Place) -> tuple[str, ...]:
    """Notes that are kept, said of data that lies here."""
    return tuple(note.replace(ROOT, str(place.root)) for note in notes)


def _fill(
    folder: Path, config: DataConfig, place: Place, tokenizer: Tokenizer | None, say: Callable[[str], None]
) -> None:
    skipped: dict[str, list[str]] = defaultdict(list)
    heard: list[tuple[str, str]] = []
    pieces = read_pieces(
        config,
        on_skip=lambda source, reason: skipped[reason].append(_inside(place, source)),
        on_note=lambda source, what: heard.append((_inside(place, source), what)),
    )
    found = survey(pieces)
    notes = in_sentences(heard)
    notes += [f"Skipped {len(sources):,} ({reason}): {some(sources)}." for reason, sources in skipped.items()]
    split = plan_split(found, config.val_fraction)
    tokenizer = tokenizer or _train_tokenizer(config, found, split)
    said = (
        f"{len(found.parts):,} documents, {found.n_chars:,} characters, {found.n_bytes:,} bytes.",
        *_placed(notes, place),
        split.sentence,
        f"Tokenizer: {tokenizer.name}, {tokenizer.vocab_size:,} tokens.",
    )
    for sentence in said:
        say(sentence)
    for part in split.names:
        documents = split.documents(read_pieces(config), part)
        progress = _progress(part, found.n_bytes, say)
        write_part(folder, part, documents, tokenizer, is_open=split.is_open(part), progress=progress)
    tokenizer.save(folder / "tokenizer.json")
    about = {"eos_token": tokenizer.eos_token, "split": split.sentence, "notes": notes}
    (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")


def _train_tokenizer(config: DataConfig, found: Survey, split: Split) -> Tokenizer:
    """`char` learns the alphabet of all the text, the others from the training part alone."""
    settled = settle(config.tokenizer, n_bytes=found.n_bytes, n_distinct=len(found.alphabet))
    if settled.name in ("char", "byte"):
        return Tokenizer.train([found.alphabet], settled, found.n_bytes)
    n_train = sum(int(n) for n, part in zip(found.chars, split.parts, strict=True) if part == "train")
    every = 1 if settled.name == "word" else max(-(-n_train // SAMPLE), 1)
    return Tokenizer.train(_sample(config, split, every), settled, found.n_bytes)


def _sample(config: DataConfig, split: Split, every: int) -> Iterator[str]:
    """Every so many-th piece of the training part."""
    index = 0
    for document in split.documents(read_pieces(config), "train"):
        for text in cut_pieces(document, CHUNK, AFTER_WORDS):
            if index % every == 0:
                yield text
            index += 1


def _progress(part: str, n_total: int, say: Callable[[str], None]) -> Callable[[int], None]:
    """Says how far it is, now and then; nothing for a small text."""
    said = 0

    def progress(n_bytes: int) -> None:
        nonlocal said
        if n_bytes - said >= SAID_EVERY:
            said = n_bytes
            say(f"Tokenised {n_bytes / 1e6:,.0f} MB of {part} ({n_total / 1e6:,.0f} MB in all).")

    return progress
