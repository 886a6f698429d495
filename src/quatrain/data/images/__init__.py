"""Labelled pictures: readers, changes at random, and what a model reads."""

from quatrain.data.images.arrays import picture_array
from quatrain.data.images.check import ImageReport, check_images
from quatrain.data.images.decoding import decode, need_pillow, open_picture
from quatrain.data.images.opening import ImageData, encode_images, open_images
from quatrain.data.images.part import ImageExamples
from quatrain.data.images.pixels import fitted
from quatrain.data.images.reading import looks_like_pictures, read_pictures

__all__ = [
    "ImageData",
    "ImageExamples",
    "ImageReport",
    "check_images",
    "decode",
    "encode_images",
    "fitted",
    "looks_like_pictures",
    "need_pillow",
    "open_images",
    "open_picture",
    "picture_array",
    "read_pictures",
]
