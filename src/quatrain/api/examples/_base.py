"""How a run comes by its examples, whatever their sort."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, TypeVar

from quatrain.config import Config, override
from quatrain.data.examples import ExamplePart
from quatrain.errors import ConfigError
from quatrain.models.backbones import BackboneConfig
from quatrain.runs import RunFolder
from quatrain.training.learnable import Data

__all__ = ["NOT_UTF_8", "ExampleReader", "Unreadable", "asked", "check_reading"]

NOT_UTF_8 = "the line is not UTF-8: save the file as UTF-8, or name its encoding (--set data.encoding=latin-1)."
"""Why a line of text could not be read, where an encoding can be named."""

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

    reading: ClassVar[tuple[str, ...]] = ()
    """Settings that may be others for a file whose examples are to be told."""

    def __init__(self, folder: RunFolder, classes: tuple[str, ...], recipe: dict[str, Any]) -> None:
        self.folder, self.classes, self.recipe = folder, classes, recipe
        self.asked: frozenset[str] = frozenset()

    def told(self, settings: Sequence[str]) -> Self:
        """The same reader, but that it reads files as settings say, such as `data.text_column=body`.

        Raises:
            ConfigError: a setting says nothing of how such files are read.
        """
        if not settings:
            return self
        names = check_reading(settings, self.able)
        config = asked(self._unlabelled(""), settings)
        reader = copy(self)
        reader.recipe = {**self.recipe, **{name: getattr(config, name) for name in names}}
        reader.asked = frozenset(names)
        return reader

    @property
    def able(self) -> tuple[str, ...]:
        """Those of `reading` that this run knows."""
        return self.reading

    def are_cut(self, part: ExamplePart, max_seq_len: int | None) -> Sequence[bool | None]:
        """Whether each example is longer than a model reads, so that it loses its end; None: none can."""
        return [None] * part.n_targets

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

    @abstractmethod
    def _unlabelled(self, path: str) -> Config:
        """How a file is read whose examples are to be told."""

    def _backbone(self, kind: type[BackboneT]) -> BackboneT:
        """What reads the examples, of the kind that reads this sort."""
        backbone = getattr(self.folder.model_config(), "backbone", None)
        assert isinstance(backbone, kind)
        return backbone

    def _config_of(self, kind: type[ConfigT], **changes: Any) -> ConfigT:
        """What the recipe says of the data, but for some settings."""
        said = {name: value for name, value in self.recipe.items() if name != "kind"}
        return kind.from_dict({**said, **changes}, "data")


def check_reading(settings: Sequence[str], able: Sequence[str]) -> list[str]:
    """The names of settings, if each is one of those that say how a file is read.

    Raises:
        ConfigError: one is not.
    """
    names = [setting.removeprefix("data.").partition("=")[0] for setting in settings]
    for name in names:
        if name not in able:
            known = ", ".join(f"data.{other}" for other in able)
            which = f"What says how a file is read: {known}." if able else "Such files are read as they are."
            raise ConfigError(f"--set data.{name}: a trained model is given no other value of this. {which}")
    return names


def asked(config: ConfigT, settings: Sequence[str]) -> ConfigT:
    """How other data is read: a config with settings such as `data.label_column=stars` applied."""
    return override(config, [setting.removeprefix("data.") for setting in settings], where="data")
