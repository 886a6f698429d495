"""Where the norm stands around a residual branch: before it, or after the sum."""

from __future__ import annotations

from torch import Tensor, nn

from quatrain.layers.dropout import Dropout


class Residual(nn.Module):
    """A norm and a dropout around a branch: `join(x, branch(enter(x)))`."""

    def __init__(self, norm: nn.Module, dropout: float) -> None:
        super().__init__()
        self.norm, self.dropout = norm, Dropout(dropout)

    def enter(self, x: Tensor) -> Tensor:
        """What the branch reads."""
        raise NotImplementedError

    def join(self, x: Tensor, y: Tensor) -> Tensor:
        """The stream after the branch gave y."""
        raise NotImplementedError


class PreNorm(Residual):
    """x + branch(norm(x)): Xiong et al. 2020, https://arxiv.org/abs/2002.04745."""

    def enter(self, x: Tensor) -> Tensor:
        """The normed stream."""
        return self.norm(x)

    def join(self, x: Tensor, y: Tensor) -> Tensor:
        """The sum, left as it is."""
        return x + self.dropout(y)


class PostNorm(Residual):
    """norm(x + branch(x)): Vaswani et al. 2017, section 3.1."""

    def enter(self, x: Tensor) -> Tensor:
        """The stream itself."""
        return x

    def join(self, x: Tensor, y: Tensor) -> Tensor:
        """The normed sum."""
        return self.norm(x + self.dropout(y))


RESIDUALS: dict[str, type[Residual]] = {"pre": PreNorm, "post": PostNorm}
