"""Six questions to a class about its birthdays, each of which asks for another flow of information.

A student is one token, the birthday, uniform over the 366 days of a year; seats stand in a row. Questions that
need the whole class are asked after it: a model that reads from left to right has then seen everybody.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from math import comb
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from pydantic import BeforeValidator, model_validator
from torch import Tensor

from quatrain.data.tasks._base import PAD_TEXT, Examples, Task, examples_of
from quatrain.models._base import IGNORE

MAX_STUDENTS = 60
N_DAYS = 366
DAYS = tuple(date(2024, 1, 1) + timedelta(days=i) for i in range(N_DAYS))
"""The days of a leap year, for their months and days."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

DAY = 1
WEEKDAY = DAY + N_DAYS
COUNT = WEEKDAY + len(WEEKDAYS)
NONE = COUNT + MAX_STUDENTS + 1
ASK = NONE + 1
SEAT = ASK + 1
"""The first id of each sort of tokens: days, weekdays, counts from 0, "none", "?", seats."""

VOCABULARY = (
    PAD_TEXT,
    *(f"{day.day} {MONTHS[day.month - 1]}" for day in DAYS),
    *WEEKDAYS,
    *(str(count) for count in range(MAX_STUDENTS + 1)),
    "none",
    "?",
    *(f"seat {seat + 1}" for seat in range(MAX_STUDENTS)),
)

MONDAY = 0
N_MEASURED = 50_000
"""Classes drawn where a chance level is measured."""


@lru_cache(maxsize=8)
def weekdays(after: str) -> Int[np.ndarray, " days"]:
    """The weekday, Monday 0, of each birthday of the year the next time it comes, strictly after a day.

    29 February waits for a leap year.

    Example:
        >>> WEEKDAYS[weekdays("2024-03-27")[DAYS.index(date(2024, 2, 29))]]  # in 2028
        'Tue'
    """
    start = date.fromisoformat(after)
    found = np.full(N_DAYS, -1)
    for year in reversed(range(start.year, start.year + 9)):  # a later year is written over by an earlier one
        for i, day in enumerate(DAYS):
            if (day.month, day.day) != (2, 29) or _is_leap(year):
                birthday = day.replace(year=year)
                found[i] = birthday.weekday() if birthday > start else found[i]
    return found


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


class Birthdays(Task):
    """Base of the questions: a class of students."""

    n_students: int = 30
    """Students of a class, 2 to 60; the vocabulary is the same for all, so that a model can be asked about
    larger classes than it has learned from."""

    @model_validator(mode="after")
    def _check_students(self) -> Self:
        if not 2 <= self.n_students <= MAX_STUDENTS:
            raise ValueError(f"n_students={self.n_students} must lie between 2 and {MAX_STUDENTS}.")
        return self

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Padding, days, weekdays, counts, "none", "?", seats."""
        return VOCABULARY

    def _draw_class(self, n: int, generator: np.random.Generator) -> Int[np.ndarray, "n students"]:
        """Birthday tokens, seat by seat."""
        return generator.integers(DAY, DAY + N_DAYS, size=(n, self.n_students))


def _iso(value: Any) -> Any:
    """Command lines and TOML files have dates as such; configs hold their text."""
    return value.isoformat() if isinstance(value, date) else value


class WeekdayQuestions(Birthdays):
    """Base of the questions about the weekdays of next birthdays."""

    after: Annotated[str, BeforeValidator(_iso)] = "2024-03-27"
    """Today, as year-month-day: the next birthday is the first one later than this."""

    @model_validator(mode="after")
    def _check_after(self) -> Self:
        try:
            year = date.fromisoformat(self.after).year
        except ValueError:
            raise ValueError(f"after={self.after!r} is no date; write year-month-day, as in 2024-03-27.") from None
        if year > 9900:
            raise ValueError(f"after={self.after}: the calendar ends with the year 9999; give an earlier date.")
        return self

    def weekdays_of(self, students: Int[Tensor, "n students"]) -> Int[Tensor, "n students"]:
        """The weekday, Monday 0, of each student's next birthday."""
        return torch.from_numpy(weekdays(self.after)).to(students.device)[students - DAY]

    def shared(self, students: Int[Tensor, "n students"]) -> Bool[Tensor, "n students students"]:
        """Which others, [n, i, j], have the weekday of student i."""
        days = self.weekdays_of(students)
        others = ~torch.eye(students.shape[1], dtype=torch.bool, device=students.device)
        return (days[:, :, None] == days[:, None, :]) & others

    @property
    def _weekday_shares(self) -> Float[np.ndarray, " weekdays"]:
        """The probability of each weekday; one or two have 53 days instead of 52."""
        return np.bincount(weekdays(self.after), minlength=len(WEEKDAYS)) / N_DAYS


