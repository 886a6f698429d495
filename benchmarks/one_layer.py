"""The mixers as one layer alone, as they are measured by length and token by token."""

from __future__ import annotations

import argparse

import torch
from torch import Tensor

from quatrain.mixers import (
    AttentionConfig,
    ConvolutionConfig,
    GatedDeltaConfig,
    GRUConfig,
    HyenaConfig,
    LinearAttentionConfig,
    LSTMConfig,
    Mixer,
    MixerConfig,
    PoolingConfig,
    RNNConfig,
)

N_HEADS = 4

SETTINGS: dict[str, MixerConfig] = {
    "attention": AttentionConfig(n_heads=N_HEADS),
    "window": AttentionConfig(n_heads=N_HEADS, window=128),
    "rnn": RNNConfig(),
    "lstm": LSTMConfig(),
    "gru": GRUConfig(),
    "conv": ConvolutionConfig(),
    "pool": PoolingConfig(),
    "linear": LinearAttentionConfig(n_heads=N_HEADS),
    "delta": GatedDeltaConfig(n_heads=N_HEADS),
    "hyena": HyenaConfig(order=2),
}


def parsed(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """What was typed, with the options that all measurements of one layer have; torch takes the threads asked for."""
    parser.add_argument("--mixers", nargs="+", choices=SETTINGS, default=list(SETTINGS), help="(default: all)")
    parser.add_argument("--threads", type=int, default=2, help="of torch (default: 2)")
    parser.add_argument("--d-model", type=int, default=256, help="width (default: 256)")
    arguments = parser.parse_args()
    if arguments.threads < 1:
        parser.error(f"--threads {arguments.threads}: give at least 1")
    if arguments.d_model < 1 or arguments.d_model % N_HEADS:
        parser.error(f"--d-model {arguments.d_model}: give a multiple of {N_HEADS}, the number of heads")
    torch.set_num_threads(arguments.threads)
    return arguments


def built(name: str, d_model: int, length: int) -> Mixer:
    """The mixer with the same weights each time; Hyena's filters are as long as the sequence."""
    torch.manual_seed(0)
    settings = SETTINGS[name]
    return (settings.replace(filter_len=length) if isinstance(settings, HyenaConfig) else settings).build(d_model)


def drawn(length: int, d_model: int) -> Tensor:
    """One sequence."""
    return torch.randn(1, length, d_model, generator=torch.Generator().manual_seed(0))
