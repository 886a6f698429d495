"""Which examples are kept for validation where the data does not say it."""

from __future__ import annotations

from quatrain.data.labelled.texts import LabelledTexts
from quatrain.data.stratified import chosen, content_hashes
from quatrain.errors import DataError

__all__ = ["MOST_KEPT", "split_parts"]

MOST_KEPT = 5000
"""Examples of a validation part that we make."""


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
    is_val = chosen(hashes, train.labels, min(val_fraction, MOST_KEPT / len(train)))
    val, rest = train.keep(is_val, "val"), {name: part for name, part in parts.items() if name != "train"}
    if not len(val):
        raise DataError(
            f"of the {len(train):,} examples none can be kept for validation: no class has two different texts. "
            "Give more."
        )
    tests = f" As given: {', '.join(f'{name} {len(part):,}' for name, part in rest.items())}." if rest else ""
    sentence = (
        f"{len(val):,} of {len(train):,} examples, the same share of each class, chosen by a hash of their text, "
        f"validate.{tests}"
    )
    return {"train": train.keep(~is_val), "val": val, **rest}, sentence
