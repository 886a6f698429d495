"""Hybrids: another mixer from layer to layer."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from pydantic import model_validator

from quatrain.config import one_of
from quatrain.mixers._base import Mixer, MixerConfig


def _table() -> dict[str, type[MixerConfig]]:
    from quatrain.mixers import MIXERS  # which has the pattern itself, too

    return MIXERS


class CycleConfig(MixerConfig):
    """A pattern over the layers, repeated to the last: layer i has mixer i modulo their number.

    In files and commands a word for each, joined by commas: `hyena,hyena,attention`. Settings of one are named by its
    place, from 0: `model.mixer.mixers.2.window=8`.
    """

    kind: ClassVar[str] = "cycle"

    mixers: tuple[Annotated[MixerConfig, one_of(_table)], ...]
    """The mixers of the pattern."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.mixers:
            raise ValueError("mixers: a pattern needs at least one mixer, for example hyena,attention.")
        return self

    @property
    def needs_position(self) -> bool:
        """Where one of them does."""
        return any(mixer.needs_position for mixer in self.mixers)

    def at(self, layer: int) -> MixerConfig:
        """The mixer of a layer."""
        return self.mixers[layer % len(self.mixers)].at(layer)

    def build(self, d_model: int) -> Mixer:
        """The mixer of the first layer."""
        return self.at(0).build(d_model)

    def ahead(self) -> CycleConfig:
        """The pattern of what each becomes."""
        return CycleConfig(mixers=tuple(mixer.ahead() for mixer in self.mixers))


def pattern(value: Any) -> Any:
    """`hyena,hyena,attention` (or joined by `+`) as a cycle; anything else as it is."""
    if not isinstance(value, str) or not {",", "+"} & set(value):
        return value
    words = tuple(word.strip() for word in value.replace("+", ",").split(","))
    return CycleConfig.from_dict({"mixers": words})
