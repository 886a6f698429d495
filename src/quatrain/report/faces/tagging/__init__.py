"""Runs of a tagger: it finds entities in sentences."""

from quatrain.report.faces.tagging.face import TaggingFace

__all__ = ["TaggingFace"]
