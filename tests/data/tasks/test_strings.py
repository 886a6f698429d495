from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from quatrain.data.tasks import AnyB, Copy, Parity

from .references import allowed, words_of


def test_half_of_the_strings_have_one_b_and_it_stands_anywhere() -> None:
    task = AnyB(min_len=5, max_len=5)
    examples = task.draw(20_000, np.random.default_rng(0))
    place = task.place_of_b(examples.tokens)
    assert set((examples.tokens == 2).sum(1).tolist()) == {0, 1}
    shares = np.bincount(place.numpy() + 1) / 20_000
    np.testing.assert_allclose(shares, [0.5, *[0.1] * 5], atol=0.015)


def test_all_lengths_come_equally_often() -> None:
    task = AnyB(min_len=3, max_len=6)
    lengths = (task.draw(20_000, np.random.default_rng(0)).tokens != 0).sum(1)
    np.testing.assert_allclose(np.bincount(lengths.numpy()) / 20_000, [0, 0, 0, 0.25, 0.25, 0.25, 0.25], atol=0.015)


def test_any_b_is_graded_at_the_last_letter() -> None:
    task = AnyB(min_len=2, max_len=7)
    examples = task.draw(50, np.random.default_rng(0))
    for tokens, graded in zip(examples.tokens, examples.graded, strict=True):
        assert graded.nonzero().flatten().tolist() == [len(words_of(task, tokens)) - 1]


@pytest.mark.parametrize(("order", "rounded"), [(2, 0.496), (3, 0.246), (5, 0.0586)])
def test_an_ngram_fails_where_every_b_has_left_its_window(order: int, rounded: float) -> None:
    """Of the 256 strings of eight letters, those with a B, but none among the last order - 1 letters."""
    task, length = AnyB(), 8
    strings = [list(letters) for letters in product("AB", repeat=length)]
    failures = sum(allowed(task, letters) != allowed(task, letters[1 - order :]) for letters in strings)
    assert failures / 2**length == (2 ** (length - order + 1) - 1) / 2**length
    assert failures / 2**length == pytest.approx(rounded, abs=5e-4)


def test_a_copy_is_read_once_and_said_once() -> None:
    task = Copy(min_len=3, max_len=3, n_letters=4)
    examples = task.draw(1, np.random.default_rng(2))
    a, b, c, bar, *said = task.show(examples.tokens[0], examples.targets[0]).split()
    assert [bar, *said] == [f"|→{a}", f"{a}→{b}", f"{b}→{c}"]
    assert examples.graded.tolist() == [[False, False, False, True, True, True]]


def test_bits_are_fair() -> None:
    examples = Parity(min_len=10, max_len=10).draw(2000, np.random.default_rng(0))
    assert float((examples.tokens == 2).double().mean()) == pytest.approx(0.5, abs=0.015)
