"""What a start is worth: means, intervals and words from scores."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from quatrain.comparison.worth import Worth, measured

SCRATCH = {10: (0.50, 0.52, 0.54), 100: (0.60, 0.62, 0.64)}
START = {10: (0.60, 0.61, 0.65), 100: (0.63, 0.60, 0.67)}


def worth(counted: float = 0.4) -> Worth:
    scores = {
        (n, is_start, seed): value
        for is_start, arm in ((False, SCRATCH), (True, START))
        for n, values in arm.items()
        for seed, value in enumerate(values)
    }
    return measured(scores, {(n, seed): counted for n in SCRATCH for seed in range(3)}, "accuracy")


def test_the_gain_is_paired_by_seed_and_its_interval_that_of_a_t_test() -> None:
    few, many = worth().points
    assert (few.n_labels, many.n_labels) == (10, 100)
    gains = np.subtract(START[10], SCRATCH[10])
    assert few.gain == pytest.approx(gains.mean())
    assert few.interval == pytest.approx(stats.ttest_rel(START[10], SCRATCH[10]).confidence_interval(), abs=1e-6)
    assert few.to_dict()["counted"] == {"values": [0.4] * 3, "mean": pytest.approx(0.4)}


def test_the_words_say_what_is_shown_and_what_is_not() -> None:
    said = worth().verdict
    assert "With 10 labels the start gives 62.0 % accuracy against 52.0 % from scratch: +10.0 points (95 %" in said
    assert said.count("so the seeds do not show that it helps") == 1
    assert "What the start reaches with 10 labels, a random start needs up to 100 for." in said
    assert "counted" not in said


def test_what_is_counted_is_named_where_it_is_as_good() -> None:
    assert worth(0.63).verdict.endswith("as good or better with 10 (63.0 %) labels.")
    assert worth(0.7).verdict.endswith("as good or better with 10 (70.0 %) and 100 (70.0 %) labels.")


def test_one_seed_tells_nothing_of_its_certainty() -> None:
    alone = measured({(10, False, 0): 0.5, (10, True, 0): 0.6}, {(10, 0): 0.4}, "f1")
    assert alone.points[0].interval is None
    assert alone.verdict == (
        "With 10 labels the start gives 60.0 % F1 against 50.0 % from scratch: +10.0 points; one seed tells nothing of "
        "its certainty."
    )


@pytest.mark.parametrize("seed", range(60))
def test_no_sentence_claims_more_than_its_interval(seed: int) -> None:
    draw = np.random.default_rng(seed)
    numbers, spread = (10, 50, 200), draw.uniform(0.001, 0.1)
    means = {(n, is_start): draw.uniform(0.3, 0.9) for n in numbers for is_start in (False, True)}
    scores = {(*arm, s): float(mean + spread * draw.normal()) for arm, mean in means.items() for s in range(3)}
    found = measured(scores, {(n, s): 0.1 for n in numbers for s in range(3)}, "macro_f1")
    said = found.verdict
    assert said.count("so the start harms") == sum(point.interval[1] < 0 for point in found.points)
    unsure = sum(point.interval[0] <= 0 <= point.interval[1] for point in found.points)
    assert said.count("so the seeds do not show that it helps") == unsure
    for point in found.points:
        if f"What the start reaches with {point.n_labels:,} labels" in said:
            assert point.interval[0] > 0
    assert "macro F1" in said
