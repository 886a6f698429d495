"""Reading a foreign config.json to the last key: each is translated, insisted on, ignored or refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from quatrain.errors import ConversionError
from quatrain.interop.maps import Weights

T = TypeVar("T")


class Settings:
    """The keys of a config.json that are still to be accounted for.

    Args:
        values: the keys and their values; null counts as absent.
        source: where they were read, for messages.
        weights: their tensors, where they are at hand: some files say only so what is shared.
    """

    def __init__(self, values: Mapping[str, Any], source: str, weights: Weights | None = None) -> None:
        self._left, self.source, self.weights = dict(values), source, weights

    def has(self, name: str) -> bool:
        """Whether a key is there, be it null."""
        return name in self._left

    def holds(self, name: str, kind: type) -> bool:
        """Whether a key has a value of a type."""
        return type(self._left.get(name)) is kind

    def optional(self, name: str, kind: type[T]) -> T | None:
        """A value, or None where the key is absent or null.

        Raises:
            ConversionError: the value is of another type.
        """
        value = self._left.pop(name, None)
        if kind is float and type(value) is int:
            value = float(value)
        if value is not None and type(value) is not kind:
            raise ConversionError(f"{self.source}: {name}={value!r} should be of type {kind.__name__}.")
        return value

    def take(self, name: str, kind: type[T], default: T | None = None) -> T:
        """A value, or the default where the key is absent or null.

        Raises:
            ConversionError: absent without a default, or of another type.
        """
        value = self.optional(name, kind)
        if value is None and default is None:
            raise ConversionError(f"{self.source}: {name} is not given. Is this the model's own file?")
        result = default if value is None else value
        assert result is not None
        return result

    def insist(self, name: str, only: Any) -> None:
        """Accept one value of a key (the same as when it is absent) and no other.

        Raises:
            ConversionError: any other value.
        """
        value = self._left.pop(name, None)
        if value is not None and value != only:
            raise self.refusal(f"{name}={value!r}", f"it can import {name}={only!r} only")

    def refusal(self, what: str, why: str) -> ConversionError:
        """The error that says which setting cannot be carried over."""
        return ConversionError(
            f"{self.source}: {what} changes what the model computes, and Quatrain has no part for it: {why}."
        )

    def finish(self, ignored: Iterable[str]) -> None:
        """Close the account.

        Args:
            ignored: keys that change nothing of what the model computes.
        Raises:
            ConversionError: names the keys nobody asked for.
        """
        unknown = sorted(set(self._left) - set(ignored))
        if unknown:
            raise ConversionError(
                f"{self.source}: no translation is known for {', '.join(unknown)}. If the model computes the "
                "same without, delete them from config.json and try again."
            )
