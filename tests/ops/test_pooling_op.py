"""Running weighted means against the sum they stand for."""

from __future__ import annotations

import pytest
import torch

from quatrain.ops.pooling import CHUNK, join_means, lowest, running_mean


def random(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("seq_len", [1, CHUNK, CHUNK + 1, CHUNK * CHUNK + 3])
def test_every_position_has_the_softmax_mean_of_its_past_with_its_gradients(seq_len: int) -> None:
    scores, values = random(2, seq_len, 1).requires_grad_(), random(2, seq_len, 3, seed=2).requires_grad_()
    ours = running_mean(scores, values)
    sums, means = zip(
        *((scores[:, : t + 1].logsumexp(1), (scores[:, : t + 1].softmax(1) * values[:, : t + 1]).sum(1))
          for t in range(seq_len)), strict=True
    )  # fmt: skip
    theirs = torch.stack(sums, dim=1), torch.stack(means, dim=1)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-13)
    weights = random(2, seq_len, 3, seed=3)
    for one, other in zip(
        torch.autograd.grad((ours[1] * weights).sum(), (scores, values)),
        torch.autograd.grad((theirs[1] * weights).sum(), (scores, values)),
        strict=True,
    ):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


def test_scores_far_apart_neither_overflow_nor_wipe_out_what_came_before_them() -> None:
    scores = torch.tensor([-1e4, 0.0, 1e4, 0.0]).repeat_interleave(CHUNK).view(1, -1, 1)
    values = torch.arange(4.0).repeat_interleave(CHUNK).view(1, -1, 1)
    _, means = running_mean(scores, values)
    expected = [0.0] * CHUNK + [1.0] * CHUNK + [2.0] * (2 * CHUNK)
    torch.testing.assert_close(means.flatten(), torch.tensor(expected), rtol=0, atol=1e-6)


def test_a_mean_of_ten_thousand_float32_numbers_keeps_its_digits() -> None:
    values = torch.rand(1, 10_000, 1, generator=torch.Generator().manual_seed(0)) + 100
    _, means = running_mean(torch.zeros(1, 10_000, 1), values)
    assert means[0, -1, 0].item() == pytest.approx(values.double().mean().item(), rel=1e-6)


def test_two_means_join_by_the_weights_they_hold() -> None:
    three, one = torch.tensor([3.0]).log(), torch.tensor([1.0]).log()
    score, mean = join_means(three, torch.tensor([2.0]), one, torch.tensor([6.0]))
    assert score.exp().item() == pytest.approx(4.0)
    assert mean.item() == pytest.approx(3.0)


def test_nothing_changes_no_mean() -> None:
    nothing = torch.tensor([lowest(torch.float32)])
    score, mean = join_means(torch.tensor([-50.0]), torch.tensor([2.0]), nothing, torch.tensor([0.0]))
    assert (score.item(), mean.item()) == (-50.0, 2.0)
