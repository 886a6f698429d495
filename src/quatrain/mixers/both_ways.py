"""A sequence read forwards and backwards: what makes a mixer that sees the past see everything."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

from quatrain.config import one_of
from quatrain.errors import ConfigError
from quatrain.mixers._base import AlignedMixer, MixerConfig
from quatrain.ops.state import State


class BothWays(AlignedMixer):
    """The sum of two mixers, of which one reads the sequence backwards.

    Schuster and Paliwal 1997, "Bidirectional Recurrent Neural Networks". Each projects its own output to the stream,
    and the sum of two projections is one projection of both outputs side by side.

    Args:
        forth: reads from the first position to the last.
        back: reads from the last real position to the first.
    """

    is_causal = False

    def __init__(self, forth: AlignedMixer, back: AlignedMixer) -> None:
        super().__init__()
        self.forth, self.back = forth, back

    def mix(
        self, x: Float[Tensor, "batch seq d_model"], lengths: Int[Tensor, " batch"] | None
    ) -> Float[Tensor, "batch seq d_model"]:
        """Run over whole sequences in both directions."""
        turned = self.back.mix(_turned(x, lengths), lengths)
        return self.forth.mix(x, lengths) + _turned(turned, lengths)

    def init_state(self, batch_size: int) -> tuple[()]:
        """Nothing: it is not decoded."""
        return ()

    def extend(self, x: Tensor, state: State, lengths: Tensor | None) -> Any:
        """Declined.

        Raises:
            ConfigError: always.
        """
        self._refuse_advance()

    def state_size(self, seq_len: int) -> int:
        """Nothing is remembered."""
        return 0

    @property
    def reach(self) -> int | None:
        """Of the direction that reaches further."""
        reaches = [part.reach for part in (self.forth, self.back)]
        return None if None in reaches else max(reach for reach in reaches if reach is not None)

    def flops(self, seq_len: int) -> int:
        """Of both directions."""
        return self.forth.flops(seq_len) + self.back.flops(seq_len)


def _turned(x: Tensor, lengths: Tensor | None) -> Tensor:
    """Rows (B, T, D) back to front; what stands beyond their lengths stays there, whatever it is."""
    if lengths is None:
        return x.flip(1)
    places = torch.arange(x.shape[1], device=x.device)
    index = torch.where(places < lengths[:, None], lengths[:, None] - 1 - places, places)  # (B, T)
    return x.take_along_dim(index[..., None], dim=1)


def _table() -> dict[str, type[MixerConfig]]:
    from quatrain.mixers import MIXERS  # which has this one, too

    return MIXERS


class BothWaysConfig(MixerConfig):
    """Two mixers of a kind that reads forwards, one of which reads backwards: for encoders."""

    kind: ClassVar[str] = "both_ways"

    mixer: Annotated[MixerConfig, one_of(_table)]
    """What reads in each direction: any that hides the future but attention, which takes causal=false instead."""

    @property
    def needs_position(self) -> bool:
        """Where the mixer does."""
        return self.mixer.needs_position

    def at(self, layer: int) -> MixerConfig:
        """With the mixer of the layer."""
        return self.replace(mixer=self.mixer.at(layer))

    def build(self, d_model: int) -> BothWays:
        """A mixer a direction, each as wide as the residual stream.

        Raises:
            ConfigError: the mixer cannot be turned round.
        """
        forth, back = (self.mixer.build(d_model) for _ in range(2))
        if not (isinstance(forth, AlignedMixer) and isinstance(back, AlignedMixer)) or not forth.is_causal:
            raise ConfigError(
                f"both_ways: {self.mixer.kind} already looks both ways, or can: set causal=false in it instead."
            )
        return BothWays(forth, back)
