"""Pictures brought to one size, and written as files."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from quatrain.data.images import fitted
from quatrain.data.images.pixels import png

from .conftest import drawn


def test_the_same_size_changes_nothing() -> None:
    pixels = drawn(2, 1, 4, 5)
    assert np.array_equal(fitted(pixels, 1, (4, 5)), pixels)


def test_what_juts_out_is_cut_at_both_sides() -> None:
    pixels = np.zeros((1, 1, 2, 6), np.uint8)
    pixels[..., 2:4] = 200
    assert (fitted(pixels, 1, (2, 2)) == 200).all()


def test_a_smaller_picture_is_a_mean_of_the_pixels_it_covers() -> None:
    pixels = np.repeat(np.repeat(drawn(1, 3, 3, 4), 5, axis=2), 5, axis=3)
    small = fitted(pixels, 3, (3, 4))
    assert np.abs(small.astype(int) - pixels[:, :, 2::5, 2::5]).mean() < 45
    assert abs(small.mean() - pixels.mean()) < 3


def test_a_picture_can_be_made_larger() -> None:
    assert fitted(drawn(2, 1, 3, 5), 1, (9, 12)).shape == (2, 1, 9, 12)


def test_colours_become_grey_by_brightness_and_grey_three_equal_channels() -> None:
    red = np.zeros((1, 3, 2, 2), np.uint8)
    red[:, 0] = 200
    assert fitted(red, 1, (2, 2))[0, 0, 0, 0] == round(0.299 * 200)
    assert (fitted(red[:, :1], 3, (2, 2)) == 200).all()


def test_a_png_is_what_pillow_reads_back() -> None:
    for n_channels in (1, 3):
        pixels = drawn(1, n_channels, 4, 7)[0]
        back = np.asarray(Image.open(io.BytesIO(png(pixels))))
        assert np.array_equal(back.reshape(4, 7, n_channels).transpose(2, 0, 1), pixels)
