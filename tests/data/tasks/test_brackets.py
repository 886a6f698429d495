from __future__ import annotations

from collections import Counter
from itertools import product
from math import prod

import numpy as np
import pytest
import torch

from quatrain.data.tasks import Dyck, Examples

from .references import PAIRS, open_brackets, words_of

N_PATHS = {1: [1, 1, 1, 1], 2: [1, 2, 4, 8], 3: [1, 2, 5, 13], 4: [1, 2, 5, 14]}
"""Dyck paths of 2, 4, 6 and 8 steps that stay within a height: by depth."""


def members(k: int, depth: int, length: int) -> list[str]:
    """All well-nested strings of a length, found by trying all strings."""
    alphabet = "".join(opener + closer for opener, closer in list(PAIRS.items())[:k])
    return ["".join(letters) for letters in product(alphabet, repeat=length) if _is_member(letters, depth)]


def _is_member(letters: tuple[str, ...], depth: int) -> bool:
    stack: list[str] = []
    for letter in letters:
        if letter in PAIRS:
            stack.append(letter)
        elif not stack or PAIRS[stack.pop()] != letter:
            return False
        if len(stack) > depth:
            return False
    return not stack


def drawn(task: Dyck, n: int) -> Counter[str]:
    examples = task.draw(n, np.random.default_rng(0))
    return Counter("".join(words_of(task, row)).removeprefix("start") for row in examples.tokens)


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize(("k", "length"), [(1, 8), (2, 4), (2, 6), (3, 4)])
def test_all_members_are_drawn_and_nothing_else(k: int, depth: int, length: int) -> None:
    expected = members(k, depth, length)
    assert len(expected) == k ** (length // 2) * N_PATHS[depth][length // 2 - 1]
    assert set(drawn(Dyck(k=k, depth=depth, min_len=length, max_len=length), 6000)) == set(expected)


@pytest.mark.parametrize(("min_len", "max_len"), [(1, 6), (4, 6), (3, 5)])
def test_strings_come_as_often_as_the_paper_draws_them(min_len: int, max_len: int) -> None:
    """Each move's probability, multiplied along every member; what is too long is left out."""
    task, n = Dyck(k=2, depth=2, min_len=min_len, max_len=max_len), 20_000
    weights = {
        text: prod(_moves(text, task))
        for length in range(min_len, max_len + 1)
        for text in members(task.k, task.depth, length)
    }
    counts, total = drawn(task, n), sum(weights.values())
    assert set(counts) == set(weights)
    for text, weight in weights.items():
        share = weight / total
        assert counts[text] / n == pytest.approx(share, abs=4.5 * (share * (1 - share) / n) ** 0.5)


def _moves(text: str, task: Dyck) -> list[float]:
    probabilities = []
    for t in range(len(text) + 1):
        depth, ends, opens = len(open_brackets(list(text[:t]))), t == len(text), text[t : t + 1] in PAIRS
        if depth == 0:
            end = 0.5 if t >= task.min_len else 0.0
            probabilities.append(end if ends else (1 - end) / task.k)
        elif depth == task.depth:
            probabilities.append(1.0)
        else:
            probabilities.append(0.5 / task.k if opens else 0.5)
    return probabilities


def test_the_innermost_open_bracket_is_the_top_of_the_stack() -> None:
    task = Dyck(k=4, depth=5, max_len=30)
    examples = task.draw(40, np.random.default_rng(0))
    for tokens, types, graded in zip(examples.tokens, task.innermost(examples.tokens), examples.graded, strict=True):
        words = words_of(task, tokens)
        stacks = [open_brackets(words[: t + 1]) for t in range(len(words))]
        assert types[: len(words)].tolist() == [list(PAIRS).index(s[-1]) if s else -1 for s in stacks]
        assert graded.nonzero().flatten().tolist() == [t for t, s in enumerate(stacks) if s]


def test_long_deep_strings_end_in_time() -> None:
    task = Dyck(k=8, depth=10, min_len=701, max_len=1400)
    examples = task.draw(8, np.random.default_rng(0))
    lengths = (examples.tokens != 0).sum(1) - 1
    assert ((lengths >= 701) & (lengths <= 1400) & (lengths % 2 == 0)).all()
    assert int(((examples.targets == 2).sum(1) == 1).sum()) == 8


def test_more_types_than_are_drawn_are_numbered() -> None:
    assert Dyck(k=5).vocabulary[3:] == ("(", "[", "{", "<", "(5", ")", "]", "}", ">", ")5")


@pytest.mark.parametrize(("held", "right"), [(0.79, False), (0.81, True)])
def test_the_right_closer_must_hold_four_fifths_of_all_closers(held: float, right: bool) -> None:
    task = Dyck(k=3, depth=2, min_len=2, max_len=2)
    tokens = torch.tensor([[1, 3, 6]])  # start ( )
    examples = Examples(tokens, torch.tensor([[3, 6, 2]]), torch.tensor([[False, True, False]]))
    chances = torch.tensor([0.0, 0.0, 0.1, 0.2, 0.1, 0.1, 0.5 * held, 0.5 * (1 - held), 0.0])
    logits = chances.log().clamp(min=-50).expand(1, 3, -1)  # openers and the end hold half and do not matter
    assert task.grade(examples, logits).tolist() == [float(right)]


def test_the_papers_average_is_over_positions() -> None:
    task = Dyck(k=2, depth=3, max_len=10)
    examples = task.draw(50, np.random.default_rng(0))
    always_round = torch.zeros(*examples.tokens.shape, task.vocab_size)
    always_round[..., 5] = 30.0
    hits = [
        open_brackets(words[: t + 1])[-1] == "("
        for words in (words_of(task, row) for row in examples.tokens)
        for t in range(len(words))
        if open_brackets(words[: t + 1])
    ]
    average = task.right(examples, always_round)[examples.graded].double().mean()
    assert float(average) == pytest.approx(sum(hits) / len(hits))
