"""What a task makes of a request."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from quatrain.config import Config
from quatrain.errors import ConfigError, suggest
from quatrain.training.config import TrainConfig
from quatrain.training.machine import machine_flops
from quatrain.training.planning.request import Request


@dataclass(frozen=True, kw_only=True)
class Notch:
    """One size on a dial; the tasks add what else they decide by it."""

    d_model: int
    n_layers: int
    n_heads: int
    batch_size: int
    flops: float
    """Floating-point operations of training from which it pays off."""


NotchT = TypeVar("NotchT", bound=Notch)


def paid_for(dial: Mapping[str, NotchT], flops: float) -> NotchT:
    """The largest notch that so many operations of training pay for."""
    return max((notch for notch in dial.values() if notch.flops <= flops), key=lambda notch: notch.flops)


def chosen(dial: Mapping[str, NotchT], request: Request, untimed: str) -> NotchT:
    """The notch asked for, or the largest that the time pays for on this machine.

    Args:
        untimed: the word of the notch where updates are given instead of a time.
    """
    if request.size not in (None, "auto"):
        return dial[str(request.size)]
    if request.time is None:
        return dial[untimed]
    return paid_for(dial, request.time * machine_flops(request.device or "auto"))


class Planner(ABC):
    """What follows for one task from a request and its data."""

    task: ClassVar[str]
    data_config: ClassVar[type[Config]]
    """What says which data and how it is read."""
    dial: ClassVar[Mapping[str, Any]]
    """Words for sizes."""

    @classmethod
    def recognises(cls, data: str, target: str | None) -> bool:
        """Whether data looks as if it were for this task, so that the task need not be named.

        Args:
            data: a path or an embedded name.
            target: the other side of a parallel text, where each side is a file.
        """
        return False

    @classmethod
    def could_read(cls, data: str) -> bool:
        """Whether data that looks like nothing could be of this planner's sort, where the task is named."""
        return False

    @classmethod
    def otherwise(cls, data: str) -> str:
        """What to type if data that looks as if it were for this task is meant for another one; empty where no other
        is likely."""
        return ""

    @abstractmethod
    def check_model(self, word: str) -> None:
        """Refuse a word that stands for no model of this task.

        Raises:
            ConfigError: the message names what is nearest.
        """

    def check(self, request: Request) -> None:
        """Refuse what cannot be meant, before the data is read.

        Raises:
            ConfigError: a word for a model or a size is unknown.
        """
        if request.model is not None:
            try:
                self.check_model(request.model)
            except ConfigError as error:
                raise ConfigError(f"--model {request.model}: {error}") from None
        sizes = [*self.dial, "auto"]
        if request.size is not None and request.size not in sizes:
            raise ConfigError(f"--size {request.size}: unknown. {suggest(request.size, sizes)}")

    def data_values(self, request: Request) -> dict[str, Any]:
        """What the request says about the data: where it lies, and the seed by which labels are left out."""
        if request.target is not None:
            raise ConfigError(
                f"{request.target}: a second file is the other side of a parallel text. Train on it with --task "
                f"translate, or put both files into a folder."
            )
        values: dict[str, Any] = {"path": request.data} if request.data else {}
        if request.seed is not None and "label_seed" in self.data_config.model_fields:
            values["label_seed"] = request.seed
        return values

    @abstractmethod
    def derive(self, request: Request, data: Any, config: Any) -> TrainConfig:
        """The complete recipe, of which files and settings may change parts."""