class Weekday(WeekdayQuestions):
    """On what day of the week will your next birthday be? Asked and graded at every student."""

    kind: ClassVar[str] = "weekday"
    title: ClassVar[str] = "Say, for each student, on what day of the week the next birthday will be."
    natural: ClassVar[tuple[str, ...]] = ("mlp",)
    able: ClassVar[tuple[str, ...]] = ("transformer", "lstm", "gru", "rnn", "conv", "hyena", "linear", "delta", "ngram")
    reason: ClassVar[str] = "Each student answers alone: nothing has to flow between positions."

    @property
    def seq_len(self) -> int:
        """The class."""
        return self.n_students

    @property
    def needs(self) -> int:
        """Nothing but the student."""
        return 0

    def chance(self) -> float:
        """Always the commonest weekday: a little more than 1/7."""
        return float(self._weekday_shares.max())

    def draw(self, n: int, generator: np.random.Generator) -> Examples:
        """Learned and graded at every student."""
        tokens = self._draw_class(n, generator)
        return examples_of(tokens, WEEKDAY + weekdays(self.after)[tokens - DAY], np.ones(tokens.shape, dtype=bool))


class _ListedTwice(WeekdayQuestions):
    """Base of the questions to every student about all others: the class, "?", the class again."""

    @property
    def seq_len(self) -> int:
        """The class, "?", the class."""
        return 2 * self.n_students + 1

    def _ask(self, students: np.ndarray, answers: np.ndarray) -> Examples:
        """The answers stand at the second listing."""
        ask = np.full((len(students), 1), ASK)
        tokens = np.concatenate([students, ask, students], axis=1)
        targets = np.full_like(tokens, IGNORE)
        targets[:, self.n_students + 1 :] = answers
        return examples_of(tokens, targets, targets != IGNORE)


class Match(_ListedTwice):
    """Find another student whose birthday will be the same day of the week as yours, or say that there is none.

    A student is named by birthday. One of those who are right is drawn as the target, and all are accepted.
    """

    kind: ClassVar[str] = "match"
    title: ClassVar[str] = "Name, for each student, another one whose next birthday falls on the same weekday."
    natural: ClassVar[tuple[str, ...]] = ("transformer",)
    unable: ClassVar[tuple[str, ...]] = ("dan",)
    reason: ClassVar[str] = "Everybody looks for somebody by content, wherever that one sits: attention."

    def chance(self) -> float:
        """A random other student, 1/7; to ignore the class is worse (always "none": (6/7)**29 = 0.011)."""
        return float((self._weekday_shares**2).sum())

    def draw(self, n: int, generator: np.random.Generator) -> Examples:
        """Learned and graded at the second listing."""
        students = self._draw_class(n, generator)
        shared = self.shared(torch.from_numpy(students)).numpy()
        chosen = np.where(shared, generator.random(shared.shape), -1.0).argmax(2)
        answers = np.where(shared.any(2), np.take_along_axis(students, chosen, axis=1), NONE)
        return self._ask(students, answers)

    def right(self, examples: Examples, logits: Float[Tensor, "n seq vocab"]) -> Bool[Tensor, "n seq"]:
        """Where another student of the same weekday is named, or "none" where there is none."""
        students, named = examples.tokens[:, : self.n_students], logits.argmax(-1)[:, self.n_students + 1 :]
        shared = self.shared(students)
        found = (shared & (named[:, :, None] == students[:, None, :])).any(2)
        right = torch.zeros_like(examples.graded)
        right[:, self.n_students + 1 :] = found | (~shared.any(2) & (named == NONE))
        return right


class Count(_ListedTwice):
    """Count the other students who will have the same weekday as you."""

    kind: ClassVar[str] = "count"
    title: ClassVar[str] = "Count, for each student, the others whose next birthday falls on the same weekday."
    natural: ClassVar[tuple[str, ...]] = ("transformer",)
    unable: ClassVar[tuple[str, ...]] = ("dan",)
    reason: ClassVar[str] = (
        "Attention compares everybody with everybody; what it finds is a share, which the layer after it makes a count."
    )

    def chance(self) -> float:
        """Always the likeliest number."""
        shares = self._weekday_shares
        return float((shares[:, None] * _binomial(self.n_students - 1, shares)).sum(0).max())

    def draw(self, n: int, generator: np.random.Generator) -> Examples:
        """Learned and graded at the second listing."""
        students = self._draw_class(n, generator)
        return self._ask(students, COUNT + self.shared(torch.from_numpy(students)).sum(2).numpy())


class _AskedOnce(Birthdays):
    """Base of the questions about the class as a whole: the class, "?"."""

    @property
    def seq_len(self) -> int:
        """The class, "?"."""
        return self.n_students + 1

    def _ask(self, students: np.ndarray, answers: np.ndarray) -> Examples:
        """The answer stands at the "?"."""
        tokens = np.concatenate([students, np.full((len(students), 1), ASK)], axis=1)
        targets = np.full_like(tokens, IGNORE)
        targets[:, -1] = answers
        return examples_of(tokens, targets, targets != IGNORE)


