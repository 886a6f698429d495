"""Convolution against its definition in loops, against torch's, and the reach of a stack."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from quatrain.errors import ConfigError
from quatrain.mixers import Convolution, ConvolutionConfig
from quatrain.mixers.convolution import DepthwiseFilter
from quatrain.models import CausalLMConfig

SETTINGS = [
    {},
    {"width": 3, "dilation": 2, "gated": False},
    {"width": 3, "dilation": 2, "causal": False},
    {"width": 4, "dilation": 2, "causal": False, "depthwise": False},
    {"width": 2, "dilation": 3, "depthwise": False, "gated": False},
]
every_setting = pytest.mark.parametrize("settings", SETTINGS, ids=str)


def built(d_model: int = 3, **settings: object) -> Convolution:
    torch.manual_seed(0)
    return ConvolutionConfig.from_dict(settings).build(d_model).double()


def random(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def loops(mixer: Convolution, x: np.ndarray, settings: dict[str, object]) -> np.ndarray:
    """The definition: a sum over taps, each at its distance; what lies outside is zero."""
    width, dilation = mixer.filter.width, mixer.filter.dilation
    newest = 0 if settings.get("causal", True) else (width - 1) // 2
    weights = {name: weight.detach().numpy() for name, weight in mixer.named_parameters()}
    kernel = weights.get("filter.kernel.weight", weights.get("filter.kernel"))
    u = x @ weights["in_proj.weight"].T if "in_proj.weight" in weights else x
    filtered = np.zeros((*x.shape[:2], len(kernel)))
    for t in range(x.shape[1]):
        for i in range(width):
            at = t + (newest - (width - 1 - i)) * dilation
            if 0 <= at < x.shape[1]:
                tap = kernel[:, 0, i] * u[:, at] if kernel.ndim == 3 else u[:, at] @ np.split(kernel, width, 1)[i].T
                filtered[:, t] += tap
    if settings.get("gated", True):
        value, gate = np.split(filtered, 2, axis=2)
        filtered = value / (1 + np.exp(-gate))
    return filtered @ weights["out_proj.weight"].T


@every_setting
def test_it_is_the_definition_in_loops(settings: dict[str, object]) -> None:
    mixer, x = built(**settings), random(2, 11, 3)
    np.testing.assert_allclose(mixer(x).detach().numpy(), loops(mixer, x.numpy(), settings), rtol=0, atol=1e-13)


@every_setting
def test_its_gradients_are_finite_differences(settings: dict[str, object]) -> None:
    mixer, x = built(**settings), random(1, 7, 3).requires_grad_()
    assert torch.autograd.gradcheck(lambda x, *_: mixer(x), (x, *mixer.parameters()))


def test_a_full_filter_is_torchs_conv1d_with_its_gradients() -> None:
    mixer, x = built(width=3, dilation=2, depthwise=False, gated=False), random(2, 9, 3).requires_grad_()
    oracle = nn.Conv1d(3, 3, 3, dilation=2, padding=4, bias=False).double()
    kernel, _ = mixer.parameters()
    with torch.no_grad():
        oracle.weight.copy_(kernel.unflatten(1, (3, 3)).transpose(1, 2))
    y, expected = mixer(x), oracle(x.transpose(1, 2))[..., :9].transpose(1, 2) @ mixer.out_proj.weight.T
    torch.testing.assert_close(y, expected, rtol=0, atol=1e-14)
    (gradient,) = torch.autograd.grad(y.square().sum(), kernel)
    (other,) = torch.autograd.grad(expected.square().sum(), oracle.weight)
    torch.testing.assert_close(gradient.unflatten(1, (3, 3)).transpose(1, 2), other, rtol=0, atol=1e-13)


@pytest.mark.parametrize(("width", "before", "behind"), [(3, 2, 2), (4, 4, 2), (1, 0, 0)])
def test_a_centred_filter_reads_on_both_sides(width: int, before: int, behind: int) -> None:
    mixer, x = built(width=width, dilation=2, causal=False), random(1, 12, 3)
    other = x.clone()
    other[0, 6] += 1
    changed = (mixer(x) != mixer(other)).any(dim=2)[0].nonzero().flatten().tolist()
    assert changed == list(range(6 - behind, 6 + before + 1, 2))
    assert mixer.reach == before


def test_a_stack_of_six_sees_189_positions_back() -> None:
    config = CausalLMConfig(vocab_size=5, d_model=4, n_layers=6, mixer=ConvolutionConfig(), max_seq_len=None)
    dilations = [block.mixer.filter.dilation for block in config.build().stack()]  # type: ignore[union-attr]
    assert dilations == [1, 2, 4, 8, 16, 32]
    assert config.build().reach == 189


def test_a_growing_dilation_starts_again_after_ten_layers() -> None:
    config = ConvolutionConfig(dilation=3)
    assert [config.at(layer).dilation for layer in (0, 9, 10, 11)] == [3, 1536, 3, 6]
    assert ConvolutionConfig(dilation=3, dilation_growth=1).at(7).dilation == 3
    assert config.at(4).at(4) == config.at(4)


def test_a_depthwise_filter_keeps_the_scale_at_the_start() -> None:
    torch.manual_seed(0)
    y = DepthwiseFilter(64, 4, 1)(torch.randn(2, 200, 64))
    assert y.std().item() == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("settings", [{"depthwise": False}, {}], ids=str)
def test_cost_is_what_torch_counts(settings: dict[str, object]) -> None:
    mixer = built(**settings)
    with FlopCounterMode(display=False) as counter:
        mixer(random(1, 8, 3))
    assert mixer.flops(8) == counter.get_total_flops()


def test_the_state_is_the_last_inputs_of_the_filter() -> None:
    mixer = built(width=4, dilation=2)
    assert mixer.init_state(2).shape == (2, 6, 6)
    assert mixer.state_size(0) == mixer.state_size(999) == 6 * 6 * 8


def test_halves_are_named_to_the_optimiser_as_matrices_of_their_own() -> None:
    assert built().in_proj.weight.fused == (3, 3)
    assert built(depthwise=False).filter.kernel.weight.fused == (3, 3)


@pytest.mark.parametrize("name", ["width", "dilation", "dilation_growth"])
def test_impossible_settings_are_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name}=0 must be at least 1"):
        ConvolutionConfig.from_dict({name: 0})
