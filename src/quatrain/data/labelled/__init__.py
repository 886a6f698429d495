"""Labelled text: texts, or pairs of texts, that each have a class."""

from quatrain.data.labelled.check import LabelReport, check_labelled
from quatrain.data.labelled.opening import LabelledData, encode_labelled, open_labelled
from quatrain.data.labelled.part import TextExamples
from quatrain.data.labelled.reading import looks_labelled, read_labelled
from quatrain.data.labelled.tables import read_sides

__all__ = [
    "LabelReport",
    "LabelledData",
    "TextExamples",
    "check_labelled",
    "encode_labelled",
    "looks_labelled",
    "open_labelled",
    "read_labelled",
    "read_sides",
]
