"""WikiText-2 by words: test perplexity, every end of line counted, beside the n-gram's.

python benchmarks/wikitext2.py WIKITEXT --for 45m
python benchmarks/wikitext2.py WIKITEXT --for 45m --recipe words.toml --set optim.lr=2e-3

WIKITEXT is the archive or folder with wiki.train.tokens, wiki.valid.tokens, wiki.test.tokens. Everything after it goes
to `quatrain train`. The n-gram is trained in a second run, which scores it on the test part.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import processes

WANTED = 130.0
"""Test perplexity to stay below."""


def main() -> None:
    """Train both, print their perplexities and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wikitext", type=Path, help="the archive or folder of WikiText-2")
    arguments, options = parser.parse_known_args()
    if not arguments.wikitext.exists():
        parser.error(f"{arguments.wikitext}: there is no such file or folder")
    words = ["--set", "data.tokenizer.name=word"]
    with tempfile.TemporaryDirectory() as folder:
        counted, ngram = processes.train(arguments.wikitext, [*words, "--model", "ngram"], Path(folder) / "ngram")
        trained, model = processes.train(arguments.wikitext, [*words, *options], Path(folder) / "model")
    perplexity, beside = model["test"]["perplexity"], ngram["test"]["perplexity"]
    print(f"{model['data']['vocab_size']:,} words, {model['test']['n_targets']:,} of the test part scored")
    print(f"{'':12} {'perplexity':>10}  {'seconds':>7}  {'ratio':>6}")
    print(f"{'Quatrain':12} {perplexity:10.2f}  {trained:7.0f}")
    print(f"{'n-gram':12} {beside:10.2f}  {counted:7.0f}  {perplexity / beside:6.3f}")
    print(f"{'wanted':12} {WANTED:10.2f}  {'':7}  {perplexity / WANTED:6.3f}")


if __name__ == "__main__":
    main()
