"""What follows from pictures and a request."""

from __future__ import annotations

import numpy as np
import pytest

from quatrain.data import AugmentConfig, ImageData, ImageExamples, ImagesConfig
from quatrain.errors import ConfigError
from quatrain.models.backbones import ConvNetConfig, ViTConfig
from quatrain.training import Request
from quatrain.training.planning import plan
from quatrain.training.planning.images import IMAGE_SIZES, patch_size


def pictures(n: int = 40, n_channels: int = 1, side: int = 8) -> ImageData:
    pixels = np.random.default_rng(0).integers(0, 256, (n, n_channels, side, side), dtype=np.uint8)
    part = ImageExamples(pixels, np.arange(n), np.arange(n) % 4, ("a", "b", "c", "d"), [""] * n, AugmentConfig())
    return ImageData(train=part, val=part, tests={}, name="pictures", fingerprint="", split="", notes=())


@pytest.mark.parametrize(
    ("image_size", "expected"),
    [((28, 28), (4, 4)), ((8, 8), (2, 2)), ((64, 64), (8, 8)), ((1, 200), (1, 4)), ((5, 3), (2, 2)), ((1, 1), (1, 1))],
)
def test_a_picture_is_cut_into_at_most_64_patches(image_size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert patch_size(image_size) == expected


def test_the_model_knows_size_channels_brightness_and_classes() -> None:
    data = pictures(n_channels=3)
    config = plan(Request(data="x", steps=5), data, ImagesConfig(path="x"))
    backbone = config.model.backbone
    assert isinstance(backbone, ConvNetConfig)
    assert (backbone.image_size, backbone.n_channels) == ((8, 8), 3)
    assert (backbone.mean, backbone.std) == data.train.brightness
    assert config.model.classes == ("a", "b", "c", "d")


@pytest.mark.parametrize("size", IMAGE_SIZES)
@pytest.mark.parametrize("word", ["convnet", "vit", "mlp-mixer", "lstm", "hyena+transformer"])
def test_every_word_has_every_size(word: str, size: str) -> None:
    config = plan(Request(data="x", model=word, size=size, steps=5), pictures(), ImagesConfig(path="x"))
    backbone = config.model.build().backbone
    assert backbone.max_seq_len <= 64
    assert isinstance(config.model.backbone, ConvNetConfig if word == "convnet" else ViTConfig)


@pytest.mark.parametrize(("word", "n", "dropout"), [("vit", 9_999, 0.1), ("vit", 10_000, 0.0), ("convnet", 40, 0.0)])
def test_few_pictures_are_not_learned_by_heart(word: str, n: int, dropout: float) -> None:
    config = plan(Request(data="x", model=word, steps=5), pictures(n, side=2), ImagesConfig(path="x"))
    assert config.model.backbone.dropout == dropout


def test_an_unknown_size_is_refused() -> None:
    from quatrain.training.planning.images import ImageClassifierPlanner

    with pytest.raises(ConfigError, match="--size huge: unknown"):
        ImageClassifierPlanner().check(Request(data="x", size="huge"))
