"""BERT of `transformers` and RoBERTa, which counts positions from its padding on: bare, and under their heads."""

from __future__ import annotations

from typing import Any

from quatrain.interop.encoders import CLASSIFIER, EMBEDDER, MASKED, PRETRAINING, TAGGER
from quatrain.interop.family import as_kind, read_activation, write_activation
from quatrain.interop.headed import (
    BodyWords,
    Head,
    family,
    read_bare,
    read_classifier,
    read_masked,
    read_tagger,
    write_bare,
    write_classifier,
    write_tagger,
)
from quatrain.interop.maps import ALIKE, From, KeyMap, Layout, affine, after
from quatrain.interop.settings import Settings
from quatrain.layers.feedforward import MLPConfig
from quatrain.layers.norms import LayerNormConfig
from quatrain.mixers import AttentionConfig
from quatrain.models.backbones import TextEncoderConfig
from quatrain.positions import LearnedConfig, NoAttentionConfig

PAD = 1
"""The token that pads in every RoBERTa; rows of its table of positions up to this one stand for nothing."""
BEFORE = PAD + 1
POSITIONS = 512
"""Of a model whose file does not say how many it has."""


def _key_map(prefix: str, positions: Layout = ALIKE) -> KeyMap:
    ours, theirs = "backbone.stack.blocks.{i}", f"{prefix}encoder.layer.{{i}}"
    q, k, v = (f"{theirs}.attention.self.{name}" for name in ("query", "key", "value"))
    return {
        "backbone.embedding.table.weight": From(f"{prefix}embeddings.word_embeddings.weight"),
        "backbone.segments.weight": From(f"{prefix}embeddings.token_type_embeddings.weight"),
        "backbone.stack.position.table.weight": From(
            f"{prefix}embeddings.position_embeddings.weight", layout=positions
        ),
        **affine("backbone.stack.embedding_norm", f"{prefix}embeddings.LayerNorm"),
        **affine(f"{ours}.mixer.qkv_proj", q, k, v, rows=("q", "kv", "kv")),
        **affine(f"{ours}.mixer.out_proj", f"{theirs}.attention.output.dense"),
        **affine(f"{ours}.mixer_residual.norm", f"{theirs}.attention.output.LayerNorm"),
        **affine(f"{ours}.ffn.up_proj", f"{theirs}.intermediate.dense"),
        **affine(f"{ours}.ffn.down_proj", f"{theirs}.output.dense"),
        **affine(f"{ours}.ffn_residual.norm", f"{theirs}.output.LayerNorm"),
    }


def _read(settings: Settings) -> TextEncoderConfig:
    settings.insist("position_embedding_type", "absolute")
    settings.insist("is_decoder", False)
    settings.insist("add_cross_attention", False)
    settings.insist("pruned_heads", {})
    return TextEncoderConfig(
        vocab_size=settings.take("vocab_size", int),
        n_segments=settings.take("type_vocab_size", int, 2),
        d_model=settings.take("hidden_size", int),
        n_layers=settings.take("num_hidden_layers", int),
        max_seq_len=settings.take("max_position_embeddings", int, POSITIONS),
        mixer=AttentionConfig(
            n_heads=settings.take("num_attention_heads", int), position=NoAttentionConfig(), causal=False, bias=True
        ),
        ffn=MLPConfig(
            d_ff=settings.take("intermediate_size", int),
            activation=read_activation(settings, "hidden_act", "gelu"),
            bias=True,
        ),
        norm=LayerNormConfig(eps=settings.take("layer_norm_eps", float, 1e-12)),
        norm_place="post",
        position=LearnedConfig(),
        embedding_norm=True,
        init_std=settings.take("initializer_range", float, 0.02),
    )


def _write(body: TextEncoderConfig) -> dict[str, Any]:
    return {
        "vocab_size": body.vocab_size,
        "type_vocab_size": max(body.n_segments, 1),
        "hidden_size": body.d_model,
        "num_hidden_layers": body.n_layers,
        "max_position_embeddings": body.max_seq_len or POSITIONS,
        "num_attention_heads": as_kind(body.mixer, AttentionConfig).n_heads,
        "intermediate_size": body.ffn.d_ff,
        "hidden_act": write_activation(body.ffn.activation),
        "layer_norm_eps": as_kind(body.norm, LayerNormConfig).eps,
        "initializer_range": body.init_std,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
    }


