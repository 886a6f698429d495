"""How far training has come: by steps, or by the clock."""

from __future__ import annotations

import statistics
import time
from abc import ABC, abstractmethod
from collections import deque

from quatrain.training.checkpoint import TrainState

N_COLD = 2
"""First steps, slower than those that follow, which no plan is made from."""
LEAST_SHARE = 0.5
"""Of a time that was asked for: so much goes to updates, however long reading, baselines and scoring take."""
FEW_UPDATES = 50
"""Updates below which a score says little about a kind of model."""


def hurried(steps: int, seconds: float | None) -> str:
    """What is to be said of a training that was too short to judge its model by, in a sentence; empty: nothing.

    Args:
        steps: updates made.
        seconds: the time that was asked for; None: so many updates were asked for.
    """
    if seconds is None or steps >= FEW_UPDATES:
        return ""
    made = "only one update was" if steps == 1 else f"only {steps} updates were"
    return f"In this time {made} made, too few to judge this kind of model by: give it more time."


class Horizon(ABC):
    """Says which share of the training is done after the next step."""

    @abstractmethod
    def next_progress(self, state: TrainState) -> float:
        """Progress (0 to 1) after one more step; 1 ends the training."""

    @abstractmethod
    def seconds_left(self, state: TrainState) -> float | None:
        """An estimate for the progress display; None while there is none."""

    @abstractmethod
    def pause(self) -> None:
        """A validation or a checkpoint comes before the next step, and its time is no step's."""

    @abstractmethod
    def keep_back(self, seconds: float) -> None:
        """What comes after training will take so long."""


class StepsHorizon(Horizon):
    """A fixed number of updates: the same on every machine."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def next_progress(self, state: TrainState) -> float:
        """Steps done over all steps."""
        return (state.step + 1) / self.steps

    def seconds_left(self, state: TrainState) -> float | None:
        """At the speed so far."""
        return state.seconds / state.step * (self.steps - state.step) if state.step else None

    def pause(self) -> None:
        """Steps are counted, not timed."""

    def keep_back(self, seconds: float) -> None:
        """So many steps are made, whatever follows."""


class TimeHorizon(Horizon):
    """As many updates as fit into a time; each step takes its share of what is left.

    Args:
        seconds: the whole time.
        spent: seconds of it gone before training starts (start-up, the baseline, earlier sittings).
        trained: seconds of these that went to updates.
    """

    def __init__(self, seconds: float, spent: float, trained: float = 0.0) -> None:
        now = time.perf_counter()
        self.deadline = now + seconds - spent
        self.earliest_end = now + LEAST_SHARE * seconds - trained
        """Before it training does not end, so that it has its share."""
        self._reserve = 0.0
        self._durations: deque[float] = deque(maxlen=25)
        self._last: float | None = None
        self._n_cold = N_COLD

    def next_progress(self, state: TrainState) -> float:
        """The present progress, plus what is left of it divided by the steps that still fit."""
        now = time.perf_counter()
        if self._last is not None and self._n_cold:
            self._n_cold -= 1
        elif self._last is not None:
            self._durations.append(now - self._last)
        self._last = now
        if now >= self.end:
            return 1.0
        if not self._durations:
            return min(state.progress + 1e-3, 1.0)
        steps_left = (self.end - now) / statistics.median(self._durations)
        return min(state.progress + (1 - state.progress) / steps_left, 1.0) if steps_left > 1 else 1.0

    @property
    def end(self) -> float:
        """When training ends, by the clock of `time.perf_counter`."""
        return max(self.deadline - self._reserve, self.earliest_end)

    def pause(self) -> None:
        """Do not count the time until the next step as a step."""
        self._last = None

    def keep_back(self, seconds: float) -> None:
        """End so long before the deadline; validations on the way refine it."""
        self._reserve = seconds

    def seconds_left(self, state: TrainState) -> float | None:
        """Until the deadline, or the end of a training that goes on beyond it."""
        return max(max(self.deadline, self.end) - time.perf_counter(), 0.0)
