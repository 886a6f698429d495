"""Which examples are kept for validation where the data does not say it."""

from __future__ import annotations

from quatrain.data.labelled.texts import LabelledTexts
from quatrain.data.stratified import content_hashes, with_validation

__all__ = ["split_parts"]


def split_parts(parts: dict[str, LabelledTexts], val_fraction: float) -> tuple[dict[str, LabelledTexts], str]:
    """train, val and the test parts, and how they came to be, in a sentence.

    Where no part is for validation, the same share of every class is taken from training in the order of a hash of
    the text, so that equal texts never fall into two parts, and the same data is split the same way.

    Args:
        parts: a training part among them.
    Raises:
        DataError: no class has two different texts.
    """
    train = parts["train"]
    if "val" in parts:
        counts = ", ".join(f"{name} {len(part):,}" for name, part in parts.items())
        return parts, f"As given: examples of {counts}."
    hashes = content_hashes(key.encode() for key in train.keys())  # noqa: SIM118 - not a mapping
    return with_validation(parts, hashes, val_fraction, examples="examples", content="text", contents="texts")
