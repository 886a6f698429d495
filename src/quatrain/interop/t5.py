"""T5 of `transformers`: RMSNorm before each branch, one table of relative biases a stack, no other biases."""

from __future__ import annotations

from typing import Any, Literal

import torch

from quatrain.interop.family import THEIR_ACTIVATIONS, Family, as_kind, write_activation
from quatrain.interop.maps import From, KeyMap
from quatrain.interop.settings import Settings
from quatrain.interop.translation import TRANSLATION, read_start
from quatrain.layers.feedforward import FeedForwardConfig, GatedConfig, MLPConfig
from quatrain.layers.heads import HeadConfig
from quatrain.layers.norms import RMSNormConfig
from quatrain.mixers import AttentionConfig, CrossAttentionConfig
from quatrain.mixers.scores import DotScoreConfig
from quatrain.models import DecoderConfig, EncoderConfig, EncoderDecoderConfig
from quatrain.positions import T5RelativeConfig

TABLE, HEAD = "shared.weight", "lm_head.weight"
CROSS = "decoder.block.{i}.layer.1"


def _blocks(stack: Literal["encoder", "decoder"], ffn_layer: int) -> KeyMap:
    """What the blocks of both stacks have."""
    ours, theirs = f"{stack}.blocks.{{i}}", f"{stack}.block.{{i}}.layer"
    q, k, v = (f"{theirs}.0.SelfAttention.{name}.weight" for name in "qkv")
    ffn = f"{theirs}.{ffn_layer}.DenseReluDense"
    return {
        f"{ours}.mixer.qkv_proj.weight": From(q, k, v, rows=(f"{stack}.q", f"{stack}.kv", f"{stack}.kv")),
        f"{ours}.mixer.out_proj.weight": From(f"{theirs}.0.SelfAttention.o.weight"),
        f"{ours}.mixer.position.table.weight": From(f"{theirs}.0.SelfAttention.relative_attention_bias.weight"),
        f"{ours}.mixer_residual.norm.weight": From(f"{theirs}.0.layer_norm.weight"),
        f"{ours}.ffn.up_proj.weight": From(f"{ffn}.wi.weight"),
        f"{ours}.ffn.gate_up_proj.weight": From(
            f"{ffn}.wi_0.weight", f"{ffn}.wi_1.weight", rows=(f"{stack}.ff", f"{stack}.ff")
        ),
        f"{ours}.ffn.down_proj.weight": From(f"{ffn}.wo.weight"),
        f"{ours}.ffn_residual.norm.weight": From(f"{theirs}.{ffn_layer}.layer_norm.weight"),
        f"{stack}.norm.weight": From(f"{stack}.final_layer_norm.weight"),
    }


KEY_MAP: KeyMap = {
    "src_embedding.table.weight": From(TABLE),
    **_blocks("encoder", ffn_layer=1),
    **_blocks("decoder", ffn_layer=2),
    "decoder.blocks.{i}.cross.q_proj.weight": From(f"{CROSS}.EncDecAttention.q.weight"),
    "decoder.blocks.{i}.cross.kv_proj.weight": From(
        f"{CROSS}.EncDecAttention.k.weight", f"{CROSS}.EncDecAttention.v.weight", rows=("cross", "cross")
    ),
    "decoder.blocks.{i}.cross.out_proj.weight": From(f"{CROSS}.EncDecAttention.o.weight"),
    "decoder.blocks.{i}.cross_residual.norm.weight": From(f"{CROSS}.layer_norm.weight"),
    "lm_head.weight": From(HEAD),
}


def _copies(config: EncoderDecoderConfig) -> dict[str, str]:
    tables = (f"{stack}.embed_tokens.weight" for stack in ("encoder", "decoder"))
    return dict.fromkeys((*tables, HEAD) if config.tied else tables, TABLE)