class Mondays(_AskedOnce, WeekdayQuestions):
    """How could we query the class to get the count of Monday birthdays?"""

    kind: ClassVar[str] = "mondays"
    title: ClassVar[str] = "Count the students of the class whose next birthday falls on a Monday."
    natural: ClassVar[tuple[str, ...]] = ("transformer", "pool", "dan")
    reason: ClassVar[str] = "One question for all, whatever their order: a sum, as pooling and a fixed query give it."

    def chance(self) -> float:
        """Always the likeliest number."""
        return float(_binomial(self.n_students, self._weekday_shares)[MONDAY].max())

    def draw(self, n: int, generator: np.random.Generator) -> Examples:
        """Learned and graded at the "?"."""
        students = self._draw_class(n, generator)
        return self._ask(students, COUNT + (weekdays(self.after)[students - DAY] == MONDAY).sum(1))


class Latest(Birthdays):
    """What is the latest-in-the-year birthday? Asked at every student about those so far, graded at the last."""

    kind: ClassVar[str] = "latest"
    title: ClassVar[str] = "Say the birthday latest in the year among the students so far."
    natural: ClassVar[tuple[str, ...]] = ("rnn", "lstm", "gru", "pool")
    able: ClassVar[tuple[str, ...]] = ("transformer",)
    reason: ClassVar[str] = "A running maximum: one thing to remember, replaced when a later one comes."

    @property
    def seq_len(self) -> int:
        """The class."""
        return self.n_students

    def chance(self) -> float:
        """Always 31 December. (A random student is the latest in 1 / n_students.)"""
        return float(1 - (1 - 1 / N_DAYS) ** self.n_students)

    def draw(self, n: int, generator: np.random.Generator) -> Examples:
        """Learned at every student, graded at the last; two with the same day are the same answer."""
        tokens = self._draw_class(n, generator)
        graded = np.zeros(tokens.shape, dtype=bool)
        graded[:, -1] = True
        return examples_of(tokens, np.maximum.accumulate(tokens, axis=1), graded)


class Apart(_AskedOnce):
    """Which part of the class has the farthest-apart birthdays?

    A part is a window of adjacent seats, named by its first; farthest apart is the largest difference between
    the latest and the earliest day in it. Most classes have several such parts: one is drawn as the target, and
    all are accepted.
    """

    kind: ClassVar[str] = "apart"
    title: ClassVar[str] = "Name the first seat of the neighbours whose birthdays lie farthest apart."
    natural: ClassVar[tuple[str, ...]] = ("conv",)
    reason: ClassVar[str] = (
        "The same small comparison in every neighbourhood, then the largest: convolution and a maximum."
    )

    window: int = 5
    """Adjacent seats of a part."""

    @model_validator(mode="after")
    def _check_window(self) -> Self:
        if not 2 <= self.window <= self.n_students:
            raise ValueError(
                f"window={self.window} must lie between 2 seats and the class of n_students={self.n_students}."
            )
        return self

    def chance(self) -> float:
        """Always the same seat, the best of them: measured on 50,000 classes. (Were no ties, 1/26 = 0.038.)"""
        students = self._draw_class(N_MEASURED, np.random.default_rng(0))
        return float(self.farthest(torch.from_numpy(students)).double().mean(0).max())

    def farthest(self, students: Int[Tensor, "n students"]) -> Bool[Tensor, "n windows"]:
        """Which windows have the largest difference."""
        windows = students.unfold(1, self.window, 1)
        spread = windows.amax(-1) - windows.amin(-1)
        return spread == spread.amax(1, keepdim=True)

    def draw(self, n: int, generator: np.random.Generator) -> Examples:
        """Learned and graded at the "?"."""
        students = self._draw_class(n, generator)
        farthest = self.farthest(torch.from_numpy(students)).numpy()
        return self._ask(students, SEAT + np.where(farthest, generator.random(farthest.shape), -1.0).argmax(1))

    def right(self, examples: Examples, logits: Float[Tensor, "n seq vocab"]) -> Bool[Tensor, "n seq"]:
        """Where one of the windows with the largest difference is named."""
        farthest = self.farthest(examples.tokens[:, : self.n_students])
        seats = SEAT + torch.arange(farthest.shape[1], device=farthest.device)
        named = logits.argmax(-1)[:, -1:] == seats  # (N, windows)
        right = torch.zeros_like(examples.graded)
        right[:, -1] = (named & farthest).any(1)
        return right


def _binomial(n: int, share: Float[np.ndarray, " kinds"]) -> Float[np.ndarray, "kinds counts"]:
    """The probability of each number, 0 to n, of successes."""
    count = np.arange(n + 1)
    ways = np.array([comb(n, int(k)) for k in count], dtype=np.float64)
    return ways * share[:, None] ** count * (1 - share[:, None]) ** (n - count)
