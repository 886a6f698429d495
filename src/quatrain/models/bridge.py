"""What of the encoder's output the decoder may read."""

from __future__ import annotations

import torch
from torch import nn

from quatrain.mixers import Memory


class Everything(nn.Module):
    """Every position: Bahdanau et al. 2015, https://arxiv.org/abs/1409.0473, and all that came after."""

    def forward(self, memory: Memory) -> Memory:
        """The memory itself."""
        return memory


class LastVector(nn.Module):
    """The last real position alone, a bottleneck of fixed size: Sutskever et al. 2014, https://arxiv.org/abs/1409.3215.

    An encoder that reads forwards has seen the whole source there.
    """

    def forward(self, memory: Memory) -> Memory:
        """A memory of one vector a source."""
        if memory.token_mask is None:
            return Memory(memory.vectors[:, -1:])
        places = torch.arange(memory.token_mask.shape[1], device=memory.token_mask.device)
        last = (places * memory.token_mask).amax(dim=1)  # (B,)
        return Memory(memory.vectors.take_along_dim(last[:, None, None], dim=1))


BRIDGES: dict[str, type[nn.Module]] = {"all": Everything, "last": LastVector}
