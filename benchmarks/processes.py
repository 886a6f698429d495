"""Quatrain and nanoGPT as processes of their own, start-up included, as a person starts them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def train(data: Path, options: Sequence[str], out: Path) -> tuple[float, dict[str, Any]]:
    """Wall seconds of `quatrain train DATA OPTIONS`, and its result.json; what it prints goes to stderr."""
    command = [sys.executable, "-m", "quatrain", "train", str(data), "--out", str(out), *options]
    started = time.perf_counter()
    code = subprocess.run(command, stdout=sys.stderr).returncode
    seconds = time.perf_counter() - started
    if code:
        sys.exit(code)
    return seconds, json.loads((out / "result.json").read_text(encoding="utf-8"))


def nanogpt_with_text(nanogpt: Path, text: Path, into: Path) -> Path:
    """A copy of nanoGPT whose own prepare.py has made the characters of a text ready."""
    copy = into / "nanogpt"
    shutil.copytree(nanogpt, copy, ignore=shutil.ignore_patterns("out*", ".git", "assets", "*.bin", "meta.pkl"))
    data = copy / "data" / "shakespeare_char"
    shutil.copyfile(text, data / "input.txt")
    (data / "requests.py").touch()  # prepare.py imports it to fetch the text, which lies there already
    subprocess.run([sys.executable, "prepare.py"], cwd=data, check=True, stdout=sys.stderr)
    return copy
