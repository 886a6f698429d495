"""From token ids to vectors."""

from __future__ import annotations

from jaxtyping import Float, Int
from torch import Tensor, nn


class TokenEmbedding(nn.Module):
    """One learned vector a token, times a constant.

    Args:
        scale: what the vectors are multiplied by; sqrt(d_model) in Vaswani et al. 2017, section 3.4.
    """

    def __init__(self, vocab_size: int, d_model: int, *, scale: float = 1.0) -> None:
        super().__init__()
        self.table, self.scale = nn.Embedding(vocab_size, d_model), scale

    def forward(self, tokens: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch seq d_model"]:
        """Look the tokens up."""
        x = self.table(tokens)
        return x if self.scale == 1.0 else x * self.scale
