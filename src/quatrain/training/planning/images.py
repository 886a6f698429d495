"""A classifier of pictures: one dial from the data and the time to everything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from quatrain.config import Config
from quatrain.data import ImageData, ImagesConfig, looks_like_pictures
from quatrain.models import ClassifierConfig
from quatrain.models.vision import Pictures, VisionSize, vision_model
from quatrain.training.config import LoopConfig, TrainConfig
from quatrain.training.optim import MuonConfig
from quatrain.training.planning._base import Notch, Planner, chosen
from quatrain.training.planning.request import Request
from quatrain.training.schedules import TrapezoidConfig

DEFAULT_MODEL = "convnet"
CONVOLUTIONAL = ("convnet",)
"""Words for models with a residual block a stage, whatever the number of layers."""
N_VALIDATIONS, VALIDATION_PICTURES = 10, 5000
MOST_PATCHES = 64
"""Patches that a picture is cut into at most."""
OPTIMISER = MuonConfig(lr=3e-3, muon_lr=0.02, schedule=TrapezoidConfig(warmup_steps=20, cooldown=0.7))
SMOOTHING = 0.1
FEW_PICTURES, DROPOUT = 10_000, 0.1
"""Training pictures below which each is seen so often that models of patches learn them by heart, and what those then
drop."""


@dataclass(frozen=True, kw_only=True)
class ImageSize(Notch):
    """One notch of the dial."""

    width: int
    """Of the last stage of a convolutional network."""


IMAGE_SIZES: dict[str, ImageSize] = {
    "tiny": ImageSize(d_model=64, n_layers=2, n_heads=4, width=64, batch_size=64, flops=0),
    "small": ImageSize(d_model=96, n_layers=4, n_heads=4, width=128, batch_size=128, flops=1e13),
    "medium": ImageSize(d_model=192, n_layers=6, n_heads=6, width=256, batch_size=128, flops=1e15),
}
"""The dial."""


class ImageClassifierPlanner(Planner):
    """The class of a picture."""

    task: ClassVar[str] = "classify"
    data_config: ClassVar[type[Config]] = ImagesConfig
    dial: ClassVar[Mapping[str, ImageSize]] = IMAGE_SIZES

    @classmethod
    def recognises(cls, data: str, target: str | None) -> bool:
        """idx files, arrays of pictures, folders of pictures, or digits."""
        return target is None and looks_like_pictures(data)

    def check_model(self, word: str) -> None:
        """A classifier of pictures."""
        vision_model(word)

    def derive(self, request: Request, data: ImageData, config: ImagesConfig) -> TrainConfig:
        """Width, depth, patches and rates from the pictures and the time."""
        seconds, device = request.time, request.device or "auto"
        size, word = chosen(IMAGE_SIZES, request, untimed="small"), request.model or DEFAULT_MODEL
        width = size.width if word in CONVOLUTIONAL else size.d_model
        return TrainConfig(
            data=config,
            model=picture_model(word, width, size.n_layers, size.n_heads, data),
            task="classify",
            optim=OPTIMISER,
            train=LoopConfig(
                steps=request.steps,
                seconds=seconds,
                batch_size=size.batch_size,
                seq_len=1,
                seed=request.seed or 0,
                device=device,
                n_validations=N_VALIDATIONS,
                validation_tokens=VALIDATION_PICTURES,
            ),
        )


def picture_model(word: str, d_model: int, n_layers: int, n_heads: int, data: ImageData) -> ClassifierConfig:
    """The classifier of these pictures that a word stands for; of a convolutional network d_model is the last width.

    Raises:
        ConfigError: nothing is called that; the message names what is nearest.
    """
    mean, std = data.train.brightness
    pictures = Pictures(data.train.image_size, data.train.n_channels, len(data.classes), mean, std)
    n_blocks = 1 if word in CONVOLUTIONAL else n_layers
    size = VisionSize(d_model, n_blocks, n_heads, patch_size(data.train.image_size))
    model = vision_model(word)(pictures, size).replace(classes=data.classes, label_smoothing=SMOOTHING)
    if word in CONVOLUTIONAL or data.train.n_targets >= FEW_PICTURES:
        return model
    return model.replace(backbone=model.backbone.replace(dropout=DROPOUT))


def patch_size(image_size: tuple[int, int]) -> tuple[int, int]:
    """The smallest square patch, of 2 pixels or more, of which a picture has at most `MOST_PATCHES`.

    Of two that give as many patches the one that fits better.

    Example:
        >>> patch_size((28, 28)), patch_size((8, 8)), patch_size((224, 224))
        ((4, 4), (2, 2), (28, 28))
    """
    height, width = image_size
    side = next(p for p in range(2, max(image_size) + 2) if -(-height // p) * -(-width // p) <= MOST_PATCHES)
    return min(side, height), min(side, width)
