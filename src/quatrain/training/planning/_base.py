"""What a task makes of a request."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from quatrain.config import Config
from quatrain.errors import ConfigError
from quatrain.training.config import TrainConfig
from quatrain.training.planning.request import Request


class Planner(ABC):
    """What follows for one task from a request and its data."""

    task: ClassVar[str]
    data_config: ClassVar[type[Config]]
    """What says which data and how it is read."""

    @abstractmethod
    def check(self, request: Request) -> None:
        """Refuse what cannot be meant, before the data is read.

        Raises:
            ConfigError: a word for a model or a size is unknown, or something means nothing for this task.
        """

    def data_values(self, request: Request) -> dict[str, Any]:
        """What the request says about the data."""
        if request.target is not None:
            raise ConfigError(
                f"{request.target}: a second file is the other side of a parallel text. Train on it with --task "
                f"translate, or put both files into a folder."
            )
        return {"path": request.data} if request.data else {}

    @abstractmethod
    def derive(self, request: Request, data: Any, config: Any) -> TrainConfig:
        """The complete recipe, of which files and settings may change parts."""
