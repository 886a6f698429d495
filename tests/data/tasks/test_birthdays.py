"""The figures are those of a simulation on the exercises of the lecture, rounded as they were."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
import torch

from quatrain.data.tasks import Apart, Count, Examples, Latest, Match, Mondays, Task, Weekday
from quatrain.data.tasks.birthdays import DAYS, NONE, VOCABULARY, WEEKDAYS, weekdays

from .references import next_weekday


def weekday_of(day: int, month: int, after: str = "2024-03-27") -> str:
    return WEEKDAYS[weekdays(after)[DAYS.index(date(2024, month, day))]]


@pytest.mark.parametrize(
    ("day", "month", "weekday"),
    [(27, 3, "Thu"), (28, 3, "Thu"), (1, 1, "Wed"), (31, 12, "Tue"), (29, 2, "Tue")],
)
def test_the_lectures_weekdays(day: int, month: int, weekday: str) -> None:
    assert weekday_of(day, month) == weekday


def test_a_birthday_today_comes_again_in_a_year() -> None:
    assert weekday_of(27, 3) == f"{date(2025, 3, 27):%a}"
    assert weekday_of(27, 3, after="2024-03-26") == f"{date(2024, 3, 27):%a}"


@pytest.mark.parametrize(
    "after", ["2024-03-27", "2024-02-28", "2024-02-29", "2023-12-31", "2096-02-29", "1899-06-01", "2000-01-01"]
)
def test_weekdays_are_found_by_walking_through_the_calendar(after: str) -> None:
    found = [WEEKDAYS[weekday] for weekday in weekdays(after)]
    assert found == [next_weekday(f"{day.day} {day:%b}", after) for day in DAYS]


def test_birthdays_are_spread_over_all_days_of_a_leap_year() -> None:
    tokens = Latest().draw(4000, np.random.default_rng(0)).tokens
    counts = tokens.flatten().bincount()[1:]
    assert len(counts) == 366
    assert float(((counts - 120_000 / 366) ** 2 / (120_000 / 366)).sum()) < 366 + 4 * (2 * 366) ** 0.5
    assert [VOCABULARY[1], VOCABULARY[60], VOCABULARY[366]] == ["1 Jan", "29 Feb", "31 Dec"]


def test_students_without_another_of_their_weekday_are_as_rare_as_expected() -> None:
    examples = Match().draw(4000, np.random.default_rng(0))
    none = float((examples.targets[examples.graded] == NONE).double().mean())
    assert none == pytest.approx((6 / 7) ** 29, abs=1e-3)


def test_matches_are_drawn_evenly_among_those_who_are_right() -> None:
    task = Match(n_students=3)
    examples = task.draw(20_000, np.random.default_rng(1))
    _, second, third = examples.tokens[:, :3].T
    all_match = task.shared(examples.tokens[:, :3])[:, 0, 1:].all(1) & (second != third)
    assert int(all_match.sum()) == pytest.approx(20_000 / 49, abs=80)
    said = examples.targets[all_match, 4]
    assert ((said == second[all_match]) | (said == third[all_match])).all()
    assert float((said == second[all_match]).double().mean()) == pytest.approx(0.5, abs=0.1)


def test_a_student_is_no_match_for_itself_but_for_one_of_the_same_day() -> None:
    task = Match(n_students=3)
    tokens = torch.tensor([[1, 1, 2, 0, 1, 1, 2]])
    tokens[:, 3] = VOCABULARY.index("?")
    graded = torch.tensor([[False] * 4 + [True] * 3])
    examples = Examples(tokens, torch.where(graded, 1, -100), graded)
    own_day = torch.nn.functional.one_hot(tokens, task.vocab_size).float()
    assert task.right(examples, own_day)[:, 4:].tolist() == [[True, True, False]]


def test_any_of_several_right_answers_counts() -> None:
    task = Match()
    examples = task.draw(50, np.random.default_rng(2))
    again = task.draw(50, np.random.default_rng(2))
    other = Examples(again.tokens, examples.targets.roll(1, 0), again.graded)  # what was drawn does not matter
    said = torch.nn.functional.one_hot(examples.targets.clamp(min=0), task.vocab_size).float()
    assert task.grade(other, said).tolist() == [1.0] * 50


@pytest.mark.parametrize(
    ("task", "chance"),
    [(Weekday(), 0.1448), (Match(), 0.1429), (Count(), 0.2097), (Latest(), 0.0788)],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_chance_levels(task: Task, chance: float) -> None:
    assert task.chance() == pytest.approx(chance, abs=5e-5)


@pytest.mark.parametrize("task", [Count(), Mondays(), Apart()], ids=lambda task: task.kind)
def test_no_constant_answer_beats_chance(task: Task) -> None:
    examples = task.draw(4000, np.random.default_rng(3))
    answers = examples.targets[examples.graded].bincount(minlength=task.vocab_size)
    best = torch.nn.functional.one_hot(answers.argmax(), task.vocab_size).float()
    grade = float(task.grade(examples, best.expand(*examples.tokens.shape, -1)).mean())
    assert grade == pytest.approx(task.chance(), abs=0.02)


def test_how_many_share_a_weekday_varies_as_expected() -> None:
    examples = Count().draw(2000, np.random.default_rng(4))
    counts = [int(VOCABULARY[i]) for i in examples.targets[examples.graded].tolist()]
    assert np.std(counts) == pytest.approx(1.884, abs=0.03)


def test_two_students_are_the_latest_as_often_as_expected() -> None:
    tokens = Latest().draw(20_000, np.random.default_rng(5)).tokens
    ties = (tokens == tokens.amax(1, keepdim=True)).sum(1) > 1
    assert float(ties.double().mean()) == pytest.approx(0.044, abs=0.006)


def test_parts_of_the_class_tie_as_often_as_expected() -> None:
    farthest = Apart().farthest(Apart().draw(20_000, np.random.default_rng(6)).tokens[:, :30])
    assert farthest.shape == (20_000, 26)
    assert float((farthest.sum(1) > 1).double().mean()) == pytest.approx(0.699, abs=0.012)


def test_tied_parts_are_drawn_evenly_and_all_are_accepted() -> None:
    task = Apart(n_students=4, window=3)  # two parts, which tie where the middle seats hold both extremes
    examples = task.draw(6000, np.random.default_rng(7))
    tied = task.farthest(examples.tokens[:, :4]).all(1)
    seats = [VOCABULARY.index("seat 1"), VOCABULARY.index("seat 2")]
    assert int(tied.sum()) == pytest.approx(1000, abs=120)
    assert float((examples.targets[tied, -1] == seats[0]).double().mean()) == pytest.approx(0.5, abs=0.06)
    for seat in seats:
        said = torch.nn.functional.one_hot(torch.tensor(seat), task.vocab_size).float()
        assert task.grade(examples, said.expand(*examples.tokens.shape, -1))[tied].min() == 1.0


@pytest.mark.parametrize("kind", [Weekday, Match, Count, Mondays, Latest, Apart])
def test_a_larger_class_speaks_the_same_words(kind: type[Task]) -> None:
    small, large = kind(n_students=30), kind(n_students=60)
    assert small.vocabulary == large.vocabulary
    examples = large.draw(5, np.random.default_rng(8))
    assert examples.tokens.shape[1] == large.seq_len > small.seq_len
    assert examples.targets.max() < small.vocab_size


def test_seven_days_later_is_the_same_weekday() -> None:
    task = Weekday(n_students=2)
    days = [DAYS.index(date(2024, 6, 1) + timedelta(days=i)) + 1 for i in (0, 7)]
    first, second = task.weekdays_of(torch.tensor([days]))[0].tolist()
    assert first == second
