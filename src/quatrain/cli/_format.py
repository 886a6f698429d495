"""What people type for durations, and how results are printed."""

from __future__ import annotations

import json
import re
import sys
import time
from typing import Any

from quatrain.errors import ConfigError

STARTED = time.perf_counter()
"""When the command began, start-up of Python aside."""
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


def seconds(text: str) -> float:
    """`90`, `90s`, `2m`, `1h30m` as seconds.

    Raises:
        ConfigError: it is no duration.

    Example:
        >>> seconds("90"), seconds("1h30m")
        (90.0, 5400.0)
    """
    if re.fullmatch(r"\d+(\.\d+)?", text):
        text += "s"
    parts = re.findall(r"(\d+(?:\.\d+)?)([smhd])", text)
    total = sum(float(number) * UNITS[unit] for number, unit in parts)
    if "".join(number + unit for number, unit in parts) != text or total <= 0:
        raise ConfigError(f"--for {text}: this is no duration. Write for example 90s, 2m, 1h30m.")
    return total


def numbers(text: str, option: str) -> list[float]:
    """`0.3,1,3` as numbers.

    Raises:
        ConfigError: one of them is no number.
    """
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise ConfigError(f"{option} {text}: write numbers joined by commas, for example 0.3,1,3.") from None


def whole_numbers(text: str, option: str) -> list[int]:
    """`100,1000` as numbers.

    Raises:
        ConfigError: one of them is no whole number.
    """
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise ConfigError(f"{option} {text}: write whole numbers joined by commas, for example 100,1000.") from None


def say(line: str) -> None:
    """A line of talk, on stderr."""
    print(line, file=sys.stderr, flush=True)


def silent(line: str) -> None:
    """Nothing, for --quiet."""


def print_json(value: dict[str, Any]) -> None:
    """The one JSON object of a command, on stdout."""
    print(json.dumps(value, ensure_ascii=False), flush=True)
