"""Tiny random encoder-decoders of `transformers`."""

from __future__ import annotations

import math
from typing import Any

import torch
from transformers import (
    MarianConfig,
    MarianMTModel,
    PegasusConfig,
    PegasusForConditionalGeneration,
    T5Config,
    T5ForConditionalGeneration,
)

from .sizes import VOCAB

MARIAN_SIZES = {
    "d_model": 24,
    "encoder_layers": 2,
    "decoder_layers": 3,
    "encoder_attention_heads": 3,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 20,
    "decoder_ffn_dim": 28,
    "max_position_embeddings": 17,
    "vocab_size": VOCAB,
    "eos_token_id": 0,
}
OURS = {"pad_token_id": 0, "decoder_start_token_id": 0}
"""A target starts, as ours do, with the token that ends one."""
LAST = {"pad_token_id": VOCAB - 1, "decoder_start_token_id": VOCAB - 1}
"""A target starts with the last token, as Marian's do."""
T5_SIZES = {
    "d_model": 24,
    "d_kv": 10,
    "d_ff": 20,
    "num_layers": 2,
    "num_decoder_layers": 3,
    "num_heads": 3,
    "relative_attention_num_buckets": 8,
    "relative_attention_max_distance": 11,
    "vocab_size": VOCAB,
    "eos_token_id": 0,
    **OURS,
}

PAIR_VARIANTS: dict[str, tuple[type, Any]] = {
    "marian": (MarianMTModel, lambda: MarianConfig(**MARIAN_SIZES, **LAST, scale_embedding=True)),
    "marian-relu-given": (MarianMTModel, lambda: MarianConfig(**MARIAN_SIZES, **OURS, activation_function="relu")),
    "marian-separate": (
        MarianMTModel,
        lambda: MarianConfig(
            **MARIAN_SIZES | {"vocab_size": VOCAB + 4},
            **OURS,
            decoder_vocab_size=VOCAB,
            share_encoder_decoder_embeddings=False,
            activation_function="swish",
        ),
    ),
    "marian-untied": (
        MarianMTModel,
        lambda: MarianConfig(
            **MARIAN_SIZES | {"vocab_size": VOCAB + 4},
            **OURS,
            decoder_vocab_size=VOCAB,
            share_encoder_decoder_embeddings=False,
            tie_word_embeddings=False,
        ),
    ),
    "pegasus": (PegasusForConditionalGeneration, lambda: PegasusConfig(**MARIAN_SIZES, **OURS, scale_embedding=True)),
    "pegasus-start": (
        PegasusForConditionalGeneration,
        lambda: PegasusConfig(**MARIAN_SIZES, pad_token_id=5, decoder_start_token_id=5, activation_function="relu"),
    ),
    "t5": (T5ForConditionalGeneration, lambda: T5Config(**T5_SIZES)),
    "t5-gated-unscaled": (
        T5ForConditionalGeneration,
        lambda: T5Config(**T5_SIZES, feed_forward_proj="gated-gelu", tie_word_embeddings=False),
    ),
    "t5-untied-start": (
        T5ForConditionalGeneration,
        lambda: T5Config(
            **T5_SIZES | {"pad_token_id": 3, "decoder_start_token_id": 3},
            feed_forward_proj="gated-silu",
            tie_word_embeddings=False,
        ),
    ),
}
PAIR_VARIANTS["marian-zero"] = PAIR_VARIANTS["marian"]


def randomise(model: Any) -> None:
    """Draw every weight anew: biases and gains start at 0 and 1, where a swapped pair would not show."""
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(std=0.3)
        if hasattr(model, "final_logits_bias"):
            model.final_logits_bias.normal_()
            place_positions(model)


def start_from_zero(model: Any) -> None:
    """Make the last token what Marian's own conversion makes it: zeros that start targets and are never written."""
    with torch.no_grad():
        model.model.shared.weight[-1] = 0
        model.final_logits_bias[0, -1] = 0
    model.generation_config.bad_words_ids = [[model.config.pad_token_id]]


def untie(model: Any) -> None:
    """Give a T5 a head of its own, which version 5 has no setting for."""
    model.lm_head.weight = torch.nn.Parameter(torch.empty_like(model.lm_head.weight).normal_(std=0.3))


def place_positions(model: Any) -> None:
    """Write sines and cosines in the type of the model: `transformers` rounds them to float32."""
    for stack in (model.model.encoder, model.model.decoder):
        table = stack.embed_positions.weight
        n_positions, d_model = table.shape
        for position in range(n_positions):
            for pair in range(d_model // 2):
                angle = position / 10_000 ** (2 * pair / d_model)
                with torch.no_grad():
                    table[position, pair], table[position, d_model // 2 + pair] = math.sin(angle), math.cos(angle)


CHANGES: dict[str, tuple[Any, ...]] = {"marian-zero": (start_from_zero,), "t5-untied-start": (untie,)}
"""What makes a variant of a model, beyond its config."""
