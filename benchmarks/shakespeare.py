"""Tiny Shakespeare by characters: the loss over the whole validation part, beside the n-gram's and nanoGPT's.

python benchmarks/shakespeare.py INPUT_TXT --for 15m
python benchmarks/shakespeare.py INPUT_TXT --for 15m --size small --set optim.lr=2e-3

Everything after the file goes to `quatrain train`.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import processes

NANOGPT_GPU = 1.4697
"""Nats per token in nanoGPT's README, after three minutes of an A100."""


def main() -> None:
    """Train, print the loss and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", type=Path, help="Tiny Shakespeare's input.txt")
    arguments, options = parser.parse_known_args()
    if not arguments.text.is_file():
        parser.error(f"{arguments.text}: there is no such file")
    with tempfile.TemporaryDirectory() as folder:
        given = ["--set", "data.tokenizer.name=char", *options]
        seconds, result = processes.train(arguments.text, given, Path(folder) / "run")
    low, high = result["interval"]
    print(f"{'':16} {'nats/token':>10}  {'ratio':>6}")
    print(f"{'Quatrain':16} {result['loss']:10.4f}          {low:.4f} to {high:.4f}, {seconds:.0f} s in all")
    for name, loss in ((result["baseline"]["name"], result["baseline"]["loss"]), ("nanoGPT on a GPU", NANOGPT_GPU)):
        print(f"{name:16} {loss:10.4f}  {result['loss'] / loss:6.4f}")


if __name__ == "__main__":
    main()
