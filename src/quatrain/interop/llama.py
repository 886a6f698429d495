"""Llama of `transformers` and two that grew from it: Mistral (a window) and Qwen3 (normed queries and keys)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from quatrain.interop.family import Family, as_kind, read_activation, write_activation
from quatrain.interop.language import LANGUAGE
from quatrain.interop.maps import From, KeyMap
from quatrain.interop.settings import Settings
from quatrain.layers.feedforward import GatedConfig
from quatrain.layers.norms import RMSNormConfig
from quatrain.mixers import AttentionConfig
from quatrain.mixers.scores import NormedScoreConfig
from quatrain.models import CausalLMConfig
from quatrain.positions import RotaryConfig

PREFIX = "model."
HEADS = ("q", "kv", "kv")
ATTENTION = "model.layers.{i}.self_attn."
MLP = "model.layers.{i}.mlp."

KEY_MAP: KeyMap = {
    "embedding.table.weight": From("model.embed_tokens.weight"),
    "blocks.{i}.mixer_residual.norm.weight": From("model.layers.{i}.input_layernorm.weight"),
    "blocks.{i}.mixer.qkv_proj.weight": From(
        ATTENTION + "q_proj.weight", ATTENTION + "k_proj.weight", ATTENTION + "v_proj.weight", rows=HEADS
    ),
    "blocks.{i}.mixer.qkv_proj.bias": From(
        ATTENTION + "q_proj.bias", ATTENTION + "k_proj.bias", ATTENTION + "v_proj.bias", rows=HEADS
    ),
    "blocks.{i}.mixer.out_proj.weight": From(ATTENTION + "o_proj.weight"),
    "blocks.{i}.mixer.out_proj.bias": From(ATTENTION + "o_proj.bias"),
    "blocks.{i}.ffn_residual.norm.weight": From("model.layers.{i}.post_attention_layernorm.weight"),
    "blocks.{i}.ffn.gate_up_proj.weight": From(MLP + "gate_proj.weight", MLP + "up_proj.weight", rows=("ff", "ff")),
    "blocks.{i}.ffn.gate_up_proj.bias": From(MLP + "gate_proj.bias", MLP + "up_proj.bias", rows=("ff", "ff")),
    "blocks.{i}.ffn.down_proj.weight": From(MLP + "down_proj.weight"),
    "blocks.{i}.ffn.down_proj.bias": From(MLP + "down_proj.bias"),
    "norm.weight": From("model.norm.weight"),
    "lm_head.weight": From("lm_head.weight"),
}

QWEN3_KEY_MAP: KeyMap = {
    **KEY_MAP,
    "blocks.{i}.mixer.score.q_norm.weight": From(ATTENTION + "q_norm.weight"),
    "blocks.{i}.mixer.score.k_norm.weight": From(ATTENTION + "k_norm.weight"),
}

IGNORED_WEIGHTS = ("model.layers.*.self_attn.rotary_emb.inv_freq",)


def _config(settings: Settings, mixer: AttentionConfig, eps: float, *, mlp_bias: bool = False) -> CausalLMConfig:
    """What the three have in common."""
    return CausalLMConfig(
        vocab_size=settings.take("vocab_size", int),
        d_model=settings.take("hidden_size", int),
        n_layers=settings.take("num_hidden_layers", int),
        max_seq_len=settings.optional("max_position_embeddings", int),
        mixer=mixer,
        ffn=GatedConfig(
            d_ff=settings.take("intermediate_size", int),
            activation=read_activation(settings, "hidden_act", "silu"),
            bias=mlp_bias,
        ),
        norm=RMSNormConfig(eps=eps),
        tied=settings.take("tie_word_embeddings", bool, False),
        init_std=settings.take("initializer_range", float, 0.02),
    )


def _settings(config: CausalLMConfig) -> dict[str, Any]:
    """What the three have in common, the other way."""
    mixer = _attention(config)
    theta = as_kind(mixer.position, RotaryConfig).theta
    bound = {} if config.max_seq_len is None else {"max_position_embeddings": config.max_seq_len}
    return bound | {
        "vocab_size": config.vocab_size,
        "hidden_size": config.d_model,
        "intermediate_size": config.ffn.d_ff,
        "num_hidden_layers": config.n_layers,
        "num_attention_heads": mixer.n_heads,
        "num_key_value_heads": mixer.n_kv_heads,
        "head_dim": mixer.d_head,
        "hidden_act": write_activation(config.ffn.activation),
        "rms_norm_eps": as_kind(config.norm, RMSNormConfig).eps,
        "rope_parameters": {"rope_type": "default", "rope_theta": theta},
        "rope_theta": theta,  # read by versions before 5
        "tie_word_embeddings": config.tied,
        "initializer_range": config.init_std,
        "attention_dropout": 0.0,
    }


def _attention(config: CausalLMConfig) -> AttentionConfig:
    return as_kind(config.mixer, AttentionConfig)


def _rotary(settings: Settings) -> RotaryConfig:
    """Rotary positions from `rope_parameters` (version 5) or `rope_scaling` and `rope_theta` (before)."""
    settings.insist("partial_rotary_factor", 1.0)
    settings.insist("rope_interleaved", False)
    old = settings.optional("rope_theta", float)
    scaling = settings.optional("rope_scaling", dict) or {}
    inner = Settings((settings.optional("rope_parameters", dict) or {}) | scaling, f"{settings.source}: rope")
    inner.insist("rope_type", "default")
    inner.insist("type", "default")
    inner.insist("partial_rotary_factor", 1.0)
    theta = inner.optional("rope_theta", float)
    inner.finish(())
    if old is not None and theta is not None and old != theta:
        raise settings.refusal(
            f"rope_theta={old:g} beside rope_parameters.rope_theta={theta:g}", "it takes one, delete the other"
        )
    return RotaryConfig(theta=theta or old or 10_000.0)


def _read_llama(settings: Settings) -> CausalLMConfig:
    n_heads = settings.take("num_attention_heads", int)
    mixer = AttentionConfig(
        n_heads=n_heads,
        n_kv_heads=settings.take("num_key_value_heads", int, n_heads),
        d_head=settings.optional("head_dim", int),
        position=_rotary(settings),
        bias=settings.take("attention_bias", bool, False),
    )
    eps, mlp_bias = settings.take("rms_norm_eps", float, 1e-6), settings.take("mlp_bias", bool, False)
    config = _config(settings, mixer, eps, mlp_bias=mlp_bias)
    if config.d_model % n_heads:  # transformers declines such a Llama, even with head_dim given
        raise settings.refusal(
            f"hidden_size={config.d_model} with num_attention_heads={n_heads}", "one must divide the other"
        )
    return config


def _write_llama(config: CausalLMConfig) -> dict[str, Any]:
    return _settings(config) | {"attention_bias": _attention(config).bias, "mlp_bias": config.ffn.bias}


def _read_mistral(settings: Settings) -> CausalLMConfig:
    if not settings.has("sliding_window"):
        raise settings.refusal("sliding_window", "it is not given; write null for none (version 1 has 4096)")
    mixer = AttentionConfig(
        n_heads=settings.take("num_attention_heads", int),
        n_kv_heads=settings.take("num_key_value_heads", int),
        d_head=settings.optional("head_dim", int),
        position=_rotary(settings),
        window=settings.optional("sliding_window", int),
    )
    return _config(settings, mixer, settings.take("rms_norm_eps", float, 1e-6))


def _write_mistral(config: CausalLMConfig) -> dict[str, Any]:
    return _settings(config) | {"sliding_window": _attention(config).window}


def _read_qwen3(settings: Settings) -> CausalLMConfig:
    eps = settings.take("rms_norm_eps", float, 1e-6)
    mixer = AttentionConfig(
        n_heads=settings.take("num_attention_heads", int),
        n_kv_heads=settings.take("num_key_value_heads", int),
        d_head=settings.take("head_dim", int, 128),
        position=_rotary(settings),
        score=NormedScoreConfig(norm=RMSNormConfig(affine=True, eps=eps)),
        bias=settings.take("attention_bias", bool, False),
    )
    config = _config(settings, mixer, eps)
    return config.replace(mixer=mixer.replace(window=_qwen3_window(settings, config.n_layers)))


def _qwen3_window(settings: Settings, n_layers: int) -> int | None:
    """The window all blocks share, or None where none has one."""
    window = settings.optional("sliding_window", int)
    if not settings.take("use_sliding_window", bool, False):
        window = None
    first = settings.take("max_window_layers", int, 28)
    default = ["sliding_attention" if window and i >= first else "full_attention" for i in range(n_layers)]
    kinds = set(settings.take("layer_types", list, default))
    if kinds == {"full_attention"}:
        return None
    if kinds == {"sliding_attention"} and window:
        return window
    raise settings.refusal(
        f"sliding_window={window} with {' and '.join(sorted(kinds))}", "all its blocks have the same window"
    )


def _write_qwen3(config: CausalLMConfig) -> dict[str, Any]:
    mixer = _attention(config)
    kind = "sliding_attention" if mixer.window else "full_attention"
    return _settings(config) | {
        "attention_bias": mixer.bias,
        "use_sliding_window": mixer.window is not None,
        "sliding_window": mixer.window,
        "max_window_layers": 0 if mixer.window else config.n_layers,
        "layer_types": [kind] * config.n_layers,
    }


def _family(
    model_type: str,
    architecture: str,
    key_map: KeyMap,
    read: Callable[[Settings], CausalLMConfig],
    write: Callable[[CausalLMConfig], dict[str, Any]],
) -> Family[CausalLMConfig]:
    return Family(
        model_type=model_type,
        architecture=architecture,
        kind=LANGUAGE,
        prefix=PREFIX,
        key_map=lambda _: key_map,
        copies=lambda config: {"lm_head.weight": "model.embed_tokens.weight"} if config.tied else {},
        ignored_weights=IGNORED_WEIGHTS,
        read=read,
        write=write,
    )


LLAMA = _family("llama", "LlamaForCausalLM", KEY_MAP, _read_llama, _write_llama)
MISTRAL = _family("mistral", "MistralForCausalLM", KEY_MAP, _read_mistral, _write_mistral)
QWEN3 = _family("qwen3", "Qwen3ForCausalLM", QWEN3_KEY_MAP, _read_qwen3, _write_qwen3)
