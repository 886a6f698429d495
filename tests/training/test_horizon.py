"""Training ends where it was asked to: after so many steps, or in time, by a clock made for the test."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise

import pytest

from quatrain.training.checkpoint import TrainState
from quatrain.training.horizon import Horizon, StepsHorizon, TimeHorizon, hurried
from quatrain.training.schedules import SCHEDULES, InverseSqrtConfig


class Clock:
    """Stands still until it is told how much time has passed."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(time, "perf_counter", made)
    return made


def run(
    horizon: Horizon, clock: Clock, durations: list[float], pause_every: int = 0, pause: float = 0.0
) -> list[float]:
    """Progress after every step of a training whose steps take the durations in turn; a pause every 50."""
    state, course = TrainState(), []
    while state.progress < 1:
        progress = horizon.next_progress(state)
        clock.now += durations[state.step % len(durations)]
        state = replace(state, step=state.step + 1, progress=progress)
        course.append(progress)
        if pause and state.step % 50 == 0:
            clock.now += pause
            horizon.pause()
        assert len(course) < 100_000
    return course


def test_so_many_steps_are_made(clock: Clock) -> None:
    assert run(StepsHorizon(5), clock, [1.0]) == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])


def test_the_time_left_of_steps_goes_by_the_speed_so_far() -> None:
    assert StepsHorizon(10).seconds_left(TrainState()) is None
    assert StepsHorizon(10).seconds_left(TrainState(step=4, seconds=8.0)) == 12.0


@pytest.mark.parametrize("durations", [[0.1], [0.05, 0.2], [0.1] * 30 + [0.3] * 30], ids=["even", "uneven", "bursts"])
def test_it_ends_in_time_and_uses_it(clock: Clock, durations: list[float]) -> None:
    started = clock.now
    course = run(TimeHorizon(60.0, spent=10.0), clock, durations)
    assert 44.0 < clock.now - started <= 50.0 + max(durations)
    assert course[-1] == 1.0
    assert all(a < b for a, b in pairwise(course))


def test_progress_is_even_where_steps_are(clock: Clock) -> None:
    course = run(TimeHorizon(50.0, spent=0.0), clock, [0.1])
    assert len(course) == pytest.approx(500, abs=5)
    assert course[len(course) // 2] == pytest.approx(0.5, abs=0.02)


def test_pauses_and_what_comes_after_are_kept_back(clock: Clock) -> None:
    started, horizon = clock.now, TimeHorizon(60.0, spent=0.0)
    horizon.keep_back(8.0)
    run(horizon, clock, [0.1], pause=0.5)
    assert clock.now - started <= 60.0 - 8.0 + 0.5 + 0.1


def test_half_of_the_time_goes_to_updates_however_much_is_spent_and_kept_back(clock: Clock) -> None:
    started, horizon = clock.now, TimeHorizon(10.0, spent=30.0)
    assert horizon.seconds_left(TrainState()) == 5.0
    horizon.keep_back(60.0)
    course = run(horizon, clock, [0.1])
    assert len(course) == pytest.approx(50, abs=2)
    assert clock.now - started == pytest.approx(5.0, abs=0.2)


def test_where_it_has_had_its_share_one_step_is_made(clock: Clock) -> None:
    assert len(run(TimeHorizon(5.0, spent=9.0, trained=3.0), clock, [0.1])) <= 2
    assert TimeHorizon(5.0, spent=9.0, trained=3.0).seconds_left(TrainState()) == 0.0


@pytest.mark.parametrize(
    ("steps", "seconds", "words"),
    [(1, 10.0, "only one update was made"), (49, 10.0, "only 49 updates were made"), (50, 10.0, ""), (3, None, "")],
)
def test_too_few_updates_are_said_to_be(steps: int, seconds: float | None, words: str) -> None:
    said = hurried(steps, seconds)
    assert (words in said) if words else said == ""


@pytest.mark.parametrize("kind", ["cosine", "trapezoid"])
def test_a_schedule_reaches_its_floor_by_the_clock(clock: Clock, kind: str) -> None:
    course = run(TimeHorizon(60.0, spent=0.0), clock, [0.1])
    schedule = SCHEDULES[kind]()
    last = schedule.factor(len(course) - 1, course[-2])
    floor = schedule.factor(len(course), 1.0)
    assert floor == pytest.approx({"cosine": 0.1, "trapezoid": 0.0}[kind])
    assert last == pytest.approx(floor, abs=0.02)


def test_inverse_sqrt_needs_no_end() -> None:
    assert InverseSqrtConfig(warmup_steps=4).factor(15, 0.1) == InverseSqrtConfig(warmup_steps=4).factor(15, 0.9) == 0.5
