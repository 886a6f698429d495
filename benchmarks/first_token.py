"""Seconds from the start of `quatrain generate RUN` to the first piece of text it streams.

python benchmarks/first_token.py runs/poems
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

WANTED = 3.0
"""Seconds that are still quick."""


def main() -> None:
    """Start it several times; print every time, the median, and its ratio to what is wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="a run folder")
    parser.add_argument("--times", type=int, default=5, help="how often (default: 5)")
    arguments = parser.parse_args()
    if not (arguments.run / "config.json").is_file():
        parser.error(f"{arguments.run}: there is no run there")
    if arguments.times < 1:
        parser.error(f"--times {arguments.times}: give at least 1")
    found = [first_token(arguments.run) for _ in range(arguments.times)]
    median = statistics.median(found)
    print("seconds:", "  ".join(f"{seconds:.2f}" for seconds in found))
    print(f"median {median:.2f} s, {median / WANTED:.2f} of the {WANTED:g} s wanted")


def first_token(run: Path) -> float:
    """One start, without a prompt, so that the first byte is the model's."""
    command = [sys.executable, "-m", "quatrain", "generate", str(run), "--max-new-tokens", "8", "--seed", "1"]
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0) as process:
        assert process.stdout is not None
        first = process.stdout.read(1)
        seconds = time.perf_counter() - started
        process.stdout.read()
    if process.returncode or not first:
        sys.exit(f"quatrain generate {run} failed; run it to see why")
    return seconds


if __name__ == "__main__":
    main()
