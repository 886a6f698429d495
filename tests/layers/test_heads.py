"""Heads: what a target costs, exactly and by a sample."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from quatrain.errors import ConfigError
from quatrain.layers.heads import HeadConfig, SampledHeadConfig, SampledSoftmaxHead, SoftmaxHead


def text() -> torch.Tensor:
    """Tokens 0..39, low ones frequent."""
    return torch.randint(0, 40, (4000,), generator=torch.Generator().manual_seed(0)).square() // 40


def sampled(n_frequent: int, n_sampled: int) -> SampledSoftmaxHead:
    torch.manual_seed(1)
    head = SampledSoftmaxHead(6, 40, bias=True, n_frequent=n_frequent, n_sampled=n_sampled).double()
    head.observe(text())
    return head


def rows() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(2)
    return torch.randn(30, 6, dtype=torch.float64, generator=generator), text()[:30]


def test_losses_are_cross_entropy_with_or_without_a_gradient() -> None:
    head, (h, targets) = SoftmaxHead(6, 40, bias=False).double(), rows()
    oracle = F.cross_entropy(h @ head.weight.T, targets, reduction="none")
    torch.testing.assert_close(head.losses(h, targets), oracle, rtol=0, atol=1e-14)
    with torch.no_grad():
        torch.testing.assert_close(head.losses(h, targets), oracle, rtol=0, atol=1e-14)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_smoothing_is_torchs_while_training_and_off_in_evaluation(smoothing: float) -> None:
    head, (h, targets) = SoftmaxHead(6, 40, bias=True, label_smoothing=smoothing).double(), rows()
    logits = head(h)
    smoothed = F.cross_entropy(logits, targets, reduction="none", label_smoothing=smoothing)
    torch.testing.assert_close(head.train().losses(h, targets), smoothed, rtol=0, atol=1e-14)
    plain = F.cross_entropy(logits, targets, reduction="none")
    torch.testing.assert_close(head.eval().losses(h, targets), plain, rtol=0, atol=1e-14)


def test_vectors_are_scaled_before_they_become_logits() -> None:
    head, (h, targets) = SoftmaxHead(6, 40, bias=True, scale=0.3).double(), rows()
    torch.testing.assert_close(head(h), 0.3 * h @ head.weight.T + head.bias, rtol=0, atol=1e-14)
    expected = F.cross_entropy(head(h), targets, reduction="none")
    torch.testing.assert_close(head.losses(h, targets), expected, rtol=0, atol=1e-14)
    torch.manual_seed(1)
    sampled = SampledSoftmaxHead(6, 40, bias=False, scale=0.3, n_frequent=40, n_sampled=0).double()
    sampled.observe(text())
    exact = sampled.eval().losses(h, targets)
    torch.testing.assert_close(sampled.train().losses(h, targets), exact, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("config", "message"),
    [(HeadConfig, "label_smoothing=1.0 must lie in"), (SampledHeadConfig, "a sampled head sees a sample")],
)
def test_impossible_smoothing_is_refused(config: type[HeadConfig], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config(label_smoothing=1.0 if config is HeadConfig else 0.1)


def test_the_bias_starts_at_the_log_frequencies() -> None:
    head = sampled(3, 4)
    counts = torch.bincount(text(), minlength=40) + 0.5
    torch.testing.assert_close(head.bias.exp(), counts / counts.sum(), rtol=1e-5, atol=1e-8, check_dtype=False)


def test_a_sample_of_everything_is_the_exact_softmax() -> None:
    head, (h, targets) = sampled(40, 0), rows()
    exact = head.eval().losses(h, targets)
    torch.testing.assert_close(head.train().losses(h, targets), exact, rtol=0, atol=1e-6, check_dtype=False)


def test_the_sampled_loss_is_near_the_exact_one_on_average() -> None:
    head, (h, targets) = sampled(5, 10), rows()
    exact = head.eval().losses(h, targets).mean().item()
    torch.manual_seed(0)
    estimates = torch.stack([head.train().losses(h, targets).mean() for _ in range(300)])
    assert estimates.std() > 0.001  # it is an estimate
    assert estimates.mean().item() == pytest.approx(exact, abs=0.1)  # the logarithm of a small sample is biased


def test_the_sampled_gradient_points_along_the_exact_one() -> None:
    head, (h, targets) = sampled(5, 10), rows()
    h.requires_grad_()
    (exact,) = torch.autograd.grad(head.eval().losses(h, targets).sum(), h)
    torch.manual_seed(0)
    estimates = [torch.autograd.grad(head.train().losses(h, targets).sum(), h)[0] for _ in range(200)]
    mean = torch.stack(estimates).mean(dim=0)
    assert F.cosine_similarity(mean.flatten(), exact.flatten(), dim=0) > 0.99
