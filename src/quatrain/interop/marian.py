"""Marian and Pegasus of `transformers`: the Transformer of 2017 with the norm after each branch, or before it."""

from __future__ import annotations

from typing import Any, Literal

import torch

from quatrain.interop.family import Family, as_kind, read_activation, write_activation
from quatrain.interop.maps import ALIKE, IN_A_ROW, ZERO_ROW, From, KeyMap, affine
from quatrain.interop.settings import Settings
from quatrain.interop.translation import TRANSLATION, read_start
from quatrain.layers.embedding import EmbeddingConfig
from quatrain.layers.feedforward import MLPConfig
from quatrain.layers.heads import HeadConfig
from quatrain.layers.norms import LayerNormConfig
from quatrain.layers.start import TokenStartConfig, ZeroStartConfig
from quatrain.mixers import AttentionConfig, CrossAttentionConfig
from quatrain.models import DecoderConfig, EncoderConfig, EncoderDecoderConfig
from quatrain.positions import NoAttentionConfig, SinusoidalConfig

EPS = 1e-5
"""Of their layer norms, which no setting changes."""

Stack = Literal["encoder", "decoder"]
Place = Literal["pre", "post"]


def _blocks(stack: Stack) -> KeyMap:
    """What the blocks of both stacks have."""
    ours, theirs = f"{stack}.blocks.{{i}}", f"model.{stack}.layers.{{i}}"
    q, k, v = (f"{theirs}.self_attn.{name}_proj" for name in "qkv")
    return {
        **affine(f"{ours}.mixer.qkv_proj", q, k, v, rows=(f"{stack}.q", f"{stack}.kv", f"{stack}.kv")),
        **affine(f"{ours}.mixer.out_proj", f"{theirs}.self_attn.out_proj"),
        **affine(f"{ours}.mixer_residual.norm", f"{theirs}.self_attn_layer_norm"),
        **affine(f"{ours}.ffn.up_proj", f"{theirs}.fc1"),
        **affine(f"{ours}.ffn.down_proj", f"{theirs}.fc2"),
        **affine(f"{ours}.ffn_residual.norm", f"{theirs}.final_layer_norm"),
        **affine(f"{stack}.norm", f"model.{stack}.layer_norm"),
    }


CROSS = "model.decoder.layers.{i}.encoder_attn"

STACKS: KeyMap = {
    **_blocks("encoder"),
    **_blocks("decoder"),
    **affine("decoder.blocks.{i}.cross.q_proj", f"{CROSS}.q_proj"),
    **affine("decoder.blocks.{i}.cross.kv_proj", f"{CROSS}.k_proj", f"{CROSS}.v_proj", rows=("cross", "cross")),
    **affine("decoder.blocks.{i}.cross.out_proj", f"{CROSS}.out_proj"),
    **affine("decoder.blocks.{i}.cross_residual.norm", f"{CROSS}_layer_norm"),
}

SHARED = "model.shared.weight"
BIAS = "final_logits_bias"
SOURCE, TARGET = "model.encoder.embed_tokens.weight", "model.decoder.embed_tokens.weight"


def _key_map(config: EncoderDecoderConfig) -> KeyMap:
    rows = ZERO_ROW if isinstance(config.start, ZeroStartConfig) else ALIKE
    source = SHARED if config.src_vocab_size is None else SOURCE
    return {
        **STACKS,
        "src_embedding.table.weight": From(source, layout=rows),
        "tgt_embedding.table.weight": From(TARGET),
        "lm_head.weight": From("lm_head.weight"),
        "lm_head.bias": From(BIAS, layout=rows.then(IN_A_ROW)),
    }


def _copies(config: EncoderDecoderConfig) -> dict[str, str]:
    if config.src_vocab_size is None:
        return {SOURCE: SHARED, TARGET: SHARED, "lm_head.weight": SHARED}
    return {"lm_head.weight": TARGET} if config.tied else {}


def _constants(config: EncoderDecoderConfig) -> dict[str, torch.Tensor]:
    """Their tables of positions."""
    position = config.position.build(config.d_model, config.max_seq_len)
    where = torch.arange(config.max_seq_len or 0)
    table = position(torch.zeros(1, len(where), config.d_model, dtype=torch.float64), where)[0].float()
    return {f"model.{stack}.embed_positions.weight": table.clone() for stack in ("encoder", "decoder")}


def _read(settings: Settings, norm_place: Place) -> EncoderDecoderConfig:
    """What the two have in common."""
    d_model = settings.take("d_model", int)
    encoder_layers = settings.take("encoder_layers", int)
    encoder_heads = settings.take("encoder_attention_heads", int)
    for alias, value in (
        ("num_hidden_layers", encoder_layers),
        ("num_attention_heads", encoder_heads),
        ("hidden_size", d_model),
    ):
        settings.insist(alias, value)
    for name, only in (
        ("normalize_before", norm_place == "pre"),
        ("add_final_layer_norm", norm_place == "pre"),
        ("normalize_embedding", False),
        ("static_position_embeddings", True),
        ("is_decoder", False),
    ):
        settings.insist(name, only)
    activation = read_activation(settings, "activation_function", "gelu")

    def ffn(stack: Stack) -> MLPConfig:
        return MLPConfig(d_ff=settings.take(f"{stack}_ffn_dim", int), activation=activation, bias=True)

    def mixer(n_heads: int, causal: bool) -> AttentionConfig:
        return AttentionConfig(n_heads=n_heads, position=NoAttentionConfig(), causal=causal, bias=True)

    decoder_heads = settings.take("decoder_attention_heads", int)
    max_len = settings.take("max_position_embeddings", int, 1024)
    is_scaled = settings.take("scale_embedding", bool, False)
    has_bias = settings.weights is None or BIAS in settings.weights
    return EncoderDecoderConfig(
        vocab_size=settings.take("vocab_size", int),
        d_model=d_model,
        encoder=EncoderConfig(n_layers=encoder_layers, mixer=mixer(encoder_heads, False), ffn=ffn("encoder")),
        decoder=DecoderConfig(
            n_layers=settings.take("decoder_layers", int),
            mixer=mixer(decoder_heads, True),
            cross=CrossAttentionConfig(n_heads=decoder_heads, bias=True),
            ffn=ffn("decoder"),
        ),
        max_src_len=max_len,
        max_seq_len=max_len,
        norm=LayerNormConfig(eps=EPS),
        norm_place=norm_place,
        position=SinusoidalConfig(layout="halves"),
        embedding=EmbeddingConfig(scale=d_model**0.5 if is_scaled else 1.0),
        head=HeadConfig(bias=has_bias),
    )


