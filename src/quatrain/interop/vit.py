"""ViT of `transformers`: patches by a convolution, a class token, learned positions, norms before each branch."""

from __future__ import annotations

from typing import Any

from quatrain.interop.classes import read_classes
from quatrain.interop.family import as_kind, read_activation, write_activation
from quatrain.interop.headed import BodyWords, Head, family, read_bare, write_bare, write_classifier
from quatrain.interop.maps import IN_A_ROW, From, KeyMap, Layout, affine
from quatrain.interop.pictures import PICTURE_CLASSIFIER, PICTURE_EMBEDDER
from quatrain.interop.settings import Settings
from quatrain.layers.feedforward import MLPConfig
from quatrain.layers.norms import LayerNormConfig
from quatrain.layers.pooling import FirstPoolingConfig
from quatrain.mixers import AttentionConfig
from quatrain.models import ClassifierConfig
from quatrain.models.backbones import ViTConfig
from quatrain.positions import LearnedConfig, NoAttentionConfig

HALF = [0.5, 0.5, 0.5]
"""The scale of its pixels where no file beside it says another."""


def _kernels(body: ViTConfig) -> Layout:
    """(out, channels, height, width), where our rows hold all of a patch."""
    kernel = (body.n_channels, *body.patch_size)
    return Layout(
        lambda ours: ours.unflatten(1, kernel), lambda theirs: theirs.flatten(1), lambda shape: (shape[0], *kernel)
    )


def _key_map(prefix: str, body: ViTConfig) -> KeyMap:
    ours, theirs = "backbone.stack.blocks.{i}", f"{prefix}encoder.layer.{{i}}"
    q, k, v = (f"{theirs}.attention.attention.{name}" for name in ("query", "key", "value"))
    embeddings = f"{prefix}embeddings."
    return {
        "backbone.class_token": From(f"{embeddings}cls_token", layout=IN_A_ROW.then(IN_A_ROW)),
        "backbone.embedding.proj.weight": From(
            f"{embeddings}patch_embeddings.projection.weight", layout=_kernels(body)
        ),
        "backbone.embedding.proj.bias": From(f"{embeddings}patch_embeddings.projection.bias"),
        "backbone.stack.position.table.weight": From(f"{embeddings}position_embeddings", layout=IN_A_ROW),
        **affine(f"{ours}.mixer_residual.norm", f"{theirs}.layernorm_before"),
        **affine(f"{ours}.mixer.qkv_proj", q, k, v, rows=("q", "kv", "kv")),
        **affine(f"{ours}.mixer.out_proj", f"{theirs}.attention.output.dense"),
        **affine(f"{ours}.ffn_residual.norm", f"{theirs}.layernorm_after"),
        **affine(f"{ours}.ffn.up_proj", f"{theirs}.intermediate.dense"),
        **affine(f"{ours}.ffn.down_proj", f"{theirs}.output.dense"),
        **affine("backbone.stack.norm", f"{prefix}layernorm"),
    }


def _read(settings: Settings) -> ViTConfig:
    settings.insist("qkv_bias", True)
    settings.insist("do_normalize", True)
    settings.insist("do_rescale", True)
    settings.insist("rescale_factor", 1 / 255)
    d_model, image_size = settings.take("hidden_size", int), _sides(settings, "image_size", 224)
    patch_size, n_channels = _sides(settings, "patch_size", 16), settings.take("num_channels", int, 3)
    settings.insist("pooler_act", "tanh")
    settings.insist("pooler_output_size", d_model)
    if any(size % patch for size, patch in zip(image_size, patch_size, strict=True)):
        raise settings.refusal(
            f"image_size={image_size} in patches of {patch_size}", "it continues pictures that patches do not tile"
        )
    return ViTConfig(
        image_size=image_size,
        n_channels=n_channels,
        mean=tuple(map(float, settings.take("image_mean", list, HALF[:n_channels]))),
        std=tuple(map(float, settings.take("image_std", list, HALF[:n_channels]))),
        patch_size=patch_size,
        class_token=True,
        d_model=d_model,
        n_layers=settings.take("num_hidden_layers", int),
        mixer=AttentionConfig(
            n_heads=settings.take("num_attention_heads", int), position=NoAttentionConfig(), causal=False, bias=True
        ),
        ffn=MLPConfig(
            d_ff=settings.take("intermediate_size", int),
            activation=read_activation(settings, "hidden_act", "gelu"),
            bias=True,
        ),
        norm=LayerNormConfig(eps=settings.take("layer_norm_eps", float, 1e-12)),
        position=LearnedConfig(),
        init_std=settings.take("initializer_range", float, 0.02),
    )


def _write(body: ViTConfig) -> dict[str, Any]:
    (height, width), (down, across) = body.image_size, body.patch_size
    return {
        "image_size": height if height == width else [height, width],
        "patch_size": down if down == across else [down, across],
        "num_channels": body.n_channels,
        "hidden_size": body.d_model,
        "num_hidden_layers": body.n_layers,
        "num_attention_heads": as_kind(body.mixer, AttentionConfig).n_heads,
        "intermediate_size": body.ffn.d_ff,
        "hidden_act": write_activation(body.ffn.activation),
        "layer_norm_eps": as_kind(body.norm, LayerNormConfig).eps,
        "initializer_range": body.init_std,
        "pooler_output_size": body.d_model,
        "qkv_bias": True,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
    }


def _sides(settings: Settings, name: str, default: int) -> tuple[int, int]:
    """A height and a width; one number stands for both."""
    if not settings.holds(name, list):
        side = settings.take(name, int, default)
        return side, side
    sides = settings.take(name, list)
    if len(sides) != 2:
        raise settings.refusal(f"{name}={sides}", "a picture has a height and a width")
    return int(sides[0]), int(sides[1])


def _read_classifier(settings: Settings, body: ViTConfig) -> ClassifierConfig:
    n_classes, classes = read_classes(settings)
    return ClassifierConfig(
        backbone=body, n_classes=n_classes, classes=classes, pooling=FirstPoolingConfig(), init_std=body.init_std
    )


VIT = BodyWords(model_type="vit", prefix="vit.", key_map=_key_map, read=_read, write=_write)
HEADS = (
    Head(
        architecture="ViTModel",
        kind=PICTURE_EMBEDDER,
        key_map=affine("pooler", "pooler.dense"),
        read=read_bare,
        write=write_bare,
        is_bare=True,
    ),
    Head(
        architecture="ViTForImageClassification",
        kind=PICTURE_CLASSIFIER,
        key_map=affine("head", "classifier"),
        ignored_weights=("vit.pooler.*",),
        read=_read_classifier,
        write=write_classifier,
    ),
)
VITS = tuple(family(VIT, head) for head in HEADS)
