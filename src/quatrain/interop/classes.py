"""Names of classes and tags in their config.json."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quatrain.interop.settings import Settings


def read_classes(settings: Settings) -> tuple[int, tuple[str, ...]]:
    """How many classes there are, and their names; none where they are only numbered.

    Raises:
        ConversionError: the model tells no classes, but several at once, or numbers.
    """
    kind = settings.optional("problem_type", str)
    if kind not in (None, "single_label_classification"):
        raise settings.refusal(f"problem_type={kind!r}", "its classifiers tell one class of several")
    names = settings.optional("id2label", dict) or {}
    n_classes = settings.take("num_labels", int, len(names) or 2)
    if n_classes < 2:
        raise settings.refusal(f"{n_classes} class", "its classifiers tell one class of several")
    if set(names) != {str(i) for i in range(n_classes)}:
        if names:
            raise settings.refusal(f"id2label={names!r}", f"it needs a name for each of 0 to {n_classes - 1}")
        return n_classes, ()
    listed = tuple(str(names[str(i)]) for i in range(n_classes))
    return n_classes, () if listed == numbered(n_classes) else listed


def write_classes(names: Sequence[str]) -> dict[str, Any]:
    """Their words for the names of classes."""
    return {
        "id2label": {str(i): name for i, name in enumerate(names)},
        "label2id": {name: i for i, name in enumerate(names)},
    }


def numbered(n_classes: int) -> tuple[str, ...]:
    """Their names of classes that have none."""
    return tuple(f"LABEL_{i}" for i in range(n_classes))
