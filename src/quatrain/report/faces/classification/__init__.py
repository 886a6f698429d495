"""Runs of a classifier: it tells the class of a text, a pair of texts, a picture or a window of a series."""

from quatrain.report.faces.classification.face import ClassificationFace

__all__ = ["ClassificationFace"]
