"""Reading both ways against torch's bidirectional cells."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from quatrain.errors import ConfigError
from quatrain.mixers import (
    AttentionConfig,
    BothWays,
    BothWaysConfig,
    ConvolutionConfig,
    CycleConfig,
    GRUConfig,
    HyenaConfig,
    LSTMConfig,
    MixerConfig,
    PointwiseConfig,
    RNNConfig,
)
from quatrain.mixers.recurrent import RecurrentConfig

KINDS: list[tuple[type[RecurrentConfig], type[nn.RNNBase]]] = [
    (LSTMConfig, nn.LSTM),
    (GRUConfig, nn.GRU),
    (RNNConfig, nn.RNN),
]


def random(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def pair(config: type[RecurrentConfig], torchs: type[nn.RNNBase]) -> tuple[BothWays, nn.RNNBase]:
    """Ours of width 6 in all, and torch's with its weights."""
    torch.manual_seed(0)
    ours = config(d_hidden=6, causal=False).build(5).double()
    oracle = torchs(5, 3, batch_first=True, bidirectional=True).double()
    with torch.no_grad():
        for name, weight in ours.forth.cell.named_parameters():
            oracle.get_parameter(name).copy_(weight)
        for name, weight in ours.back.cell.named_parameters():
            oracle.get_parameter(f"{name}_reverse").copy_(weight)
    return ours, oracle


@pytest.mark.parametrize(("config", "torchs"), KINDS, ids=["lstm", "gru", "rnn"])
def test_it_is_torchs_bidirectional_layer_and_a_projection_padded_or_not(
    config: type[RecurrentConfig], torchs: type[nn.RNNBase]
) -> None:
    ours, oracle = pair(config, torchs)
    projection = torch.cat([ours.forth.out_proj.weight, ours.back.out_proj.weight], dim=1)
    x, other = random(3, 7, 5).requires_grad_(), random(3, 7, 5).requires_grad_()
    torch.testing.assert_close(ours(x), oracle(x)[0] @ projection.T, rtol=0, atol=1e-13)
    lengths = torch.tensor([7, 4, 2])
    mask = torch.arange(7) < lengths[:, None]
    packed, _ = oracle(pack_padded_sequence(other, lengths, batch_first=True))
    expected = pad_packed_sequence(packed, batch_first=True)[0] @ projection.T
    y = ours(x, mask)
    torch.testing.assert_close(y[mask], expected[mask], rtol=0, atol=1e-13)
    y[mask].square().sum().backward()
    expected[mask].square().sum().backward()
    torch.testing.assert_close(x.grad, other.grad, rtol=0, atol=1e-12)
    for name, weight in ours.back.cell.named_parameters():
        gradient = oracle.get_parameter(f"{name}_reverse").grad
        torch.testing.assert_close(weight.grad, gradient, rtol=0, atol=1e-12)


def test_both_directions_have_half_the_width_each() -> None:
    mixer = LSTMConfig(causal=False).build(8)
    assert isinstance(mixer, BothWays)
    assert (mixer.forth.cell.hidden_size, mixer.back.cell.hidden_size) == (4, 4)
    with pytest.raises(ConfigError, match=r"d_hidden=5 cannot be shared by two directions\. Make it even"):
        LSTMConfig(d_hidden=5, causal=False).build(8)


@pytest.mark.parametrize(
    ("mixer", "ahead"),
    [
        (AttentionConfig(), AttentionConfig(causal=False)),
        (LSTMConfig(d_hidden=4), LSTMConfig(d_hidden=4, causal=False)),
        (HyenaConfig(), BothWaysConfig(mixer=HyenaConfig())),
        (PointwiseConfig(), PointwiseConfig()),
        (
            CycleConfig(mixers=(ConvolutionConfig(), HyenaConfig())),
            CycleConfig(mixers=(ConvolutionConfig(causal=False), BothWaysConfig(mixer=HyenaConfig()))),
        ),
    ],
    ids=lambda config: config.kind,
)
def test_every_mixer_has_one_that_sees_the_whole_sequence(mixer: MixerConfig, ahead: MixerConfig) -> None:
    assert mixer.ahead() == ahead


@pytest.mark.parametrize("mixer", [AttentionConfig(), ConvolutionConfig(causal=False)], ids=["attention", "ahead"])
def test_what_need_not_be_turned_round_is_refused(mixer: MixerConfig) -> None:
    with pytest.raises(ConfigError, match=f"both_ways: {mixer.kind} already looks both ways, or can"):
        BothWaysConfig(mixer=mixer).build(16)
