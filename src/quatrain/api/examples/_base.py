"""How a run comes by its examples, whatever their sort."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from quatrain.config import Config, override
from quatrain.data.examples import ExamplePart
from quatrain.models.backbones import BackboneConfig
from quatrain.runs import RunFolder
from quatrain.training.learnable import Data

__all__ = ["ExampleReader", "Unreadable", "asked"]

BackboneT = TypeVar("BackboneT", bound=BackboneConfig)
ConfigT = TypeVar("ConfigT", bound=Config)


@dataclass(frozen=True)
class Unreadable:
    """An example that could not be read."""

    reason: str
    """Why, as a sentence."""
    about: Mapping[str, str] = field(default_factory=dict)
    """Which it is, as `ExampleReader.about` says."""


class ExampleReader(ABC):
    """Reads examples of one sort as the model of a run was trained to.

    Args:
        folder: of the run.
        classes: names of the classes it tells apart.
        recipe: what recipe.toml says of the data; empty where the run keeps none.
    """

    def __init__(self, folder: RunFolder, classes: tuple[str, ...], recipe: dict[str, Any]) -> None:
        self.folder, self.classes, self.recipe = folder, classes, recipe

    @abstractmethod
    def given(self, arguments: Sequence[Any]) -> list[Any]:
        """The examples that a person gave in Python: each argument is one, or the only one holds several.

        Raises:
            DataError: one is none of this sort.
        """

    @abstractmethod
    def part(self, examples: Sequence[Any]) -> ExamplePart:
        """Examples as a person gives them in Python, their classes unknown.

        Raises:
            DataError: one of them cannot be read.
        """

    @abstractmethod
    def examples(self, files: Sequence[str]) -> Iterator[Any]:
        """What files hold, `-` being stdin: each an example as `part` takes it, or `Unreadable`, in order.

        Raises:
            DataError: a file is missing or damaged.
        """

    @abstractmethod
    def about(self, example: Any) -> dict[str, str]:
        """How an answer says which of `examples` it is about: `text` (and `second`), or the `path` of a picture or the
        `place` (file and lines) of a window, if it has one."""

    @abstractmethod
    def own(self) -> Data:
        """The data of the run, opened again.

        Raises:
            DataError: it cannot be read any more.
        """

    @abstractmethod
    def other(self, data: str, settings: Sequence[str]) -> dict[str, ExamplePart]:
        """Other labelled data, by part; what is not divided into parts is one, `train`.

        Args:
            settings: how it is read, such as `data.label_column=stars`.
        Raises:
            DataError: it cannot be read, or has a class the model does not know.
        """

    @abstractmethod
    def hint(self) -> str:
        """What stands after `quatrain predict RUN` in an example of its use."""

    def _backbone(self, kind: type[BackboneT]) -> BackboneT:
        """What reads the examples, of the kind that reads this sort."""
        backbone = getattr(self.folder.model_config(), "backbone", None)
        assert isinstance(backbone, kind)
        return backbone

    def _config_of(self, kind: type[ConfigT], **changes: Any) -> ConfigT:
        """What the recipe says of the data, but for some settings."""
        said = {name: value for name, value in self.recipe.items() if name != "kind"}
        return kind.from_dict({**said, **changes}, "data")


def asked(config: ConfigT, settings: Sequence[str]) -> ConfigT:
    """How other data is read: a config with settings such as `data.label_column=stars` applied."""
    return override(config, [setting.removeprefix("data.") for setting in settings], where="data")
