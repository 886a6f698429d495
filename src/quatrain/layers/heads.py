"""From vectors to the next token: all logits, and what a target costs."""

from __future__ import annotations

from typing import ClassVar, Self

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.config import Config
from quatrain.ops.cross_entropy import linear_cross_entropy
from quatrain.ops.wide_linear import wide_linear

ROWS = 1024
"""Positions whose logits are held at once where only the losses are wanted."""


class SoftmaxHead(nn.Linear):
    """A linear map to one logit a token, and a softmax over all of them.

    Args:
        bias: add a learned number to each logit.
        scale: what vectors are multiplied by first; T5 with a tied table: d_model**-0.5.
        label_smoothing: while training, share of the target's probability that is spread evenly over all tokens, the
            target included: Szegedy et al. 2016, section 7, https://arxiv.org/abs/1512.00567. In evaluation mode
            losses are those of the target alone.
    """

    def __init__(
        self, d_model: int, vocab_size: int, *, bias: bool, scale: float = 1.0, label_smoothing: float = 0.0
    ) -> None:
        super().__init__(d_model, vocab_size, bias=bias)
        self.scale, self.label_smoothing = scale, label_smoothing

    def forward(self, h: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows vocab"]:
        """All logits."""
        return wide_linear(h if self.scale == 1.0 else h * self.scale, self.weight, self.bias)

    def losses(self, h: Float[Tensor, "rows d_model"], targets: Int[Tensor, " rows"]) -> Float[Tensor, " rows"]:
        """Nats paid for each target, smoothed while training; softmax in float32 or wider."""
        if torch.is_grad_enabled():
            return self._losses(h, targets)
        parts = zip(h.split(ROWS), targets.split(ROWS), strict=True)
        return torch.cat([self._losses(*part) for part in parts])

    def _losses(self, h: Tensor, targets: Tensor) -> Tensor:
        smoothing = self.label_smoothing if self.training else 0.0
        if self._is_plain(h):
            h = h if self.scale == 1.0 else h * self.scale
            return linear_cross_entropy(h, self.weight, self.bias, targets, smoothing)
        return F.cross_entropy(_wide(self(h)), targets, reduction="none", label_smoothing=smoothing)

    def _is_plain(self, h: Tensor) -> bool:
        """Whether gradients are wanted, on a CPU and in the weights' own precision."""
        return (
            torch.is_grad_enabled()
            and h.device.type == "cpu"
            and h.dtype == self.weight.dtype
            and not torch.is_autocast_enabled("cpu")
            and not torch.compiler.is_compiling()
        )

    @torch.no_grad()
    def observe(self, tokens: Int[Tensor, " n"]) -> None:
        """Start the bias, if there is one, at the log-frequencies of the training text."""
        if self.bias is not None:
            self.bias.copy_(_frequencies(tokens, self.out_features).log())


class SampledSoftmaxHead(SoftmaxHead):
    """Learns from a softmax over the batch's targets, the most frequent tokens and a sample of the rest.

    Jean et al. 2015, "On Using Very Large Target Vocabulary for Neural Machine Translation",
    https://arxiv.org/abs/1412.2007; every logit is corrected by the logarithm of the probability that its token is
    in the sample. The loss it reports while training is an estimate; in evaluation mode the softmax is exact.

    Args:
        n_frequent: the most frequent tokens, always in the sample.
        n_sampled: how many others to expect in it, drawn by the root of their frequency.
    """

    def __init__(
        self, d_model: int, vocab_size: int, *, bias: bool, scale: float = 1.0, n_frequent: int, n_sampled: int
    ) -> None:
        super().__init__(d_model, vocab_size, bias=bias, scale=scale)
        self.n_frequent, self.n_sampled = n_frequent, n_sampled
        self.register_buffer("frequencies", torch.full((vocab_size,), 1 / vocab_size))
        self.frequencies: Tensor

    @torch.no_grad()
    def observe(self, tokens: Int[Tensor, " n"]) -> None:
        """Count how frequent every token is in the training text."""
        super().observe(tokens)
        self.frequencies.copy_(_frequencies(tokens, self.out_features))

    def losses(self, h: Float[Tensor, "rows d_model"], targets: Int[Tensor, " rows"]) -> Float[Tensor, " rows"]:
        """Nats paid for each target: estimated while training, exact otherwise."""
        if not self.training:
            return super().losses(h, targets)
        chances = self._chances()
        drawn = torch.rand(len(chances), device=h.device) < chances
        drawn[targets] = True
        sample = drawn.nonzero().squeeze(1)
        place = drawn.long().cumsum(0) - 1
        here = 1 - (1 - chances[sample]) * torch.exp(len(targets) * torch.log1p(-self.frequencies[sample]))
        correction = here.log()  # of the chance to be in the sample, drawn or as some row's target
        bias = -correction if self.bias is None else self.bias[sample] - correction
        h = h if self.scale == 1.0 else h * self.scale
        logits = _wide(torch.addmm(bias.to(h.dtype), h, self.weight[sample].to(h.dtype).T))
        own = place[targets].unsqueeze(1)
        logits = logits.scatter_add(1, own, correction[own].to(logits.dtype))  # a row's own target is there for certain
        return F.cross_entropy(logits, own.squeeze(1), reduction="none")

    def _chances(self) -> Float[Tensor, " vocab"]:
        roots = self.frequencies.sqrt()
        frequent = self.frequencies.topk(min(self.n_frequent, len(roots))).indices
        roots[frequent] = 0
        chances = (self.n_sampled * roots / roots.sum().clamp(min=1e-30)).clamp(max=1.0)
        chances[frequent] = 1.0
        return chances


def _wide(logits: Tensor) -> Tensor:
    """In float32 or wider."""
    return logits.to(torch.promote_types(logits.dtype, torch.float32))


def _frequencies(tokens: Tensor, vocab_size: int) -> Tensor:
    counts = torch.bincount(tokens, minlength=vocab_size).double() + 0.5
    return (counts / counts.sum()).float()


class HeadConfig(Config):
    """A softmax over all tokens."""

    kind: ClassVar[str] = "softmax"

    bias: bool = False
    """A bias a token, which starts at the log-frequency in the training text."""
    scale: float = 1.0
    """What vectors are multiplied by before they become logits; T5: d_model**-0.5."""
    label_smoothing: float = 0.0
    """While training, share of the target's probability that is spread evenly over all tokens."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not 0 <= self.label_smoothing < 1:
            raise ValueError(f"label_smoothing={self.label_smoothing} must lie in [0, 1); 0.1 is usual.")
        return self

    def build(self, d_model: int, vocab_size: int) -> SoftmaxHead:
        """The layer."""
        return SoftmaxHead(d_model, vocab_size, bias=self.bias, scale=self.scale, label_smoothing=self.label_smoothing)


class SampledHeadConfig(HeadConfig):
    """A softmax over a sample of the tokens while training; exact otherwise. For large vocabularies."""

    kind: ClassVar[str] = "sampled"

    bias: bool = True
    """A bias a token, which starts at the log-frequency in the training text."""
    n_frequent: int = 1500
    """The most frequent tokens, always in the sample."""
    n_sampled: int = 1500
    """How many others to expect in it."""

    @model_validator(mode="after")
    def _check_smoothing(self) -> Self:
        if self.label_smoothing:
            raise ValueError(
                f"label_smoothing={self.label_smoothing} spreads over all tokens, and a sampled head sees a sample. "
                "Set label_smoothing=0, or use head=softmax."
            )
        return self

    def build(self, d_model: int, vocab_size: int) -> SampledSoftmaxHead:
        """The layer."""
        return SampledSoftmaxHead(
            d_model,
            vocab_size,
            bias=self.bias,
            scale=self.scale,
            n_frequent=self.n_frequent,
            n_sampled=self.n_sampled,
        )


HEADS: dict[str, type[HeadConfig]] = {"softmax": HeadConfig, "sampled": SampledHeadConfig}
