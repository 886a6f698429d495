"""Runs of a classifier: it tells the class of a text, a pair of texts or a picture."""

from quatrain.report.faces.classification.face import ClassificationFace

__all__ = ["ClassificationFace"]