def _read(settings: Settings) -> EncoderDecoderConfig:
    d_model, n_layers = settings.take("d_model", int), settings.take("num_layers", int)
    n_heads, d_head = settings.take("num_heads", int), settings.take("d_kv", int)
    position = T5RelativeConfig(
        n_buckets=settings.take("relative_attention_num_buckets", int, 32),
        max_distance=settings.take("relative_attention_max_distance", int, 128),
        shared=True,
    )
    mixer = AttentionConfig(n_heads=n_heads, d_head=d_head, position=position, score=DotScoreConfig(), causal=False)
    ffn = _read_ffn(settings)
    tied, scale = _read_head(settings, d_model)
    settings.insist("is_decoder", False)
    settings.insist("bad_words_ids", None)
    bound = settings.optional("n_positions", int)
    return EncoderDecoderConfig(
        vocab_size=settings.take("vocab_size", int),
        d_model=d_model,
        encoder=EncoderConfig(n_layers=n_layers, mixer=mixer, ffn=ffn),
        decoder=DecoderConfig(
            n_layers=settings.take("num_decoder_layers", int, n_layers),
            mixer=mixer.replace(causal=True),
            cross=CrossAttentionConfig(n_heads=n_heads, d_head=d_head, score=DotScoreConfig()),
            ffn=ffn,
        ),
        max_src_len=bound,
        max_seq_len=bound,
        norm=RMSNormConfig(eps=settings.take("layer_norm_epsilon", float, 1e-6)),
        tied=tied,
        head=HeadConfig(scale=scale),
        start=read_start(settings),
    )


def _read_ffn(settings: Settings) -> FeedForwardConfig:
    """`relu`, `gated-gelu` and their like; a gated gelu is the one with tanh."""
    words = settings.take("feed_forward_proj", str, "relu")
    *gate, word = words.split("-")
    derived = "gelu_new" if words == "gated-gelu" else word
    settings.insist("dense_act_fn", derived)
    settings.insist("is_gated_act", gate == ["gated"])
    if derived not in THEIR_ACTIVATIONS or gate not in ([], ["gated"]):
        raise settings.refusal(
            f"feed_forward_proj={words!r}", f"it knows {', '.join(THEIR_ACTIVATIONS)}, gated- or not"
        )
    return (GatedConfig if gate else MLPConfig)(d_ff=settings.take("d_ff", int), activation=THEIR_ACTIVATIONS[derived])


def _read_head(settings: Settings, d_model: int) -> tuple[bool, float]:
    """Whether the head has no table of its own, and what vectors are multiplied by before it.

    `tie_word_embeddings` once meant both. Since version 5 it is always true in what `transformers` writes, another
    setting tells the scale, and only the weights tell whether there is a table.
    """
    tied = settings.take("tie_word_embeddings", bool, True)
    is_scaled = settings.take("scale_decoder_outputs", bool, tied)
    stored = settings.weights
    if stored is not None:
        tied = HEAD not in stored or (TABLE in stored and torch.equal(stored[HEAD], stored[TABLE]))
    return tied, d_model**-0.5 if is_scaled else 1.0


def _write(config: EncoderDecoderConfig) -> dict[str, Any]:
    mixer = as_kind(config.encoder.mixer, AttentionConfig)
    position = as_kind(mixer.position, T5RelativeConfig)
    ffn = config.encoder.ffn
    word = write_activation(ffn.activation)
    if isinstance(ffn, GatedConfig):
        word = "gated-gelu" if ffn.activation == "gelu_tanh" else f"gated-{word}"
    bound = {} if config.max_seq_len is None else {"n_positions": config.max_seq_len}
    return bound | {
        "vocab_size": config.vocab_size,
        "d_model": config.d_model,
        "d_kv": mixer.d_head,
        "d_ff": ffn.d_ff,
        "num_layers": config.encoder.n_layers,
        "num_decoder_layers": config.decoder.n_layers,
        "num_heads": mixer.n_heads,
        "relative_attention_num_buckets": position.n_buckets,
        "relative_attention_max_distance": position.max_distance,
        "feed_forward_proj": word,
        "layer_norm_epsilon": as_kind(config.norm, RMSNormConfig).eps,
        "tie_word_embeddings": config.tied,
        "scale_decoder_outputs": config.head.scale != 1.0,
        "is_encoder_decoder": True,
        "dropout_rate": 0.0,
    }


def _remarks(config: EncoderDecoderConfig) -> list[str]:
    if config.head.scale != 1.0:
        return []
    return [
        "CTranslate2 multiplies the logits of every T5 by d_model**-0.5, which this model does not: greedy decoding is "
        "the same there, beams and scores are not."
    ]


T5 = Family(
    model_type="t5",
    architecture="T5ForConditionalGeneration",
    kind=TRANSLATION,
    prefix="",
    key_map=lambda _: KEY_MAP,
    copies=_copies,
    ignored_weights=("decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight",),
    read=_read,
    write=_write,
    remarks=_remarks,
)
