"""What backbones of pictures have in common: the size they read, and the scale of their pixels."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from jaxtyping import Float
from pydantic import BeforeValidator, model_validator
from torch import Tensor

from quatrain.errors import ShapeError
from quatrain.layers.pixels import Standardise
from quatrain.models.backbones._base import Backbone, BackboneConfig


def _both(value: Any) -> Any:
    return (value, value) if isinstance(value, int) else value


HeightWidth = Annotated[tuple[int, int], BeforeValidator(_both)]
"""A height and a width; one number stands for both."""


class ImageBackbone(Backbone):
    """Reads pictures of one size.

    Args:
        n_channels: 1 for grey, 3 for colour.
        image_size: height and width.
        standardise: brings pixels to scale.
    """

    def __init__(self, n_channels: int, image_size: tuple[int, int], standardise: Standardise) -> None:
        super().__init__()
        self.n_channels, self.image_size, self.standardise = n_channels, image_size, standardise

    def scaled(
        self, pixels: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch channels height width"]:
        """Pixels in 0..1 brought to scale.

        Raises:
            ShapeError: the pictures have another size.
        """
        shape = (self.n_channels, *self.image_size)
        if tuple(pixels.shape[1:]) != shape:
            raise ShapeError(
                f"pictures of {'x'.join(map(str, pixels.shape[1:]))} (channels, height, width), but this model reads "
                f"{'x'.join(map(str, shape))}. Resize them first."
            )
        return self.standardise(pixels)


class ImageBackboneConfig(BackboneConfig):
    """Base of the settings of a backbone of pictures."""

    reads: ClassVar[str] = "images"

    image_size: HeightWidth = (28, 28)
    """Height and width of a picture; one number where they are equal."""
    n_channels: int = 1
    """1 for grey, 3 for colour."""
    mean: tuple[float, ...] = (0.5,)
    """Of the pixels (0 to 1) that training saw, for each channel or for all; it is taken off."""
    std: tuple[float, ...] = (0.5,)
    """Their standard deviation; what remains is divided by it."""

    @model_validator(mode="after")
    def _check_pixels(self) -> Self:
        if self.n_channels < 1 or min(self.image_size) < 1:
            raise ValueError(f"n_channels={self.n_channels} and image_size={self.image_size} must be at least 1.")
        for name in ("mean", "std"):
            if len(getattr(self, name)) not in (1, self.n_channels):
                raise ValueError(f"{name}={getattr(self, name)} must have one number, or n_channels={self.n_channels}.")
        if min(self.std) <= 0:
            raise ValueError(f"std={self.std} must be above 0.")
        return self

    def scale(self) -> Standardise:
        """What brings pixels to scale."""
        each = self.n_channels if len(self.mean) == len(self.std) == 1 else 1
        return Standardise(self.mean * each, self.std * each)
