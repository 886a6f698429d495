"""How a word is written: a vector of its bytes, so that a name never seen before still looks like a name."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

N_BYTES = 256
SORTS = ("lower", "upper", "digit", "sign", "beyond ASCII")
"""Sorts of characters that a word is made of."""


class Spelling(nn.Module):
    """A convolution over the bytes of a word, its maximum, and which sorts of characters stand where.

    The convolution is that of Ma and Hovy 2016, section 2.1, https://arxiv.org/abs/1603.01354, over UTF-8; the sorts
    follow Collobert et al. 2011, section 3.4: of each, whether the word begins with it, has some, has nothing else.

    Args:
        d_byte: width of the vector of a byte.
        d_conv: filters of the convolution.
        width: bytes a filter sees.
    """

    def __init__(self, d_byte: int, d_conv: int, width: int) -> None:
        super().__init__()
        self.table = nn.Embedding(N_BYTES, d_byte)
        self.conv = nn.Conv1d(d_byte, d_conv, width, padding=width // 2)
        self.d_out = d_conv + 3 * len(SORTS)
        self.register_buffer("sorts", _sorts(), persistent=False)
        self.sorts: Tensor

    def forward(self, spellings: Int[Tensor, "batch words letters"]) -> Float[Tensor, "batch words d_out"]:
        """A vector of each word.

        Args:
            spellings: UTF-8 bytes, from the left; 0 where the word is shorter than others.
        """
        letters = spellings.flatten(0, 1)  # (B W, L)
        is_none = (letters == 0)[:, None]
        x = self.table(letters).transpose(1, 2).masked_fill(is_none, 0.0)  # (B W, D, L)
        x = self.conv(x)[..., : letters.shape[1]].masked_fill(is_none, -torch.inf)  # (B W, C, L)
        filtered = x.amax(dim=2).masked_fill(is_none[..., 0], 0.0)
        return torch.cat([filtered, self._looks(letters)], dim=1).unflatten(0, spellings.shape[:2])

    def _looks(self, letters: Tensor) -> Tensor:
        of_each = self.sorts[letters]  # (B W, L, S)
        n = of_each.sum(dim=1)
        return torch.cat([of_each[:, 0], n.clamp(max=1), (n == n.sum(dim=1, keepdim=True)).to(n.dtype)], dim=1)


def _sorts() -> Float[Tensor, "bytes sorts"]:
    """The sort of each byte as a vector of zeros and a one; of the padding, zeros."""
    sorts = torch.zeros(N_BYTES, len(SORTS))
    for value in range(1, N_BYTES):
        letter = chr(value)
        tests = (letter.islower(), letter.isupper(), letter.isdigit(), True)
        sorts[value, next(i for i, is_so in enumerate(tests) if is_so) if value < 128 else 4] = 1.0
    return sorts
