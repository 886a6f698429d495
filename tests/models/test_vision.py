"""Named models of pictures: their sizes as published, and what their settings refuse."""

from __future__ import annotations

import pytest
import torch

from quatrain.errors import ConfigError
from quatrain.models import ClassifierConfig
from quatrain.models.backbones import ConvNetConfig, ViTConfig
from quatrain.models.vision import PUBLISHED, Pictures, VisionSize, convnet, mlp_mixer, vision_model

SMALL = VisionSize(d_model=16, n_layers=2, n_heads=2, patch_size=(4, 4))


def n_parameters(config: ClassifierConfig) -> int:
    with torch.device("meta"):
        return sum(weight.numel() for weight in config.build().parameters())


@pytest.mark.parametrize(
    ("word", "expected"),
    [("vit-ti16", 5_717_416), ("vit-s16", 22_050_664), ("vit-b16", 86_567_656), ("vit-l16", 304_326_632)],
)
def test_a_published_vit_has_as_many_parameters_as_published(word: str, expected: int) -> None:
    assert n_parameters(vision_model(word)(Pictures(), PUBLISHED[word])) == expected


def test_mixer_s_16_has_as_many_parameters_as_published() -> None:
    assert n_parameters(mlp_mixer(Pictures(), VisionSize(d_model=512, n_layers=8, n_heads=1))) == 18_528_264


@pytest.mark.parametrize("word", ["convnet", "vit", "mlp-mixer", "lstm", "gru", "conv", "hyena", "gru+transformer"])
def test_every_word_builds_a_model_of_small_pictures(word: str) -> None:
    config = vision_model(word)(Pictures((8, 9), 3, 5, (0.1, 0.2, 0.3), (0.2, 0.2, 0.3)), SMALL)
    assert config.build()(torch.rand(2, 3, 8, 9)).shape == (2, 5)


def test_a_word_for_nothing_names_what_is_near() -> None:
    with pytest.raises(ConfigError, match=r"no model is called 'convnets'. Did you mean 'convnet'"):
        vision_model("convnets")


@pytest.mark.parametrize(("side", "widths"), [(2, (8, 16)), (8, (4, 8, 16)), (28, (4, 8, 16))])
def test_a_convnet_stops_halving_in_time(side: int, widths: tuple[int, ...]) -> None:
    backbone = convnet(Pictures((side, side)), SMALL).backbone
    assert isinstance(backbone, ConvNetConfig)
    assert backbone.widths == widths


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"image_size": (1, 8)}, r"cannot be halved 2 times: give fewer widths or larger pictures"),
        ({"widths": (4,)}, "must be two numbers or more"),
        ({"n_blocks": -1}, "n_blocks=-1 must be at least 0"),
        ({"dropout": 1.0}, r"dropout=1.0 must lie in \[0, 1\)"),
        ({"n_channels": 0}, "must be at least 1"),
        ({"n_channels": 3, "mean": (0.1, 0.2)}, r"mean=\(0.1, 0.2\) must have one number, or n_channels=3"),
        ({"std": (0.0,)}, r"std=\(0.0,\) must be above 0"),
    ],
)
def test_a_convnet_refuses_what_cannot_be(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ConvNetConfig(**settings)


def test_a_patch_larger_than_the_picture_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"patch_size=\(4, 4\) must lie between 1 and image_size=\(3, 8\)"):
        ViTConfig(image_size=(3, 8), patch_size=4)


def test_one_number_stands_for_height_and_width() -> None:
    assert ViTConfig(image_size=28, patch_size=7).grid == (4, 4)


def test_a_class_token_is_one_position_more_and_starts_at_zero() -> None:
    config = ViTConfig(image_size=28, patch_size=7, class_token=True)
    assert config.n_positions == 17
    assert config.build().class_token.abs().max() == 0
