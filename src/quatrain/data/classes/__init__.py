"""Examples of a class each, whatever their sort: names of classes, shares of each, and what a check tells of them."""

from quatrain.data.classes.data import ClassedData
from quatrain.data.classes.names import IN_A_COLUMN, IN_FOLDERS, Labelling, classes_of, numbered
from quatrain.data.classes.part import LabelledPart
from quatrain.data.classes.report import ClassReport, ComparedReport, alike, in_common
from quatrain.data.classes.shares import chosen, keep_labels, split_parts, training_part

__all__ = [
    "IN_A_COLUMN",
    "IN_FOLDERS",
    "ClassReport",
    "ClassedData",
    "ComparedReport",
    "LabelledPart",
    "Labelling",
    "alike",
    "chosen",
    "classes_of",
    "in_common",
    "keep_labels",
    "numbered",
    "split_parts",
    "training_part",
]
