"""Numbers as they are read."""

from __future__ import annotations

import math

import pytest

from quatrain.report.quantities import (
    brief,
    byte_size,
    count,
    decimal,
    duration,
    interval,
    percent,
    rough_count,
    round_percent,
    scientific,
    short,
    tiny_count,
)


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (decimal, 1.46967, "1.4697"),
        (decimal, -0.05, "−0.0500"),
        (interval, (-0.1, 0.25), "−0.1000 to 0.2500"),
        (interval, None, "not recorded"),
        (percent, 0.9951, "99.5 %"),
        (percent, -0.02, "−2.0 %"),
        (round_percent, 0.5, "50 %"),
        (brief, 0.01234, "12.3 ms"),
        (brief, 0.0005, "500 µs"),
        (brief, 1234.0, "1,230 s"),
        (brief, 3e-8, "30 ns"),
        (tiny_count, 50_000, "50k"),
        (tiny_count, 2.5e6, "2.5M"),
        (tiny_count, 0.5, "0.5"),
        (short, 4.34812, "4.348"),
        (short, 33278.4, "33,278"),
        (count, 111540, "111,540"),
        (rough_count, 999_999, "999,999"),
        (rough_count, 10_750_000, "10.8 million"),
        (rough_count, 7_000_000_000, "7 billion"),
        (duration, 8.44, "8.4 s"),
        (duration, 59.7, "1 min 00 s"),
        (duration, 86.4, "1 min 26 s"),
        (duration, 7509, "2 h 05 min"),
        (byte_size, 0, "0 bytes"),
        (byte_size, 1_115_394, "1.12 MB"),
        (scientific, 3.2e15, "3.2 × 10¹⁵"),
        (scientific, 5e-5, "5 × 10⁻⁵"),
        (scientific, 0.0003, "0.0003"),
        (scientific, 0, "0"),
        (scientific, 40000, "40,000"),
    ],
)
def test_a_number_reads_as(write, value, text):
    assert write(value) == text


@pytest.mark.parametrize("write", [decimal, short, count, rough_count, duration, byte_size, scientific])
def test_what_is_not_known_or_not_finite_says_so(write):
    assert write(None) == "not recorded"
    assert write(math.nan) == write(-math.inf) == "not finite"
