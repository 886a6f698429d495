"""DistilBERT of `transformers`: a BERT without segments and pooler."""

from __future__ import annotations

from typing import Any

from quatrain.interop.encoders import CLASSIFIER, EMBEDDER, MASKED, TAGGER
from quatrain.interop.family import as_kind, read_activation, write_activation
from quatrain.interop.headed import (
    BodyWords,
    Head,
    family,
    read_classifier,
    read_masked,
    read_tagger,
    write_classifier,
    write_tagger,
)
from quatrain.interop.maps import From, KeyMap, affine
from quatrain.interop.settings import Settings
from quatrain.layers.feedforward import MLPConfig
from quatrain.layers.norms import LayerNormConfig
from quatrain.mixers import AttentionConfig
from quatrain.models import EmbedderConfig
from quatrain.models.backbones import TextEncoderConfig
from quatrain.positions import LearnedConfig, NoAttentionConfig

EPS = 1e-12
"""Of its layer norms, which no setting changes."""
POSITIONS = 512
"""Of a model whose file does not say how many it has."""


def _key_map(prefix: str) -> KeyMap:
    ours, theirs = "backbone.stack.blocks.{i}", f"{prefix}transformer.layer.{{i}}"
    q, k, v = (f"{theirs}.attention.{name}_lin" for name in "qkv")
    return {
        "backbone.embedding.table.weight": From(f"{prefix}embeddings.word_embeddings.weight"),
        "backbone.stack.position.table.weight": From(f"{prefix}embeddings.position_embeddings.weight"),
        **affine("backbone.stack.embedding_norm", f"{prefix}embeddings.LayerNorm"),
        **affine(f"{ours}.mixer.qkv_proj", q, k, v, rows=("q", "kv", "kv")),
        **affine(f"{ours}.mixer.out_proj", f"{theirs}.attention.out_lin"),
        **affine(f"{ours}.mixer_residual.norm", f"{theirs}.sa_layer_norm"),
        **affine(f"{ours}.ffn.up_proj", f"{theirs}.ffn.lin1"),
        **affine(f"{ours}.ffn.down_proj", f"{theirs}.ffn.lin2"),
        **affine(f"{ours}.ffn_residual.norm", f"{theirs}.output_layer_norm"),
    }


def _read(settings: Settings) -> TextEncoderConfig:
    """Positions that started as waves were stored as a table, and are read as one."""
    settings.optional("sinusoidal_pos_embds", bool)
    settings.insist("pruned_heads", {})
    return TextEncoderConfig(
        vocab_size=settings.take("vocab_size", int),
        n_segments=0,
        d_model=settings.take("dim", int),
        n_layers=settings.take("n_layers", int),
        max_seq_len=settings.take("max_position_embeddings", int, POSITIONS),
        mixer=AttentionConfig(
            n_heads=settings.take("n_heads", int), position=NoAttentionConfig(), causal=False, bias=True
        ),
        ffn=MLPConfig(
            d_ff=settings.take("hidden_dim", int), activation=read_activation(settings, "activation", "gelu"), bias=True
        ),
        norm=LayerNormConfig(eps=EPS),
        norm_place="post",
        position=LearnedConfig(),
        embedding_norm=True,
        init_std=settings.take("initializer_range", float, 0.02),
    )


def _write(body: TextEncoderConfig) -> dict[str, Any]:
    return {
        "vocab_size": body.vocab_size,
        "dim": body.d_model,
        "n_layers": body.n_layers,
        "n_heads": as_kind(body.mixer, AttentionConfig).n_heads,
        "hidden_dim": body.ffn.d_ff,
        "max_position_embeddings": body.max_seq_len or POSITIONS,
        "activation": write_activation(body.ffn.activation),
        "initializer_range": body.init_std,
        "sinusoidal_pos_embds": False,
        "dropout": 0.0,
        "attention_dropout": 0.0,
        "seq_classif_dropout": 0.0,
    }


DISTILBERT = BodyWords(
    model_type="distilbert",
    prefix="distilbert.",
    key_map=lambda prefix, _: _key_map(prefix),
    read=_read,
    write=_write,
    end="[SEP]",
)
HEADS = (
    Head(
        architecture="DistilBertModel",
        kind=EMBEDDER,
        read=lambda _, body: EmbedderConfig(backbone=body, init_std=body.init_std),
        is_bare=True,
    ),
    Head(
        architecture="DistilBertForMaskedLM",
        kind=MASKED,
        key_map={
            **affine("head.dense", "vocab_transform"),
            **affine("head.norm", "vocab_layer_norm"),
            "head.lm_head.bias": From("vocab_projector.bias"),
        },
        copies={"vocab_projector.weight": "distilbert.embeddings.word_embeddings.weight"},
        read=read_masked,
    ),
    Head(
        architecture="DistilBertForSequenceClassification",
        kind=CLASSIFIER,
        key_map={**affine("hidden", "pre_classifier"), **affine("head", "classifier")},
        read=lambda settings, body: read_classifier(settings, body).replace(activation="relu"),
        write=write_classifier,
    ),
    Head(
        architecture="DistilBertForTokenClassification",
        kind=TAGGER,
        key_map=affine("head", "classifier"),
        read=read_tagger,
        write=write_tagger,
    ),
)
DISTILBERTS = tuple(family(DISTILBERT, head) for head in HEADS)
