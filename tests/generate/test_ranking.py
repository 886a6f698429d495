"""Length penalties against the numbers of the papers."""

import pytest

from quatrain.generate.ranking import gnmt, power


@pytest.mark.parametrize(("length", "expected"), [(10, 1.7329), (20, 2.3544), (50, 3.7786)])
def test_the_penalty_of_gnmt_is_that_of_vaswani_et_al(length, expected):
    assert gnmt(0.6)(length) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("penalty", [gnmt, power])
def test_an_exponent_of_zero_ranks_by_log_probability(penalty):
    assert [penalty(0.0)(length) for length in (1, 9)] == [1.0, 1.0]


def test_a_power_of_one_ranks_by_the_mean():
    assert power(1.0)(7) == 7
