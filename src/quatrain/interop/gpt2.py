"""GPT-2 of `transformers`: learned positions, LayerNorm, biases everywhere, weights stored (in, out)."""

from __future__ import annotations

from typing import Any

from quatrain.interop.family import Family, as_kind, read_activation, write_activation
from quatrain.interop.language import LANGUAGE
from quatrain.interop.maps import TRANSPOSED, From, KeyMap
from quatrain.interop.settings import Settings
from quatrain.layers.feedforward import MLPConfig
from quatrain.layers.norms import LayerNormConfig
from quatrain.mixers import AttentionConfig
from quatrain.models import CausalLMConfig
from quatrain.positions import LearnedConfig, NoAttentionConfig

KEY_MAP: KeyMap = {
    "embedding.table.weight": From("transformer.wte.weight"),
    "position.table.weight": From("transformer.wpe.weight"),
    "blocks.{i}.mixer_residual.norm.weight": From("transformer.h.{i}.ln_1.weight"),
    "blocks.{i}.mixer_residual.norm.bias": From("transformer.h.{i}.ln_1.bias"),
    "blocks.{i}.mixer.qkv_proj.weight": From("transformer.h.{i}.attn.c_attn.weight", layout=TRANSPOSED),
    "blocks.{i}.mixer.qkv_proj.bias": From("transformer.h.{i}.attn.c_attn.bias"),
    "blocks.{i}.mixer.out_proj.weight": From("transformer.h.{i}.attn.c_proj.weight", layout=TRANSPOSED),
    "blocks.{i}.mixer.out_proj.bias": From("transformer.h.{i}.attn.c_proj.bias"),
    "blocks.{i}.ffn_residual.norm.weight": From("transformer.h.{i}.ln_2.weight"),
    "blocks.{i}.ffn_residual.norm.bias": From("transformer.h.{i}.ln_2.bias"),
    "blocks.{i}.ffn.up_proj.weight": From("transformer.h.{i}.mlp.c_fc.weight", layout=TRANSPOSED),
    "blocks.{i}.ffn.up_proj.bias": From("transformer.h.{i}.mlp.c_fc.bias"),
    "blocks.{i}.ffn.down_proj.weight": From("transformer.h.{i}.mlp.c_proj.weight", layout=TRANSPOSED),
    "blocks.{i}.ffn.down_proj.bias": From("transformer.h.{i}.mlp.c_proj.bias"),
    "norm.weight": From("transformer.ln_f.weight"),
    "norm.bias": From("transformer.ln_f.bias"),
    "lm_head.weight": From("lm_head.weight"),
}


def _read(settings: Settings) -> CausalLMConfig:
    settings.insist("scale_attn_weights", True)
    settings.insist("scale_attn_by_inverse_layer_idx", False)
    settings.insist("add_cross_attention", False)
    d_model = settings.take("n_embd", int)
    return CausalLMConfig(
        vocab_size=settings.take("vocab_size", int),
        d_model=d_model,
        n_layers=settings.take("n_layer", int),
        max_seq_len=settings.take("n_positions", int),
        mixer=AttentionConfig(n_heads=settings.take("n_head", int), position=NoAttentionConfig(), bias=True),
        ffn=MLPConfig(
            d_ff=settings.take("n_inner", int, 4 * d_model),
            activation=read_activation(settings, "activation_function", "gelu_new"),
            bias=True,
        ),
        norm=LayerNormConfig(eps=settings.take("layer_norm_epsilon", float, 1e-5)),
        position=LearnedConfig(),
        tied=settings.take("tie_word_embeddings", bool, True),
        init_std=settings.take("initializer_range", float, 0.02),
    )


def _write(config: CausalLMConfig) -> dict[str, Any]:
    mixer = as_kind(config.mixer, AttentionConfig)
    return {
        "vocab_size": config.vocab_size,
        "n_embd": config.d_model,
        "n_layer": config.n_layers,
        "n_head": mixer.n_heads,
        "n_positions": config.max_seq_len or 1024,
        "n_inner": config.ffn.d_ff,
        "activation_function": write_activation(config.ffn.activation),
        "layer_norm_epsilon": as_kind(config.norm, LayerNormConfig).eps,
        "tie_word_embeddings": config.tied,
        "initializer_range": config.init_std,
        "embd_pdrop": 0.0,
        "resid_pdrop": 0.0,
        "attn_pdrop": 0.0,
    }


GPT2 = Family(
    model_type="gpt2",
    architecture="GPT2LMHeadModel",
    kind=LANGUAGE,
    prefix="transformer.",
    key_map=lambda _: KEY_MAP,
    copies=lambda config: {"lm_head.weight": "transformer.wte.weight"} if config.tied else {},
    ignored_weights=("transformer.h.*.attn.bias", "transformer.h.*.attn.masked_bias"),
    read=_read,
    write=_write,
)