def _read_roberta(settings: Settings) -> TextEncoderConfig:
    settings.insist("pad_token_id", PAD)
    body = _read(settings)
    return body.replace(max_seq_len=(body.max_seq_len or POSITIONS) - BEFORE)


def _write_roberta(body: TextEncoderConfig) -> dict[str, Any]:
    n_positions = (body.max_seq_len or POSITIONS) + BEFORE
    return _write(body) | {"type_vocab_size": 1, "max_position_embeddings": n_positions}


BERT = BodyWords(
    model_type="bert", prefix="bert.", key_map=lambda prefix, _: _key_map(prefix), read=_read, write=_write, end="[SEP]"
)
ROBERTA = BodyWords(
    model_type="roberta",
    prefix="roberta.",
    key_map=lambda prefix, _: _key_map(prefix, after(BEFORE)),
    read=_read_roberta,
    write=_write_roberta,
    end="</s>",
    pad_id=PAD,
)

PREDICTIONS = "cls.predictions."
HIDDEN_HEAD: KeyMap = {
    **affine("head.dense", f"{PREDICTIONS}transform.dense"),
    **affine("head.norm", f"{PREDICTIONS}transform.LayerNorm"),
    "head.lm_head.bias": From(f"{PREDICTIONS}bias"),
}
HIDDEN_COPIES = {
    f"{PREDICTIONS}decoder.weight": "bert.embeddings.word_embeddings.weight",
    f"{PREDICTIONS}decoder.bias": f"{PREDICTIONS}bias",
}

BERT_HEADS = (
    Head(
        architecture="BertModel",
        kind=EMBEDDER,
        key_map=affine("pooler", "pooler.dense"),
        read=read_bare,
        write=write_bare,
        is_bare=True,
    ),
    Head(
        architecture="BertForMaskedLM",
        kind=MASKED,
        key_map=HIDDEN_HEAD,
        copies=HIDDEN_COPIES,
        ignored_weights=("bert.pooler.*", "cls.seq_relationship.*"),
        read=read_masked,
    ),
    Head(
        architecture="BertForPreTraining",
        kind=PRETRAINING,
        key_map={
            **HIDDEN_HEAD,
            **affine("next_head.pooler", "bert.pooler.dense"),
            **affine("next_head.classes", "cls.seq_relationship"),
        },
        copies=HIDDEN_COPIES,
        read=lambda settings, body: read_masked(settings, body).replace(next_sentence=True),
    ),
    Head(
        architecture="BertForSequenceClassification",
        kind=CLASSIFIER,
        key_map={**affine("hidden", "bert.pooler.dense"), **affine("head", "classifier")},
        read=read_classifier,
        write=write_classifier,
    ),
    Head(
        architecture="BertForTokenClassification",
        kind=TAGGER,
        key_map=affine("head", "classifier"),
        ignored_weights=("bert.pooler.*",),
        read=read_tagger,
        write=write_tagger,
    ),
)
ROBERTA_HEADS = (
    Head(
        architecture="RobertaModel",
        kind=EMBEDDER,
        key_map=affine("pooler", "pooler.dense"),
        read=read_bare,
        write=write_bare,
        is_bare=True,
    ),
    Head(
        architecture="RobertaForMaskedLM",
        kind=MASKED,
        key_map={
            **affine("head.dense", "lm_head.dense"),
            **affine("head.norm", "lm_head.layer_norm"),
            "head.lm_head.bias": From("lm_head.bias"),
        },
        copies={
            "lm_head.decoder.weight": "roberta.embeddings.word_embeddings.weight",
            "lm_head.decoder.bias": "lm_head.bias",
        },
        ignored_weights=("roberta.pooler.*",),
        read=lambda settings, body: read_masked(settings, body).replace(activation="gelu"),
    ),
    Head(
        architecture="RobertaForSequenceClassification",
        kind=CLASSIFIER,
        key_map={**affine("hidden", "classifier.dense"), **affine("head", "classifier.out_proj")},
        ignored_weights=("roberta.pooler.*",),
        read=read_classifier,
        write=write_classifier,
    ),
    Head(
        architecture="RobertaForTokenClassification",
        kind=TAGGER,
        key_map=affine("head", "classifier"),
        ignored_weights=("roberta.pooler.*",),
        read=read_tagger,
        write=write_tagger,
    ),
)
BERTS = tuple(family(BERT, head) for head in BERT_HEADS)
ROBERTAS = tuple(family(ROBERTA, head) for head in ROBERTA_HEADS)