def _write(config: EncoderDecoderConfig) -> dict[str, Any]:
    """What the two have in common, the other way."""
    encoder, decoder = config.encoder, config.decoder
    return {
        "vocab_size": config.vocab_size,
        "d_model": config.d_model,
        "encoder_layers": encoder.n_layers,
        "decoder_layers": decoder.n_layers,
        "encoder_attention_heads": as_kind(encoder.mixer, AttentionConfig).n_heads,
        "decoder_attention_heads": as_kind(decoder.mixer, AttentionConfig).n_heads,
        "encoder_ffn_dim": encoder.ffn.d_ff,
        "decoder_ffn_dim": decoder.ffn.d_ff,
        "activation_function": write_activation(encoder.ffn.activation),
        "max_position_embeddings": config.max_seq_len or 1024,
        "scale_embedding": config.embedding.scale != 1.0,
        "tie_word_embeddings": True,
        "is_encoder_decoder": True,
        "dropout": 0.0,
        "attention_dropout": 0.0,
        "activation_dropout": 0.0,
    }


def _read_pegasus(settings: Settings) -> EncoderDecoderConfig:
    settings.insist("tie_word_embeddings", True)
    settings.insist("bad_words_ids", None)
    return _read(settings, "pre").replace(start=read_start(settings))


def _write_pegasus(config: EncoderDecoderConfig) -> dict[str, Any]:
    """The two settings that nobody reads any more are what CTranslate2's converter asks for."""
    return _write(config) | {"normalize_before": True, "normalize_embedding": False}


def _read_marian(settings: Settings) -> EncoderDecoderConfig:
    config = _read(settings, "post")
    is_shared = settings.take("share_encoder_decoder_embeddings", bool, True)
    tied = settings.take("tie_word_embeddings", bool, True)
    tgt_vocab_size = settings.take("decoder_vocab_size", int, config.vocab_size)
    if is_shared and (not tied or tgt_vocab_size != config.vocab_size):
        raise settings.refusal(
            f"share_encoder_decoder_embeddings=True with tie_word_embeddings={tied}, vocab_size={config.vocab_size}, "
            f"decoder_vocab_size={tgt_vocab_size}",
            "a vocabulary that is shared has one table for source, target and head",
        )
    if not is_shared:
        config = config.replace(src_vocab_size=config.vocab_size, vocab_size=tgt_vocab_size, tied=tied)
    return _read_marian_start(settings, config)


def _read_marian_start(settings: Settings, config: EncoderDecoderConfig) -> EncoderDecoderConfig:
    """Marian itself starts from a zero vector: in `transformers`, from a last token of zeros that is never written."""
    never, last = settings.optional("bad_words_ids", list), config.vocab_size - 1
    start = read_start(settings)
    if never is None:
        return config.replace(start=start)
    stored = settings.weights or {}
    rows = [stored[SHARED][last]] if SHARED in stored else []
    rows += [stored[BIAS][:, last]] if BIAS in stored else []
    is_zero = not any(bool(row.any()) for row in rows)
    is_shared = config.src_vocab_size is None
    if never != [[last]] or start != TokenStartConfig(token=last) or not (is_shared and is_zero):
        raise settings.refusal(
            f"bad_words_ids={never!r}",
            "it can leave out the last token alone, where that starts targets with a vector of zeros",
        )
    return config.replace(vocab_size=last, start=ZeroStartConfig())


def _write_marian(config: EncoderDecoderConfig) -> dict[str, Any]:
    is_shared = config.src_vocab_size is None
    n_tokens = config.vocab_size + isinstance(config.start, ZeroStartConfig)
    return _write(config) | {
        "vocab_size": n_tokens if is_shared else config.src_vocab_size,
        "decoder_vocab_size": n_tokens,
        "share_encoder_decoder_embeddings": is_shared,
        "tie_word_embeddings": is_shared or config.tied,
    }


def _marian_remarks(config: EncoderDecoderConfig) -> list[str]:
    if isinstance(config.start, ZeroStartConfig) and config.src_vocab_size is None:
        return []
    return [
        "CTranslate2 cannot convert this folder: of Marian models it takes those that share one vocabulary and start "
        "targets from zero. Train with --model marian, or --model translator, for one that it takes."
    ]


MARIAN = Family(
    model_type="marian",
    architecture="MarianMTModel",
    kind=TRANSLATION,
    prefix="model.",
    key_map=_key_map,
    copies=_copies,
    constants=_constants,
    read=_read_marian,
    write=_write_marian,
    remarks=_marian_remarks,
)
PEGASUS = Family(
    model_type="pegasus",
    architecture="PegasusForConditionalGeneration",
    kind=TRANSLATION,
    prefix="model.",
    key_map=_key_map,
    copies=_copies,
    constants=_constants,
    stores_constants=True,
    read=_read_pegasus,
    write=_write_pegasus,
)
