"""Runs of a translator: it writes a target from its source."""

from quatrain.report.faces.translation.face import TranslationFace

__all__ = ["TranslationFace"]
