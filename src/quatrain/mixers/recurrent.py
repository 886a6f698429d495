"""Recurrence: a state of constant size that every position reads and rewrites."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Self

import torch
from jaxtyping import Float, Int
from pydantic import model_validator
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from quatrain.errors import ConfigError
from quatrain.mixers._base import AlignedMixer, MixerConfig
from quatrain.mixers.both_ways import BothWays
from quatrain.ops.state import empty_rows, state_bytes

RecurrentState = tuple[Tensor, ...]
"""The hidden state (B, H); of an LSTM the cell's, too."""

STEPS: dict[str, Callable[..., Any]] = {
    "RNN_TANH": torch.rnn_tanh_cell,
    "LSTM": torch.lstm_cell,
    "GRU": torch.gru_cell,
}
"""One position, by the mode of torch's cell."""


class Recurrent(AlignedMixer):
    """One of torch's fused recurrent cells over the sequence, then a projection to the residual stream.

    Args:
        cell: nn.RNN, nn.LSTM or nn.GRU: one layer, one direction, batch first.
        d_model: width of the residual stream, out.
        bptt: positions the gradient flows back through the state (truncated back-propagation through time: the
            sequence is run in stretches of so many, the same forward); None: the whole sequence.
    """

    def __init__(self, cell: nn.RNNBase, d_model: int, *, bptt: int | None = None) -> None:
        super().__init__()
        self.cell, self.bptt = cell, bptt
        self.out_proj = nn.Linear(cell.hidden_size, d_model, bias=False)
        for weight in self._matrices():
            weight.fused = (cell.hidden_size,) * (len(weight) // cell.hidden_size)  # type: ignore[attr-defined]

    def mix(
        self, x: Float[Tensor, "batch seq d_model"], lengths: Int[Tensor, " batch"] | None
    ) -> Float[Tensor, "batch seq d_model"]:
        """Run over whole sequences."""
        state, parts = self.init_state(len(x)), []
        for stretch in x.split(self.bptt or x.shape[1], dim=1):
            h, state = self._run(stretch, tuple(part.detach() for part in state))
            parts.append(h)
        return self.out_proj(torch.cat(parts, dim=1))

    def init_state(self, batch_size: int) -> RecurrentState:
        """Zeros."""
        h = empty_rows(batch_size, self.cell.hidden_size, like=self.out_proj.weight)
        return (h, h) if isinstance(self.cell, nn.LSTM) else (h,)

    def extend(
        self, x: Float[Tensor, "batch new d_model"], state: RecurrentState, lengths: Int[Tensor, " batch"] | None
    ) -> tuple[Float[Tensor, "batch new d_model"], RecurrentState]:
        """Run on from the state."""
        if lengths is None:
            h, state = (self._step if x.shape[1] == 1 else self._run)(x, state)
            return self.out_proj(h), state
        some = lengths.clamp(min=1).cpu()  # what torch asks for; an empty row gets its old state back
        packed, last = self._run(pack_padded_sequence(x, some, batch_first=True, enforce_sorted=False), state)
        h, _ = pad_packed_sequence(packed, batch_first=True, total_length=x.shape[1])
        moved = (lengths > 0)[:, None]
        return self.out_proj(h), tuple(torch.where(moved, new, old) for new, old in zip(last, state, strict=True))

    def state_size(self, seq_len: int) -> int:
        """Bytes of the state, whatever the length."""
        return state_bytes(self.init_state(1))

    def flops(self, seq_len: int) -> int:
        """The cell's matrices and the projection."""
        return super().flops(seq_len) + seq_len * 2 * sum(weight.numel() for weight in self._matrices())

    def _matrices(self) -> tuple[nn.Parameter, nn.Parameter]:
        """From the input and from the state, the gates one below the other."""
        return self.cell.get_parameter("weight_ih_l0"), self.cell.get_parameter("weight_hh_l0")

    def _run(self, x: Any, state: RecurrentState) -> tuple[Any, RecurrentState]:
        """The cell's outputs (padded or packed, as x is) and its last state."""
        past = tuple(part[None] for part in state)
        h, last = self.cell(x, past if len(past) > 1 else past[0])
        return h, tuple(part[0] for part in (last if isinstance(last, tuple) else (last,)))

    def _step(self, x: Tensor, state: RecurrentState) -> tuple[Tensor, RecurrentState]:
        """The same for one position, without preparing for a sequence: an LSTM's in a quarter of the time on a CPU."""
        last = STEPS[self.cell.mode](x.squeeze(1), state if len(state) > 1 else state[0], *self.cell.parameters())
        state = last if isinstance(last, tuple) else (last,)
        return state[0][:, None], state


class RecurrentConfig(MixerConfig):
    """What every recurrent mixer has."""

    cell: ClassVar[Callable[..., nn.RNNBase]]

    d_hidden: int | None = None
    """Width of the state, of both directions together; null: d_model."""
    bptt: int | None = None
    """Positions the gradient flows back through the state; null: the whole sequence."""
    causal: bool = True
    """Hide the future; false: half of the state reads the sequence backwards."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in ("d_hidden", "bptt"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name}={value} must be at least 1, or null.")
        return self

    def build(self, d_model: int) -> Recurrent | BothWays:
        """One direction, or two of half the width each.

        Raises:
            ConfigError: there are two directions, and the width cannot be halved.
        """
        d_hidden = self.d_hidden or d_model
        if self.causal:
            return self._direction(d_model, d_hidden)
        if d_hidden % 2:
            raise ConfigError(
                f"d_hidden={d_hidden} cannot be shared by two directions. Make it even, or set causal=true."
            )
        return BothWays(self._direction(d_model, d_hidden // 2), self._direction(d_model, d_hidden // 2))

    def _direction(self, d_model: int, d_hidden: int) -> Recurrent:
        """The cell, each gate's recurrent matrix orthogonal, its input matrix Xavier's, its biases 0."""
        cell = self.cell(d_model, d_hidden, batch_first=True)
        for name, weight in cell.named_parameters():
            start = nn.init.orthogonal_ if "hh" in name else nn.init.xavier_uniform_
            for gate in weight.detach().split(cell.hidden_size):
                (nn.init.zeros_ if "bias" in name else start)(gate)
        return Recurrent(cell, d_model, bptt=self.bptt)


class RNNConfig(RecurrentConfig):
    """The simple recurrent network, tanh: Elman 1990."""

    kind: ClassVar[str] = "rnn"
    cell: ClassVar[Callable[..., nn.RNNBase]] = nn.RNN


class GRUConfig(RecurrentConfig):
    """The gated recurrent unit: Cho et al. 2014, https://arxiv.org/abs/1406.1078.

    Differs from the paper as torch does: the reset gate acts behind the recurrent matrix, not before it.
    """

    kind: ClassVar[str] = "gru"
    cell: ClassVar[Callable[..., nn.RNNBase]] = nn.GRU


class LSTMConfig(RecurrentConfig):
    """Long short-term memory: Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000."""

    kind: ClassVar[str] = "lstm"
    cell: ClassVar[Callable[..., nn.RNNBase]] = nn.LSTM

    def _direction(self, d_model: int, d_hidden: int) -> Recurrent:
        """As every cell, but what is remembered is kept at the start: the forget gate's bias is 1."""
        mixer = super()._direction(d_model, d_hidden)
        _, forget, _, _ = mixer.cell.get_parameter("bias_ih_l0").detach().chunk(4)
        nn.init.ones_(forget)  # torch adds a second bias, which stays 0
        return mixer
