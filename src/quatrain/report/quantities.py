"""Numbers as a reader wants them; a quantity that is missing says so."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

MISSING = "not recorded"
MINUS = "\u2212"
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")

QuantityT = TypeVar("QuantityT")


def _or_missing(write: Callable[[QuantityT], str]) -> Callable[[QuantityT | None], str]:
    def write_known(value: QuantityT | None) -> str:
        if value is None:
            return MISSING
        if isinstance(value, float) and not math.isfinite(value):
            return "not finite"
        return write(value)

    write_known.__doc__ = write.__doc__
    return write_known


@_or_missing
def decimal(value: float) -> str:
    """Four decimals, as losses are compared: `1.4697`."""
    return f"{value:,.4f}".replace("-", MINUS)


@_or_missing
def tenths(value: float) -> str:
    """One decimal, as BLEU and chrF are compared: `36.4`."""
    return f"{value:,.1f}".replace("-", MINUS)


@_or_missing
def points(share: float) -> str:
    """A share in hundredths, as F1 is compared: `25.3`."""
    return tenths(100 * share)


@_or_missing
def round_points(share: float) -> str:
    """The same where it is a round number anyway: `50`."""
    return f"{100 * share:.3g}".replace("-", MINUS)


@_or_missing
def percent(share: float) -> str:
    """A share as accuracies are compared: `99.5 %`."""
    return f"{100 * share:.1f} %".replace("-", MINUS)


@_or_missing
def round_percent(share: float) -> str:
    """A share that is a round number anyway: `50 %`."""
    return f"{100 * share:.3g} %".replace("-", MINUS)


def interval(bounds: tuple[float, float] | None, write: Callable[[float], str] = decimal) -> str:
    """Both ends: `1.4601 to 1.4793`."""
    return MISSING if bounds is None else f"{write(bounds[0])} to {write(bounds[1])}"


@_or_missing
def short(value: float) -> str:
    """Four significant digits without trailing noise: `4.348`, `1,035`."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}".replace("-", MINUS)


@_or_missing
def count(value: float) -> str:
    """A whole number with its thousands apart: `111,540`."""
    return f"{value:,.0f}"


@_or_missing
def rough_count(value: float) -> str:
    """A whole number as one says it: `10.8 million`."""
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if value >= size:
            return f"{value / size:.3g} {word}"
    return count(value)


@_or_missing
def tiny_count(value: float) -> str:
    """A round number where there is little room: `50k`, `2M`."""
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


@_or_missing
def duration(seconds: float) -> str:
    """`8.4 s`, `1 min 26 s`, `2 h 05 min`."""
    if round(seconds) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


@_or_missing
def brief(seconds: float) -> str:
    """Three digits in a unit that suits them: `12.3 ms`, `400 µs`, `2.05 s`."""
    for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= size * 0.9995:
            return f"{float(f'{seconds / size:.3g}'):,g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


@_or_missing
def byte_size(n_bytes: float) -> str:
    """Decimal units: `1.12 MB`."""
    for size, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if n_bytes >= size:
            return f"{n_bytes / size:.3g} {unit}"
    return f"{n_bytes:,.0f} bytes"


@_or_missing
def scientific(value: float) -> str:
    """Two digits and a power of ten: `3.2 × 10¹⁵`; what is short anyway as it is."""
    if value == 0 or 1e-4 <= abs(value) < 1e6:
        return f"{value:,.6g}".replace("-", MINUS)
    digits, power = f"{value:.1e}".split("e")
    digits = digits.removesuffix(".0").replace("-", MINUS)
    return f"{digits} × 10{str(int(power)).translate(SUPERSCRIPTS)}"
