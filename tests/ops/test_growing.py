"""What grows is a value: nothing that is done to it changes it, or what came from it before."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from quatrain.ops.growing import SPARE, Growing
from quatrain.ops.state import map_state, select_rows, state_bytes


def drawn(n: int, seed: int, batch: int = 3) -> Tensor:
    return torch.randn(batch, 2, n, 4, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("seed", range(20))
def test_any_order_of_operations_gives_what_copies_would_give(seed: int) -> None:
    """Grown, cropped and reordered at random from values at random, beside the same done with plain tensors."""
    draws = torch.Generator().manual_seed(seed)
    made = [(Growing.of(drawn(0, 0)), drawn(0, 0))]

    def below(n: int) -> int:
        return int(torch.randint(n, (), generator=draws))

    with torch.no_grad():
        for step in range(60):
            ours, plain = made[-1 - below(min(3, len(made)))]
            choice = below(8)
            if choice == 0:
                n = below(5)
                ours, plain = ours.last(n), plain[:, :, max(plain.shape[2] - n, 0) :]
            elif choice == 1:
                rows = torch.randint(len(plain), (3,), generator=draws)
                ours, plain = ours.select(rows), plain[rows]
            else:
                new = drawn(1 + below(3), seed=step)
                ours, plain = ours.grown(new), torch.cat([plain, new], dim=2)
            made.append((ours, plain))
            assert len(ours) == plain.shape[2]
            for one, other in made:
                assert torch.equal(one.tensor, other)


def test_a_step_writes_behind_the_end_and_copies_nothing() -> None:
    with torch.no_grad():
        past = Growing.of(drawn(5, 0)).grown(drawn(1, 1))
        held = past.tensor
        for step in range(SPARE - 1):
            past = past.grown(drawn(1, step))
            assert past.tensor.data_ptr() == held.data_ptr()


def test_what_grows_twice_from_the_same_past_is_two() -> None:
    with torch.no_grad():
        past = Growing.of(drawn(2, 0)).grown(drawn(1, 1))
        one, other = past.grown(drawn(1, 2)), past.grown(drawn(1, 3))
    assert torch.equal(one.tensor[:, :, 3:], drawn(1, 2))
    assert torch.equal(other.tensor[:, :, 3:], drawn(1, 3))
    assert len(past) == 3


def test_reordered_rows_keep_the_room_that_was_left() -> None:
    with torch.no_grad():
        past = Growing.of(drawn(2, 0)).grown(drawn(1, 1)).select(torch.tensor([2, 0]))
        held = past.tensor.data_ptr()
        past = past.grown(drawn(1, 2, batch=2))
    assert past.tensor.data_ptr() == held


def test_gradients_pass_through_what_has_grown() -> None:
    steps = [drawn(1, seed).requires_grad_() for seed in range(4)]
    past = Growing.of(drawn(0, 0))
    for step in steps:
        past = past.grown(step)
    (past.tensor * torch.arange(1.0, 5)[:, None]).sum().backward()
    for weight, step in zip(itertools.count(1), steps, strict=False):
        assert torch.equal(step.grad, torch.full_like(step, weight))


def test_a_past_from_inference_mode_can_grow_outside_of_it() -> None:
    with torch.inference_mode():
        past = Growing.of(drawn(2, 0)).grown(drawn(1, 1))
    with torch.no_grad():
        longer = past.grown(drawn(1, 2))
    assert torch.equal(longer.tensor, torch.cat([drawn(2, 0), drawn(1, 1), drawn(1, 2)], dim=2))


def test_it_is_a_part_of_a_state() -> None:
    with torch.no_grad():
        state = {"past": Growing.of(drawn(2, 0)).grown(drawn(1, 1)), "n": torch.zeros(3, dtype=torch.long)}
    assert state_bytes(state) == 4 * 3 * 2 * 3 * 4 + 8 * 3  # what is held, without room
    chosen = select_rows(state, torch.tensor([1]))
    assert torch.equal(chosen["past"].tensor, state["past"].tensor[1:2])
    assert torch.equal(map_state(torch.neg, state)["past"].tensor, -state["past"].tensor)
