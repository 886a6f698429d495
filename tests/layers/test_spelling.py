"""The look of a word."""

from __future__ import annotations

import pytest
import torch

from quatrain.layers.spelling import SORTS, Spelling


def spelled(*words: str, width: int = 8) -> torch.Tensor:
    rows = [[*word.encode()][:width] for word in words]
    return torch.tensor([[row + [0] * (width - len(row)) for row in rows]])


@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_padding_changes_nothing(width: int) -> None:
    torch.manual_seed(0)
    spelling = Spelling(4, 6, width).double()
    short, long = spelling(spelled("Ann", "a", width=3)), spelling(spelled("Ann", "a", width=9))
    torch.testing.assert_close(short, long, rtol=0, atol=1e-12)
    assert short.shape == (1, 2, spelling.d_out)


def test_a_word_without_bytes_is_finite() -> None:
    spelling = Spelling(4, 6, 3)
    out = spelling(spelled("", "Ann"))
    out.sum().backward()
    assert out.isfinite().all()
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in spelling.parameters())


def test_which_sorts_of_characters_stand_where() -> None:
    spelling = Spelling(4, 6, 3)
    looks = spelling(spelled("McD", "2017", "@ann", "é"))[0, :, 6:].reshape(4, 3, len(SORTS)).tolist()
    lower, upper, digit, sign, beyond = range(len(SORTS))
    mcd, year, name, accent = looks
    assert mcd[0][upper] == 1
    assert (mcd[1][lower], mcd[1][upper], mcd[1][digit]) == (1, 1, 0)
    assert mcd[2] == [0, 0, 0, 0, 0]
    assert year[2][digit] == 1
    assert (name[0][sign], name[1][lower]) == (1, 1)
    assert accent[2][beyond] == 1
