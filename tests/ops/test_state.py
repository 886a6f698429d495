"""States: rows chosen, what rows share left where it is."""

from __future__ import annotations

from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from quatrain.ops.state import Shared, compact, map_state, select_rows, state_bytes


class Pair(NamedTuple):
    one: Tensor
    other: Tensor | None


def tree(owner: list[int]) -> tuple[Pair, dict[str, Shared]]:
    own = Pair(torch.arange(len(owner) * 2.0).view(-1, 2), None)
    return own, {"sources": Shared.among((torch.arange(6.0).view(3, 2),), torch.tensor(owner))}


def test_rows_are_chosen_in_every_part_and_shared_values_stay() -> None:
    state = tree([0, 1, 2])
    own, rest = select_rows(state, torch.tensor([2, 0, 2]))
    assert own.one.tolist() == [[4.0, 5.0], [0.0, 1.0], [4.0, 5.0]]
    assert own.other is None
    assert rest["sources"].owner.tolist() == [2, 0, 2]
    assert rest["sources"].values is state[1]["sources"].values


@pytest.mark.parametrize(
    ("owner", "rows_each"),
    [
        ([0, 1, 2], 1),
        ([0, 0, 1, 1, 2, 2], 2),
        ([0, 0, 1, 1], None),
        ([0, 2, 1], None),
        ([], None),
        ([0, 1, 2] * 2, None),
    ],
    ids=str,
)
def test_it_is_known_whether_rows_stand_side_by_side(owner: list[int], rows_each: int | None) -> None:
    shared = Shared.among(torch.zeros(3, 2), torch.tensor(owner, dtype=torch.long))
    assert shared.rows_each == rows_each


def test_what_no_row_reads_is_let_go() -> None:
    _, rest = compact(select_rows(tree([0, 0, 1, 1, 2, 2]), torch.tensor([4, 5, 0, 1])))
    shared = rest["sources"]
    assert shared.values[0].tolist() == [[0.0, 1.0], [4.0, 5.0]]
    assert shared.owner.tolist() == [1, 1, 0, 0]
    assert shared.spread()[0].tolist() == [[4.0, 5.0]] * 2 + [[0.0, 1.0]] * 2
    assert compact(rest)["sources"] is shared


def test_bytes_of_shared_values_are_counted_once() -> None:
    own, rest = tree([0, 0, 1, 1, 2, 2])
    assert state_bytes(own) == 12 * 4
    assert state_bytes(rest) == 6 * 4 + 6 * 8


def test_a_function_reaches_every_tensor() -> None:
    _, rest = map_state(lambda part: part + 1, tree([0, 1]))
    assert rest["sources"].owner.tolist() == [1, 2]
    assert rest["sources"].values[0].tolist() == [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
