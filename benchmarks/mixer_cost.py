"""Time of one layer against the length of the sequence, for every mixer: exponents, and where attention is overtaken.

python benchmarks/mixer_cost.py --threads 2
python benchmarks/mixer_cost.py --lengths 256 512 1024 2048 --mixers attention hyena --no-backward

Width 256, 4 heads, one sequence: forward in inference mode, then forward and backward, of weights and of the input.
Every round visits all lengths and mixers, so that what else the machine does hits all alike; the fastest round counts.
What took more than 20 s is not repeated, and longer ones of that mixer are not tried.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable

import torch
from torch import Tensor

import one_layer
from quatrain.comparison.cost import crossover, exponent
from quatrain.mixers import Mixer
from quatrain.training.memory import keep_freed_memory

LENGTHS = [256 << i for i in range(8)]
LONGEST = 20.0
FLAT, STEEP, FASTER, AT = 1.15, 1.7, 5.0, 16_384
"""Wanted: at most this exponent of the linear mixers; at least this one of attention; Hyena so many times faster."""
LINEAR = ("hyena", "linear", "conv", "rnn")

Times = dict[str, list[float]]
"""Of each mixer, the seconds at each length, shorter where it took too long."""


def main() -> None:
    """Measure, print a table for each pass, and what was wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lengths", type=int, nargs="+", default=LENGTHS, help="positions (default: 256 to 32768)")
    parser.add_argument("--rounds", type=int, default=4, help="the first warms up (default: 4)")
    parser.add_argument("--backward", action=argparse.BooleanOptionalAction, default=True, help="time it, too")
    arguments = one_layer.parsed(parser)
    lengths = sorted(arguments.lengths)
    for option, given, least in (("lengths", lengths[0], 2), ("rounds", arguments.rounds, 1)):
        if given < least:
            parser.error(f"--{option} {given}: give at least {least}")
    keep_freed_memory()
    print(f"width {arguments.d_model}, {arguments.threads} threads, one sequence")
    passes = {"forward": forward} | ({"forward and backward": update} if arguments.backward else {})
    missed = False
    for name, run in passes.items():
        times = measured(run, arguments.mixers, lengths, arguments.d_model, arguments.rounds)
        show(name, lengths, times)
        for what, is_met in judged(name, lengths, times):
            print(f"{what}: {'met' if is_met else 'MISSED'}")
            missed |= not is_met
    sys.exit(missed)


def forward(mixer: Mixer, x: Tensor) -> None:
    """As when a text is read."""
    with torch.inference_mode():
        mixer(x)


def update(mixer: Mixer, x: Tensor) -> None:
    """As inside a network that is trained."""
    mixer.zero_grad()
    mixer(x.detach().requires_grad_()).sum().backward()


def measured(
    run: Callable[[Mixer, Tensor], None], names: list[str], lengths: list[int], d_model: int, rounds: int
) -> Times:
    """Seconds of the fastest round."""
    mixers = {name: {length: one_layer.built(name, d_model, length) for length in lengths} for name in names}
    found: dict[str, dict[int, float]] = {name: {} for name in names}
    for _ in range(rounds):
        for length in lengths:
            x = one_layer.drawn(length, d_model)
            for name, best in found.items():
                if best.get(length, max(best.values(), default=0.0)) > LONGEST:
                    continue
                started = time.perf_counter()
                run(mixers[name][length], x)
                seconds = time.perf_counter() - started
                best[length] = min(best.get(length, math.inf), seconds)
    return {name: list(best.values()) for name, best in found.items()}


def show(title: str, lengths: list[int], times: Times) -> None:
    """Milliseconds, the exponent over the longer half, and from where a mixer stays quicker than attention."""
    print(f"\n{title}, milliseconds\n{'length':>9}", *(f"{name:>9}" for name in times))
    for i, length in enumerate(lengths):
        print(f"{length:9,}", *(f"{1000 * of[i]:9,.1f}" if i < len(of) else f"{'-':>9}" for of in times.values()))
    slopes = [exponent(lengths[: len(of)], of) for of in times.values()]
    print(f"{'exponent':>9}", *(f"{'-' if slope is None else f'{slope:.2f}':>9}" for slope in slopes))
    if "attention" in times:
        places = [crossover(lengths, times["attention"], of) for of in times.values()]
        print(f"{'overtakes':>9}", *(f"{'-' if place is None else f'{place:,.0f}':>9}" for place in places))


def judged(title: str, lengths: list[int], times: Times) -> list[tuple[str, bool]]:
    """What was wanted, of what was measured, and whether it is so; only at the lengths for which it was wanted."""
    found = []
    if lengths[-1] >= 2 * AT:
        for name in LINEAR:
            slope = exponent(lengths[: len(times.get(name, []))], times.get(name, []))
            if slope is not None:
                found.append((f"{name}, {title}: exponent {slope:.2f}, wanted at most {FLAT:g}", slope <= FLAT))
        of = times.get("attention", [])
        if len(of) > 1:
            last = math.log(of[-1] / of[-2]) / math.log(lengths[len(of) - 1] / lengths[len(of) - 2])
            found.append((f"attention, {title}: last doubling {last:.2f}, wanted at least {STEEP:g}", last >= STEEP))
    slow, fast = (dict(zip(lengths, times.get(name, []), strict=False)).get(AT) for name in ("attention", "hyena"))
    if title == "forward" and slow and fast:
        told = f"hyena at {AT:,}: {slow / fast:.1f} times faster than attention, wanted {FASTER:g}"
        found.append((told, slow / fast >= FASTER))
    return found


if __name__ == "__main__":
    main()
