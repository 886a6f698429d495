"""Rules against loops over integers; what `visible` hides against a loop over rows."""

import doctest

import pytest
import torch
from torch import Tensor

from quatrain import masks
from quatrain.errors import ConfigError, ShapeError
from quatrain.masks import MaskRule, after, all_of, any_of, before, causal, everything, visible, within

RULES = {
    "everything": (everything, lambda q, k: True),
    "causal": (causal, lambda q, k: k <= q),
    "before": (before, lambda q, k: k < q),
    "after": (after, lambda q, k: k > q),
    "within": (within(3), lambda q, k: abs(q - k) <= 2),
    "look back": (all_of(causal, within(3)), lambda q, k: k in (q - 2, q - 1, q)),
    "all of none": (all_of(), lambda q, k: True),
    "any of none": (any_of(), lambda q, k: False),
    "any": (any_of(before, after), lambda q, k: q != k),
}


def over(rule: MaskRule, q: range, k: range) -> Tensor:
    return rule(torch.tensor(list(q))[:, None], torch.tensor(list(k))[None, :])


@pytest.mark.parametrize("name", RULES)
def test_a_rule_says_the_same_as_a_loop(name):
    rule, definition = RULES[name]
    q, k = range(2, 7), range(9)
    seen = over(rule, q, k)
    assert seen.dtype == torch.bool
    assert seen.tolist() == [[definition(i, j) for j in k] for i in q]


def test_the_example_of_the_module_runs():
    assert doctest.testmod(masks).failed == 0
    assert doctest.testmod(masks).attempted == 3


def test_window_of_one_sees_only_itself():
    assert torch.equal(over(within(1), range(4), range(4)), torch.eye(4, dtype=torch.bool))


@pytest.mark.parametrize("width", [0, -2])
def test_a_window_that_hides_everything_is_refused(width):
    with pytest.raises(ConfigError, match=f"window={width} would hide everything. Give at least 1"):
        within(width)


def test_a_cached_decode_asks_the_same_question_as_a_whole_pass():
    rule, here = all_of(causal, within(3)), torch.arange(8).expand(2, 8)
    whole = visible(rule, here, here)
    for first in range(8):
        assert torch.equal(visible(rule, here[:, first:], here), whole[:, first:])


def test_padding_and_other_documents_are_hidden():
    generator = torch.Generator().manual_seed(0)
    q, k = torch.randint(-1, 5, (3, 4), generator=generator), torch.randint(-1, 5, (3, 6), generator=generator)
    q_documents = torch.randint(1, 3, (3, 4), generator=generator)
    k_documents = torch.randint(1, 3, (3, 6), generator=generator)
    seen = visible(causal, q, k, q_documents, k_documents)
    assert seen.shape == (3, 4, 6)
    assert seen.any()
    for b in range(3):
        for t in range(4):
            for s in range(6):
                same = q_documents[b, t] == k_documents[b, s]
                assert seen[b, t, s] == bool(0 <= k[b, s] <= q[b, t] and same)


def test_without_documents_only_padding_is_hidden():
    k = torch.tensor([[-1, -1, 0, 1, 2]])
    assert visible(everything, k[:, 2:], k).tolist() == [[[False, False, True, True, True]] * 3]


def test_documents_of_one_side_only_are_refused():
    here = torch.arange(3)[None]
    with pytest.raises(ShapeError, match=r"q_documents is given without k_documents\. Give both"):
        visible(causal, here, here, q_documents=here)
    with pytest.raises(ShapeError, match=r"k_documents is given without q_documents\. Give both"):
        visible(causal, here, here, k_documents=here)
