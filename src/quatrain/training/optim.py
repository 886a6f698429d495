"""Which weights learn how fast: optimisers over named groups, stepped together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Self

import torch
from pydantic import model_validator
from torch import Tensor, nn
from torch.optim import SGD, Adafactor, AdamW, Optimizer

from quatrain.config import Config, one_of
from quatrain.training.muon import Muon
from quatrain.training.schedules import SCHEDULES, ScheduleConfig, TrapezoidConfig


class Optimisers:
    """Several optimisers that step as one; a schedule's factor multiplies every group's own rate."""

    def __init__(self, optimisers: Iterable[Optimizer]) -> None:
        self.parts = list(optimisers)
        self.rates = [[group["lr"] for group in part.param_groups] for part in self.parts]

    def step(self, factor: float) -> None:
        """Update the weights with every rate times `factor`, and forget the gradients."""
        for part, rates in zip(self.parts, self.rates, strict=True):
            for group, rate in zip(part.param_groups, rates, strict=True):
                group["lr"] = rate * factor
            part.step()
            part.zero_grad(set_to_none=True)

    def tensors(self) -> dict[str, Tensor]:
        """What they remember, as named tensors: `part.weight.name`."""
        return {
            f"{i}.{index}.{name}": torch.as_tensor(value)
            for i, part in enumerate(self.parts)
            for index, state in part.state_dict()["state"].items()
            for name, value in state.items()
            if value is not None
        }

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Remember again what `tensors` gave."""
        states: list[dict[int, dict[str, Any]]] = [{} for _ in self.parts]
        for key, value in tensors.items():
            i, index, name = key.split(".", 2)
            states[int(i)].setdefault(int(index), {})[name] = value
        for part, state in zip(self.parts, states, strict=True):
            part.load_state_dict({"state": state, "param_groups": part.state_dict()["param_groups"]})


def learned(model: nn.Module) -> list[tuple[str, nn.Parameter]]:
    """The weights that are not held as they are, by name."""
    return [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]


class OptimConfig(Config):
    """What every optimiser has."""

    lr: float = 1e-3
    """Rate of every weight."""
    weight_decay: float = 0.1
    """Decoupled decay of weights with two or more axes."""
    schedule: Annotated[ScheduleConfig, one_of(lambda: SCHEDULES)] = TrapezoidConfig()
    """The course of the rates: constant, cosine, inverse_sqrt or trapezoid."""
    clip: float | None = 1.0
    """Largest norm of the whole gradient; null: not clipped."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.lr <= 0:
            raise ValueError(f"lr={self.lr} must be above 0.")
        return self

    def build(self, model: nn.Module) -> Optimisers:
        """Optimisers over all weights of a model."""
        raise NotImplementedError


class AdamWConfig(OptimConfig):
    """AdamW: Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101."""

    kind: ClassVar[str] = "adamw"

    betas: tuple[float, float] = (0.9, 0.95)
    """Decay of the first and second moment."""
    eps: float = 1e-8
    """Added to the root of the second moment."""

    def build(self, model: nn.Module) -> Optimisers:
        """Optimisers over all weights of a model."""
        return Optimisers([self._adamw([weight for _, weight in learned(model)])])

    def _adamw(self, weights: list[nn.Parameter]) -> Optimizer:
        """Groups of what decays (two or more axes), what does not (norms, biases), and what has a rate of its own.

        A weight with an attribute `lr_factor` learns at that many times the rate, and never decays.
        """
        groups: dict[tuple[float, bool], list[nn.Parameter]] = {(1.0, True): [], (1.0, False): []}
        for weight in weights:
            factor = getattr(weight, "lr_factor", None)
            groups.setdefault((factor or 1.0, weight.ndim >= 2 and factor is None), []).append(weight)
        named = [
            {"params": group, "lr": self.lr * factor, **({} if decays else {"weight_decay": 0.0})}
            for (factor, decays), group in groups.items()
            if group
        ]
        return AdamW(
            named,
            lr=self.lr, betas=self.betas, eps=self.eps, weight_decay=self.weight_decay, fused=True,
        )  # fmt: skip


class MuonConfig(AdamWConfig):
    """Muon for the matrices and convolutions inside blocks, AdamW for the rest."""

    kind: ClassVar[str] = "muon"

    lr: float = 0.01
    """Rate of embeddings, head, norms and biases."""
    muon_lr: float = 0.02
    """Rate of the matrices."""
    momentum: float = 0.95
    """Of Muon."""
    clip: float | None = None
    """Largest norm of the whole gradient; null: not clipped, as Muon and AdamW both go by its direction."""
    muon_weight_decay: float = 0.03
    """Decoupled decay of the matrices."""

    def build(self, model: nn.Module) -> Optimisers:
        """Optimisers over all weights of a model."""
        matrices: list[nn.Parameter] = []
        rest: list[nn.Parameter] = []
        for name, weight in learned(model):
            inside = "blocks" in name.split(".") and weight.ndim in (2, 4) and not hasattr(weight, "lr_factor")
            (matrices if inside else rest).append(weight)
        muon = [Muon(matrices, self.muon_lr, self.momentum, self.muon_weight_decay)] if matrices else []
        return Optimisers([*muon, self._adamw(rest)])


class SGDConfig(OptimConfig):
    """Stochastic gradient descent with Nesterov momentum."""

    kind: ClassVar[str] = "sgd"

    lr: float = 0.1
    """Rate of every weight."""
    momentum: float = 0.9
    """Nesterov momentum; 0 for none."""
    weight_decay: float = 0.0
    """Coupled decay."""

    def build(self, model: nn.Module) -> Optimisers:
        """Optimisers over all weights of a model."""
        return Optimisers(
            [
                SGD(
                    [weight for _, weight in learned(model)], lr=self.lr, momentum=self.momentum,
                    nesterov=self.momentum > 0, weight_decay=self.weight_decay,
                )
            ]
        )  # fmt: skip


class AdafactorConfig(OptimConfig):
    """Adafactor, whose second moments are factored: Shazeer and Stern 2018, https://arxiv.org/abs/1804.04235."""

    kind: ClassVar[str] = "adafactor"

    lr: float = 1e-2
    """Largest relative step."""
    weight_decay: float = 0.0
    """Decoupled decay."""

    def build(self, model: nn.Module) -> Optimisers:
        """Optimisers over all weights of a model."""
        return Optimisers(
            [Adafactor([weight for _, weight in learned(model)], lr=self.lr, weight_decay=self.weight_decay)]
        )


OPTIMISERS: dict[str, type[OptimConfig]] = {
    "adamw": AdamWConfig,
    "muon": MuonConfig,
    "sgd": SGDConfig,
    "adafactor": AdafactorConfig,
}
