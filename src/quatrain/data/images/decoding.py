"""The bytes of a picture file to pixels, whatever the format, the colours and the side that is up."""

from __future__ import annotations

import io
import warnings
from pathlib import PurePosixPath
from typing import IO, Any

import numpy as np
from jaxtyping import UInt8

from quatrain.data.files import DAMAGE
from quatrain.errors import DataError, MissingExtra

__all__ = ["ENDINGS", "decode", "has_colour", "need_pillow", "open_picture", "upright_size"]

FOREIGN = frozenset({
    ".heic", ".heif", ".hif", ".jxl", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf",
})  # fmt: skip
"""Of pictures of telephones and cameras that pillow does not read, or of which it reads a small preview."""
ENDINGS = frozenset({
    ".png", ".jpg", ".jpeg", ".jfif", ".jpe", ".gif", ".bmp", ".webp", ".avif", ".tif", ".tiff", ".ppm", ".pgm", ".pbm",
    ".tga", ".jp2", *FOREIGN,
})  # fmt: skip
"""Of files that hold a picture, be it one that is not read."""
ARRAYS = frozenset({".npz", ".npy"})
"""Of files that numpy saves."""
ORIENTATION = 0x0112
"""The EXIF tag that says which side is up."""
GREY = frozenset({"1", "L", "LA", "I", "F"})
"""Modes without colour, those of 16 bits (I;16, I;16B) aside."""


def need_pillow() -> None:
    """Find out whether picture files can be read.

    Raises:
        MissingExtra: pillow is not installed.
    """
    try:
        import PIL  # noqa: F401
    except ImportError:
        raise MissingExtra("Reading pictures needs an extra package: pip install 'quatrain[data]'.") from None


def open_picture(stream: IO[bytes], source: str) -> Any:
    """A picture of which size and mode are known; its pixels are read later.

    Args:
        source: how it is called in errors.
    Raises:
        DataError: this is no picture, a damaged one, one of more than 89 million pixels, or of a kind that is not read.
    """
    from PIL import Image

    ending = PurePosixPath(source).suffix.lower()
    if ending in FOREIGN or (ending == ".avif" and ending not in Image.registered_extensions()):
        raise DataError(f"{source}: {ending} is not read. Save it as .jpg or .png first.")
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return Image.open(io.BytesIO(stream.read()))
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            raise DataError(f"{source}: has more than 89 million pixels. Scale it down first.") from None
        except Image.UnidentifiedImageError:
            if ending in ARRAYS:
                raise DataError(_about_arrays(source)) from None
            raise DataError(f"{source}: is no picture, or a damaged one.") from None
        except (SyntaxError, ValueError, *DAMAGE) as error:
            raise DataError(f"{source}: cannot be read as a picture: {_first_line(error)}.") from None


def _about_arrays(source: str) -> str:
    """What to type to have pictures told that are saved as arrays."""
    file = repr(source)
    loaded = f"numpy.load({file})" + ("['images']" if source.lower().endswith(".npz") else "")
    return (
        f"{source}: holds arrays, and a picture here is a file of its own. From Python: import numpy, quatrain; "
        f"quatrain.open_run(RUN).predict(*{loaded}), with the name that the pictures have there."
    )


def has_colour(picture: Any) -> bool:
    """Whether its file has colours, be they all grey."""
    return not (picture.mode in GREY or picture.mode.startswith("I;16"))


def upright_size(picture: Any) -> tuple[int, int]:
    """Height and width, once it is turned as its EXIF tag says."""
    width, height = picture.size
    try:
        is_turned = picture.getexif().get(ORIENTATION, 1) >= 5
    except (OSError, SyntaxError, ValueError, TypeError):  # a damaged tag
        is_turned = False
    return (width, height) if is_turned else (height, width)


def decode(picture: Any, source: str) -> UInt8[np.ndarray, "channels height width"]:
    """The pixels of an opened picture: 1 channel without colours, else 3.

    It is turned upright as its EXIF tag says; what is transparent becomes white; of 16 bits the upper 8 stay; of a
    moving picture the first frame is taken.

    Raises:
        DataError: it is damaged, or holds numbers that are no brightness.
    """
    from PIL import ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd tags do no harm
            upright = ImageOps.exif_transpose(picture)
            if upright.mode.startswith("I"):
                return _upper_bits(np.asarray(upright), source)[None]
            pixels = np.asarray(_flattened(upright))
    except (OSError, SyntaxError, ValueError, EOFError, IndexError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{source}: is damaged: {_first_line(error)}.") from None
    return pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)


def _flattened(picture: Any) -> Any:
    """In grey (L) or colour (RGB), on white where it is transparent."""
    from PIL import Image

    if picture.mode == "F":
        raise ValueError("its pixels are floating-point numbers, save it with 8 or 16 bits")
    if picture.mode in ("LA", "PA", "RGBA", "RGBa", "La") or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        white = Image.new("RGBA", layered.size, "white")
        flat = Image.alpha_composite(white, layered)
        return flat.convert("L" if picture.mode in (*GREY, "La") else "RGB")
    return picture.convert("RGB" if has_colour(picture) else "L")


def _upper_bits(values: np.ndarray, source: str) -> UInt8[np.ndarray, "height width"]:
    if values.min() < 0 or values.max() > 0xFFFF:
        raise DataError(f"{source}: has pixels from {values.min()} to {values.max()}, and 16 bits hold 0 to 65535.")
    return (values >> 8).astype(np.uint8)


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
