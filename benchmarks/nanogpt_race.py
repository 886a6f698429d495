"""nanoGPT's README recipe for a CPU against `quatrain train`, whole processes on the same machine, one after the other.

python benchmarks/nanogpt_race.py NANOGPT_FOLDER INPUT_TXT
python benchmarks/nanogpt_race.py NANOGPT_FOLDER INPUT_TXT --for 20s --set optim.lr=2e-3

Without --for, Quatrain gets a quarter of the time nanoGPT took. Other options go to `quatrain train`. Both losses are
over the whole validation part (the last tenth of the characters): nanoGPT's in windows of 64 side by side, as it
trains, and in windows that advance by half, as Quatrain's are.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import processes

RECIPE = [
    "config/train_shakespeare_char.py",
    *("--device=cpu", "--compile=False", "--eval_iters=20", "--log_interval=1", "--block_size=64", "--batch_size=12"),
    *("--n_layer=4", "--n_head=4", "--n_embd=128", "--max_iters=2000", "--lr_decay_iters=2000", "--dropout=0.0"),
]
"""From the section "quick start" of nanoGPT's README."""
BLOCK = 64


def main() -> None:
    """Train both, score both, print a line each and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("nanogpt", type=Path, help="a clone of nanoGPT")
    parser.add_argument("text", type=Path, help="Tiny Shakespeare's input.txt")
    parser.add_argument("--for", dest="time", help="time for Quatrain; default: a quarter of what nanoGPT took")
    arguments, options = parser.parse_known_args()
    if not (arguments.nanogpt / "train.py").is_file():
        parser.error(f"{arguments.nanogpt} holds no train.py: give a clone of nanoGPT")
    if not arguments.text.is_file():
        parser.error(f"{arguments.text}: there is no such file")
    with tempfile.TemporaryDirectory() as folder:
        nanogpt = processes.nanogpt_with_text(arguments.nanogpt, arguments.text, Path(folder))
        theirs = timed(nanogpt)
        side_by_side, sliding = score(nanogpt, stride=BLOCK), score(nanogpt, stride=BLOCK // 2)
        given = arguments.time or f"{theirs / 4:.1f}s"
        ours, result = processes.train(arguments.text, ["--for", given, *options], Path(folder) / "run")
    print(f"{'':10} {'seconds':>8}  {'nats/token':>10}")
    print(f"{'nanoGPT':10} {theirs:8.1f}  {sliding:10.4f}  (windows side by side: {side_by_side:.4f})")
    print(f"{'Quatrain':10} {ours:8.1f}  {result['loss']:10.4f}  (n-gram: {result['baseline']['loss']:.4f})")
    print(f"{'ratio':10} {ours / theirs:8.3f}  {result['loss'] / sliding:10.4f}")


def timed(nanogpt: Path) -> float:
    """Wall seconds of the recipe."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "train.py", *RECIPE], cwd=nanogpt, check=True, stdout=sys.stderr)
    return time.perf_counter() - started


def score(nanogpt: Path, stride: int) -> float:
    """Nats per token of the checkpoint it kept, by its own model class, every target once."""
    import numpy as np
    import torch
    import torch.nn.functional as F

    from quatrain.data import Corpus, windows
    from quatrain.models import IGNORE

    sys.path.insert(0, str(nanogpt))
    theirs = importlib.import_module("model")
    kept = torch.load(nanogpt / "out-shakespeare-char" / "ckpt.pt", map_location="cpu", weights_only=True)
    model = theirs.GPT(theirs.GPTConfig(**kept["model_args"])).eval()
    model.load_state_dict(kept["model"])
    tokens = np.fromfile(nanogpt / "data" / "shakespeare_char" / "val.bin", np.uint16)
    corpus = Corpus(tokens, np.array([0]), n_bytes=len(tokens), n_chars=len(tokens))
    total = 0.0
    with torch.inference_mode():
        for batch in windows(corpus, seq_len=BLOCK, stride=stride, batch_size=64):
            logits, _ = model(batch.tokens, batch.targets.clamp(min=0))  # given targets, it shows every position
            total += F.cross_entropy(
                logits.flatten(0, 1), batch.targets.flatten(), ignore_index=IGNORE, reduction="sum"
            )
    return float(total) / corpus.n_targets


if __name__ == "__main__":
    main()
