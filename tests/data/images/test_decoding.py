"""Every kind of picture file becomes grey or colour, the right way up."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from quatrain.data.images import decode, open_picture
from quatrain.data.images.decoding import has_colour, upright_size
from quatrain.errors import DataError


def saved(picture: Image.Image, ending: str = "png", **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, ending, **options)
    return stream.getvalue()


def decoded(content: bytes) -> np.ndarray:
    return decode(open_picture(io.BytesIO(content), "x"), "x")


GREY = Image.fromarray(np.array([[0, 100, 255], [7, 8, 9]], np.uint8))
RED = Image.new("RGB", (3, 2), (200, 10, 20))


def test_grey_stays_grey() -> None:
    assert decoded(saved(GREY)).tolist() == [[[0, 100, 255], [7, 8, 9]]]


def test_black_and_white_is_grey() -> None:
    assert decoded(saved(GREY.point(lambda value: 255 * (value > 50)).convert("1"))).tolist() == [
        [[0, 255, 255], [0, 0, 0]]
    ]


def test_colour_has_three_channels() -> None:
    assert decoded(saved(RED))[:, 0, 0].tolist() == [200, 10, 20]
    assert has_colour(RED)


def test_a_palette_is_looked_up() -> None:
    assert decoded(saved(RED.convert("P", palette=Image.Palette.ADAPTIVE)))[:, 1, 2].tolist() == [200, 10, 20]


def test_what_is_transparent_becomes_white() -> None:
    picture = Image.new("RGBA", (2, 1), (200, 10, 20, 0))
    picture.putpixel((1, 0), (200, 10, 20, 255))
    assert decoded(saved(picture))[:, 0].T.tolist() == [[255, 255, 255], [200, 10, 20]]


def test_grey_with_alpha_stays_grey_on_white() -> None:
    picture = Image.new("LA", (2, 1), (50, 255))
    picture.putpixel((0, 0), (50, 0))
    assert decoded(saved(picture)).tolist() == [[[255, 50]]]


def test_a_palette_with_a_transparent_entry_becomes_white_there() -> None:
    picture = Image.new("P", (2, 1), 0)
    picture.putpalette([200, 10, 20, 1, 2, 3])
    picture.putpixel((1, 0), 1)
    assert decoded(saved(picture, transparency=0))[:, 0].T.tolist() == [[255, 255, 255], [1, 2, 3]]


def test_the_inks_of_print_become_light() -> None:
    pixels = decoded(saved(Image.new("CMYK", (2, 2), (0, 255, 255, 0)), "tiff"))
    assert pixels.shape == (3, 2, 2)
    assert pixels[0, 0, 0] > 200 > 60 > pixels[1, 0, 0]


def test_of_sixteen_bits_the_upper_eight_stay() -> None:
    assert decoded(saved(Image.fromarray(np.array([[0, 256, 65535]], np.uint16)))).tolist() == [[[0, 1, 255]]]


def test_floating_point_numbers_are_no_brightness() -> None:
    content = saved(Image.fromarray(np.zeros((2, 2), np.float32)), "tiff")
    with pytest.raises(DataError, match=r"x: is damaged: its pixels are floating-point numbers"):
        decoded(content)


def test_of_a_moving_picture_the_first_frame_is_taken() -> None:
    frames = [Image.new("RGB", (3, 2), colour) for colour in ("red", "blue")]
    content = saved(frames[0], "gif", save_all=True, append_images=frames[1:])
    assert decoded(content)[:, 0, 0].tolist() == [255, 0, 0]


def test_a_picture_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its left side
    content = saved(GREY, "png", exif=exif)
    assert decoded(content).tolist() == [[[7, 0], [8, 100], [9, 255]]]
    assert upright_size(open_picture(io.BytesIO(content), "x")) == (3, 2)


@pytest.mark.parametrize("content", [b"", b"no picture", saved(RED)[:20], saved(RED)[:50], saved(RED, "jpeg")[:300]])
def test_a_damaged_picture_is_a_typed_error(content: bytes) -> None:
    with pytest.raises(DataError, match=r"^x: "):
        decoded(content)


def test_a_picture_far_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4)
    with pytest.raises(DataError, match=r"has more than 89 million pixels\. Scale it down first"):
        decoded(saved(RED))
