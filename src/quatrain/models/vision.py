"""Named classifiers of pictures: each a function from the pictures and the numbers that matter to a complete config."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from quatrain.layers.feedforward import MLPConfig
from quatrain.layers.norms import LayerNormConfig
from quatrain.layers.pooling import FirstPoolingConfig
from quatrain.mixers import AttentionConfig, MixerConfig, TokenMLPConfig
from quatrain.models.backbones import ConvNetConfig, ViTConfig
from quatrain.models.classifier import ClassifierConfig
from quatrain.models.presets import mixers_of
from quatrain.positions import LearnedConfig, NoAttentionConfig, NoInputConfig


@dataclass(frozen=True)
class Pictures:
    """What a model must know of the pictures it is for."""

    image_size: tuple[int, int] = (224, 224)
    """Height and width."""
    n_channels: int = 3
    """1 for grey, 3 for colour."""
    n_classes: int = 1000
    """Classes told apart."""
    mean: tuple[float, ...] = (0.5,)
    """Of the pixels of the training part, in 0..1, for each channel or for all."""
    std: tuple[float, ...] = (0.5,)
    """Their standard deviation."""

    @property
    def settings(self) -> dict[str, Any]:
        """What every backbone of pictures is told."""
        return {
            "image_size": self.image_size, "n_channels": self.n_channels, "mean": self.mean, "std": self.std,
        }  # fmt: skip


@dataclass(frozen=True)
class VisionSize:
    """The numbers that matter; of a convolutional network the width of its last stage is d_model."""

    d_model: int
    n_layers: int
    n_heads: int
    patch_size: tuple[int, int] = (16, 16)


def vit(pictures: Pictures, size: VisionSize) -> ClassifierConfig:
    """ViT with the mean of all patches in place of a class token: Beyer et al. 2022, https://arxiv.org/abs/2205.01580."""
    mixer = AttentionConfig(n_heads=size.n_heads, causal=False, bias=True, position=NoAttentionConfig())
    return around(mixer, pictures, size)


def published_vit(pictures: Pictures, size: VisionSize) -> ClassifierConfig:
    """ViT as published: Dosovitskiy et al. 2021; the class is told from a class token."""
    config = vit(pictures, size)
    backbone = config.backbone.replace(class_token=True, norm=LayerNormConfig(eps=1e-12))
    return config.replace(backbone=backbone, pooling=FirstPoolingConfig())


def around(mixer: MixerConfig, pictures: Pictures, size: VisionSize) -> ClassifierConfig:
    """The blocks of a ViT around any mixer that may look ahead, and the mean of all patches."""
    backbone = ViTConfig(
        **pictures.settings,
        patch_size=size.patch_size,
        d_model=size.d_model,
        n_layers=size.n_layers,
        mixer=mixer,
        ffn=MLPConfig(bias=True),
        position=LearnedConfig(),
        init_std=0.5 * size.d_model**-0.5,
    )
    return ClassifierConfig(backbone=backbone, n_classes=pictures.n_classes)


def mlp_mixer(pictures: Pictures, size: VisionSize) -> ClassifierConfig:
    """MLP-Mixer: Tolstikhin et al. 2021; with d_model 512 and 8 layers its S/16, of 18,528,264 parameters."""
    patches = ViTConfig(**pictures.settings, patch_size=size.patch_size)
    config = around(TokenMLPConfig(n_positions=patches.n_positions), pictures, size)
    return config.replace(backbone=config.backbone.replace(position=NoInputConfig()))  # its weights know the places


def convnet(pictures: Pictures, size: VisionSize) -> ClassifierConfig:
    """A small residual network; it stops halving before a side is shorter than 2 places."""
    n_stages = min(2, max(min(pictures.image_size).bit_length() - 2, 1))
    widths = tuple(max(size.d_model >> halvings, 1) for halvings in range(n_stages, -1, -1))
    backbone = ConvNetConfig(**pictures.settings, widths=widths, n_blocks=size.n_layers)
    return ClassifierConfig(backbone=backbone, n_classes=pictures.n_classes)


VisionModel = Callable[[Pictures, VisionSize], ClassifierConfig]

VISION: dict[str, VisionModel] = {"convnet": convnet, "vit": vit, "mlp-mixer": mlp_mixer}
"""Words for whole models of pictures."""

PUBLISHED: dict[str, VisionSize] = {
    "vit-ti16": VisionSize(d_model=192, n_layers=12, n_heads=3),
    "vit-s16": VisionSize(d_model=384, n_layers=12, n_heads=6),
    "vit-b16": VisionSize(d_model=768, n_layers=12, n_heads=12),
    "vit-l16": VisionSize(d_model=1024, n_layers=24, n_heads=16),
}
"""ViTs of the sizes they were published in; of pictures of 224x224 and 1,000 classes B/16 has 86,567,656 parameters."""


def vision_model(word: str) -> VisionModel:
    """What a word for `--model` stands for: a whole model, a published ViT, or blocks around a mixer.

    Raises:
        ConfigError: nothing is called that; the message names what is nearest.
    """
    if word in VISION:
        return VISION[word]
    if word in PUBLISHED:
        published = PUBLISHED[word]
        return lambda pictures, size: published_vit(pictures, published)
    mixer = mixers_of(word, [*VISION, *PUBLISHED])

    def build(pictures: Pictures, size: VisionSize) -> ClassifierConfig:
        patches = ViTConfig(**pictures.settings, patch_size=size.patch_size)
        return around(mixer(size.n_heads, patches.n_positions).ahead(), pictures, size)

    return build
