"""Counts and scores a text with n-gram models and prints nats per token and seconds.

python benchmarks/ngram_shakespeare.py input.txt                    characters: 90 % counted, 10 % scored
python benchmarks/ngram_shakespeare.py wikitext-2.tar.xz --words    words of a WikiText archive or folder
"""

from __future__ import annotations

import argparse
import math
import resource
import sys
import tarfile
import time
from pathlib import Path

import numpy as np
import torch

from quatrain.models.ngram import NGram


def main() -> None:
    """Parse, count, score, print a line an order."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument(
        "--words", action="store_true", help="words of WikiText, one <eos> a line, instead of characters"
    )
    parser.add_argument("--orders", type=int, nargs="+", help="default: 5 6 7 for characters, 5 for words")
    arguments = parser.parse_args()
    train, test, vocab_size = wikitext(arguments.path) if arguments.words else characters(arguments.path)
    print(f"{len(train):,} tokens counted, {len(test) - 1:,} scored, vocabulary {vocab_size:,}")
    print("order  nats/token  perplexity  bytes  s counting  s scoring")
    for order in arguments.orders or ([5] if arguments.words else [5, 6, 7]):
        started = time.perf_counter()
        model = NGram(vocab_size, order=order)
        model.fit(train, np.array([0]))
        counted = time.perf_counter()
        stream = torch.from_numpy(test)[None]
        loss = model.token_losses(stream[:, :-1], stream[:, 1:]).mean().item()
        scored = time.perf_counter()
        n_bytes = sum(buffer.nbytes for buffer in model.buffers())
        print(
            f"{order:5}  {loss:10.4f}  {math.exp(loss):10.2f}  {n_bytes:,}  {counted - started:10.2f}"
            f"  {scored - counted:9.2f}"
        )
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    print(f"peak memory {kilobytes / 2**20:.2f} GiB")


def characters(path: Path) -> tuple[np.ndarray, np.ndarray, int]:
    """The first 90 % and the last 10 % of a text, as ids of its characters in order."""
    codes = np.frombuffer(path.read_text(encoding="utf-8").encode("utf-32-le"), dtype=np.uint32)
    known, ids = np.unique(codes, return_inverse=True)
    n_train = int(0.9 * len(ids))
    return ids[:n_train], ids[n_train:], len(known)


def wikitext(path: Path) -> tuple[np.ndarray, np.ndarray, int]:
    """The train and test words as two unbroken streams, with <eos> after every line."""
    train, test = (
        [word for line in text.splitlines() for word in [*line.split(), "<eos>"]]
        for text in (wikitext_part(path, "train"), wikitext_part(path, "test"))
    )
    ids = {word: i for i, word in enumerate(dict.fromkeys(train))}
    return np.array([ids[word] for word in train]), np.array([ids[word] for word in test]), len(ids)


def wikitext_part(path: Path, part: str) -> str:
    """One file of the archive or folder."""
    name = f"wiki.{part}.tokens"
    if path.is_dir():
        return (path / name).read_text(encoding="utf-8")
    with tarfile.open(path) as archive:
        member = next(member for member in archive.getmembers() if member.name.endswith(name))
        opened = archive.extractfile(member)
        assert opened is not None
        return opened.read().decode("utf-8")


if __name__ == "__main__":
    main()
