"""How each kind of subject speaks of its values."""

from __future__ import annotations

from typing import Any

from quatrain.comparison.voices._base import Voice, aside, is_counted, listed
from quatrain.comparison.voices.examples import ClassVoice, ForecastVoice, MaskedVoice, TagVoice
from quatrain.comparison.voices.sequences import PairsVoice, TaskVoice, TextVoice

__all__ = ["VOICES", "Voice", "aside", "is_counted", "listed", "voice_of"]

VOICES: dict[str, type[Voice]] = {
    "text": TextVoice,
    "task": TaskVoice,
    "pairs": PairsVoice,
    "classify": ClassVoice,
    "tag": TagVoice,
    "masked": MaskedVoice,
    "forecast": ForecastVoice,
}
"""By the kind of the data in compare.json."""


def voice_of(data: dict[str, Any]) -> Voice:
    """What speaks of a subject."""
    return VOICES[data["kind"]](data)
