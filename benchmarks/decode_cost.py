"""Time of one more token early and late in a sequence, one layer of every mixer, and the bytes it remembers.

python benchmarks/decode_cost.py --threads 2
python benchmarks/decode_cost.py --mixers attention hyena --positions 100 1000

Width 256, 4 heads, one sequence, read in one piece up to the position; then 256 tokens one after another, in turns of
32 at either place, after a turn of all that is not counted. The time is the median, from which the ratio late to early
comes; Hyena's work differs from token to token, so the mean and the largest stand beside it.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time

import torch
from torch import Tensor

import one_layer
from quatrain.mixers import Mixer
from quatrain.ops.state import State, state_bytes

N_TOKENS, TURN = 256, 32
FLAT = ("rnn", "lstm", "gru", "conv", "linear", "delta")
BOUNDS = (0.8, 1.25)
"""Wanted of these: the ratio, late to early."""


@torch.inference_mode()
def main() -> None:
    """Measure one mixer after another; print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--positions", type=int, nargs=2, default=[100, 10_000], help="early and late (default: 100 10000)"
    )
    arguments = one_layer.parsed(parser)
    early, late = arguments.positions
    if not 1 <= early < late:
        parser.error(f"--positions {early} {late}: give an early one, then a later one")
    print(f"width {arguments.d_model}, {arguments.threads} threads; microseconds a token")
    places = "".join(f"  | at {position:>7,}: median     mean  largest      bytes" for position in (early, late))
    print(f"{'mixer':>9}{places}  | ratio")
    missed = []
    for name in arguments.mixers:
        mixer = one_layer.built(name, arguments.d_model, late)
        x = one_layer.drawn(late + N_TOKENS, arguments.d_model)
        states = [mixer.advance(x[:, :position], mixer.init_state(1))[1] for position in (early, late)]
        times = measured(mixer, x[:, late:], states)
        ratio = statistics.median(times[1]) / statistics.median(times[0])
        row = "".join(
            f"  | {1e6 * statistics.median(of):18,.0f} {1e6 * statistics.mean(of):8,.0f} {1e6 * max(of):8,.0f}"
            f" {state_bytes(state):10,}"
            for of, state in zip(times, states, strict=True)
        )
        print(f"{name:>9}{row}  | {ratio:5.2f}", flush=True)
        if name in FLAT and not BOUNDS[0] <= ratio <= BOUNDS[1]:
            missed.append(name)
    if missed:
        sys.exit(f"wanted: a ratio from {BOUNDS[0]} to {BOUNDS[1]}; missed by {', '.join(missed)}")


def measured(mixer: Mixer, x: Tensor, starts: list[State]) -> list[list[float]]:
    """Seconds of each token after each state, in turns; the second walk counts, when all that is kept is there."""
    times: list[list[float]] = []
    for _ in range(2):
        states, times = list(starts), [[] for _ in starts]
        for turn in x.split(TURN, dim=1):
            for place, seconds in enumerate(times):
                for token in turn.split(1, dim=1):
                    started = time.perf_counter()
                    _, states[place] = mixer.advance(token, states[place])
                    seconds.append(time.perf_counter() - started)
    return times


if __name__ == "__main__":
    main()
