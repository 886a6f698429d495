"""Norms against their formulas in NumPy and the modules of torch and `transformers`."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from transformers.models.llama.modeling_llama import LlamaRMSNorm

from quatrain.errors import ShapeError
from quatrain.layers.norms import NORMS, BatchNorm, BatchNormConfig, LayerNorm, Norm, RMSNorm


def normal(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    return 3 * torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype) + 2


def shaken(norm: Norm) -> Norm:
    """The norm in float64 with a gain and shift that are not one and zero."""
    norm = norm.double()
    for seed, parameter in enumerate(norm.parameters()):
        parameter.data = normal(*parameter.shape, seed=10 + seed)
    return norm


def by_definition(norm: Norm, x: np.ndarray) -> np.ndarray:
    axes = (0, 1) if isinstance(norm, BatchNorm) else 2
    centred = x if isinstance(norm, RMSNorm) else x - x.mean(axis=axes, keepdims=True)
    y = centred / np.sqrt((centred**2).mean(axis=axes, keepdims=True) + norm.eps)
    y = y if norm.weight is None else y * norm.weight.detach().numpy()
    return y if norm.bias is None else y + norm.bias.detach().numpy()


@pytest.mark.parametrize("kind", NORMS)
@pytest.mark.parametrize("settings", [{}, {"affine": False}, {"eps": 0.5}], ids=str)
def test_a_norm_is_its_formula(kind, settings):
    norm, x = shaken(NORMS[kind].from_dict(settings).build(5)), normal(2, 3, 5)
    assert norm.eps == settings.get("eps", 1e-6 if kind == "rmsnorm" else 1e-5)
    expected = torch.from_numpy(by_definition(norm, x.numpy()))
    torch.testing.assert_close(norm(x), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(LayerNorm, nn.LayerNorm), (RMSNorm, LlamaRMSNorm), (RMSNorm, nn.RMSNorm), (BatchNorm, nn.BatchNorm1d)],
)
def test_a_norm_and_its_gradients_are_those_of_others(ours, theirs):
    norm = shaken(ours(5))
    their = theirs(5, eps=norm.eps).double()
    their.load_state_dict(norm.state_dict(), strict=False)
    x = normal(2, 3, 5).requires_grad_()
    their_x = x.detach().flatten(0, 1).requires_grad_()
    weights = normal(2, 3, 5, seed=1)
    y, their_y = norm(x), their(their_x)
    (y * weights).sum().backward()
    (their_y * weights.flatten(0, 1)).sum().backward()
    # LlamaRMSNorm takes its mean square in float32 whatever it is given
    close = {"rtol": 0, "atol": 2e-5 if theirs is LlamaRMSNorm else 1e-12}
    torch.testing.assert_close(y.flatten(0, 1), their_y.to(y), **close)
    torch.testing.assert_close(x.grad.flatten(0, 1), their_x.grad, **close)
    for name, parameter in norm.named_parameters():
        torch.testing.assert_close(parameter.grad, getattr(their, name).grad, **close)


@pytest.mark.parametrize("kind", NORMS)
@pytest.mark.parametrize("settings", [{}, {"affine": False}], ids=str)
def test_statistics_of_half_precision_are_taken_in_float32(kind, settings):
    norm = NORMS[kind].from_dict(settings).build(64).bfloat16()
    x = (normal(2, 8, 64, dtype=torch.float32) + 100).bfloat16()  # a bfloat16 sum would lose the mean
    assert torch.equal(norm(x), norm.float()(x.float()).bfloat16())


@pytest.mark.parametrize("kind", NORMS)
def test_a_stream_in_half_precision_meets_weights_in_full_without_warning(kind):
    norm, x = NORMS[kind].from_dict({}).build(4), normal(2, 3, 4, dtype=torch.float32)
    assert norm(x.bfloat16()).dtype == torch.bfloat16
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert norm(x).dtype == torch.float32


def test_names_of_parameters_follow_the_settings():
    def names(kind: str, **settings: bool) -> list[str]:
        return [name for name, _ in NORMS[kind].from_dict(settings).build(3).named_parameters()]

    assert names("layernorm") == names("batchnorm") == ["weight", "bias"]
    assert names("layernorm", bias=False) == names("rmsnorm") == ["weight"]
    assert names("layernorm", affine=False) == names("rmsnorm", affine=False) == []


def test_batchnorm_remembers_what_torch_remembers():
    ours, theirs = BatchNorm(5, momentum=0.3).double(), nn.BatchNorm1d(5, momentum=0.3).double()
    for seed in range(3):
        x = normal(2, 3, 5, seed=seed)
        ours(x), theirs(x.flatten(0, 1))
    torch.testing.assert_close(ours.running_mean, theirs.running_mean, rtol=0, atol=1e-12)
    torch.testing.assert_close(ours.running_var, theirs.running_var, rtol=0, atol=1e-12)
    x = normal(2, 3, 5, seed=9)
    expected = theirs.eval()(x.flatten(0, 1)).view_as(x)
    torch.testing.assert_close(ours.eval()(x), expected, rtol=0, atol=1e-12)


def test_batchnorm_leaks_the_future_in_training_and_only_then():
    norm, x = BatchNorm(4).double(), normal(2, 3, 4)
    changed = x.clone()
    changed[1, 2] += 1
    assert (norm(x)[0, 0] - norm(changed)[0, 0]).abs().max() > 1e-3
    norm.eval()
    assert torch.equal(norm(x)[0, 0], norm(changed)[0, 0])


def test_batchnorm_cannot_train_on_one_position():
    norm = BatchNormConfig().build(4)
    with pytest.raises(ShapeError, match=r"batchnorm cannot train on one position: it has no variance\. Use a larger"):
        norm(torch.zeros(1, 1, 4))
    assert norm.eval()(torch.zeros(1, 1, 4)).shape == (1, 1, 4)
