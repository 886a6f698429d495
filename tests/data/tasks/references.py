"""What may be said after each token, by reading what stands before it: words, loops, dates, nothing of ours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import torch

from quatrain.data.tasks import PAD, Examples, Task, task_of

Words = list[str]

SMALL = {
    "any_b": "any_b:min_len=1,max_len=9",
    "copy": "copy:min_len=1,max_len=6,n_letters=3",
    "parity": "parity:min_len=2,max_len=9",
    "dyck": "dyck:k=2,depth=3,min_len=2,max_len=14",
    "recall": "recall:vocab=10,length=12",
    "mqar": "mqar:vocab=12,n_pairs=3,length=20",
    "weekday": "weekday:n_students=6",
    "match": "match:n_students=6",
    "count": "count:n_students=6",
    "mondays": "mondays:n_students=6",
    "latest": "latest:n_students=6",
    "apart": "apart:n_students=7,window=3",
}
"""A small form of every task."""


def small(word: str) -> Task:
    return task_of(SMALL[word])


def words_of(task: Task, row: torch.Tensor) -> Words:
    """The texts of a row's tokens, without the padding at its end."""
    ids = row.tolist()
    while ids and ids[-1] == PAD:
        ids.pop()
    return [task.vocabulary[i] for i in ids]


def allowed(task: Task, prefix: Words) -> set[str]:
    """The words that are right after these; empty where nothing is asked."""
    return REFERENCES[task.kind](task, prefix)


def oracle(task: Task, examples: Examples) -> torch.Tensor:
    """(N, T, V) logits: everything that is right is equally likely, all else very unlikely."""
    logits = torch.full((*examples.tokens.shape, task.vocab_size), -30.0)
    ids = {word: i for i, word in enumerate(task.vocabulary)}
    for row, tokens in enumerate(examples.tokens):
        words = words_of(task, tokens)
        for t in range(len(words)):
            for word in allowed(task, words[: t + 1]):
                logits[row, t, ids[word]] = 0.0
    return logits


def _any_b(task: Any, words: Words) -> set[str]:
    return {"B" if "B" in words else "A"}


def _copy(task: Any, words: Words) -> set[str]:
    if "|" not in words:
        return set()
    length = words.index("|")
    n_said = len(words) - length - 1
    return {words[n_said]} if n_said < length else set()


def _parity(task: Any, words: Words) -> set[str]:
    return {str(words.count("1") % 2)}


PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}


def open_brackets(words: Words) -> Words:
    """The stack after these brackets; fails where they are not nested."""
    stack: Words = []
    for word in words:
        if word in PAIRS:
            stack.append(word)
        elif word != "start":
            assert PAIRS[stack.pop()] == word
    return stack


def _dyck(task: Any, words: Words) -> set[str]:
    stack = open_brackets(words)
    openers = set(list(PAIRS)[: task.k]) if len(stack) < task.depth else set()
    return openers | ({PAIRS[stack[-1]]} if stack else {"end"})


def _recall(task: Any, words: Words) -> set[str]:
    *before, key = words
    if before and before[-1] == "=>":
        before.pop()
    values = dict(zip(before[0::2], before[1::2], strict=False))
    return {values[key]} if len(before) % 2 == 0 and key in values else set()


def _mqar(task: Any, words: Words) -> set[str]:
    values = dict(zip(words[0 : 2 * task.n_pairs : 2], words[1 : 2 * task.n_pairs : 2], strict=False))
    return {values[words[-1]]} if len(words) > 2 * task.n_pairs and words[-1] in values else set()


def day_of(word: str) -> date:
    return datetime.strptime(f"{word} 2024", "%d %b %Y").date()


@cache
def next_weekday(word: str, after: str) -> str:
    """Day after day, until the birthday comes."""
    birthday, day = day_of(word), date.fromisoformat(after) + timedelta(days=1)
    while (day.month, day.day) != (birthday.month, birthday.day):
        day += timedelta(days=1)
    return day.strftime("%a")


def _weekday(task: Any, words: Words) -> set[str]:
    return {next_weekday(words[-1], task.after)}


def _others(task: Any, words: Words) -> Words | None:
    """The other students with the weekday of the one listed last, or None before the second listing."""
    if "?" not in words or words[-1] == "?":
        return None
    students = words[: words.index("?")]
    seat = len(words) - len(students) - 2
    assert words[-1] == students[seat]
    mine = next_weekday(words[-1], task.after)
    return [s for i, s in enumerate(students) if i != seat and next_weekday(s, task.after) == mine]


def _match(task: Any, words: Words) -> set[str]:
    others = _others(task, words)
    return set() if others is None else set(others) or {"none"}


def _count(task: Any, words: Words) -> set[str]:
    others = _others(task, words)
    return set() if others is None else {str(len(others))}


def _mondays(task: Any, words: Words) -> set[str]:
    if words[-1] != "?":
        return set()
    return {str(sum(next_weekday(student, task.after) == "Mon" for student in words[:-1]))}


def _latest(task: Any, words: Words) -> set[str]:
    return {max(words, key=day_of)}


def _apart(task: Any, words: Words) -> set[str]:
    if words[-1] != "?":
        return set()
    days = [day_of(word) for word in words[:-1]]
    parts = [days[seat : seat + task.window] for seat in range(len(days) - task.window + 1)]
    spreads = [max(part) - min(part) for part in parts]
    return {f"seat {seat + 1}" for seat, spread in enumerate(spreads) if spread == max(spreads)}


REFERENCES: dict[str, Callable[[Any, Words], set[str]]] = {
    "any_b": _any_b,
    "copy": _copy,
    "parity": _parity,
    "dyck": _dyck,
    "recall": _recall,
    "mqar": _mqar,
    "weekday": _weekday,
    "match": _match,
    "count": _count,
    "mondays": _mondays,
    "latest": _latest,
    "apart": _apart,
}
