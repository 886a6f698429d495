"""Strict, frozen, nested configs: Python objects, dictionaries, TOML files and dotted overrides.

Every config class lives beside the class it builds. A part that can be one of several kinds is
declared as `Annotated[MixerConfig, one_of(lambda: MIXERS)]`: in Python one passes an object, in a
file or on the command line a word (`"attention"`) or a table with a `kind` key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

import tomli_w
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from quatrain.errors import ConfigError, suggest

__all__ = ["Config", "merge", "one_of", "override", "read_toml"]


ConfigT = TypeVar("ConfigT", bound="Config")


class Config(BaseModel):
    """A frozen value that names every setting of one part; unknown names are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True, protected_namespaces=()
    )

    kind: ClassVar[str] = ""
    """The word that stands for this class in files and commands; empty where there is one class only."""

    def __init__(self, **values: Any) -> None:
        """Raises ConfigError where a setting is unknown, missing, or of the wrong type."""
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ConfigError(_explain(type(self), error)) from None

    @model_validator(mode="before")
    @classmethod
    def _without_kind(cls, values: Any) -> Any:
        """Where one class alone may stand, its word says nothing more, and another word is refused."""
        if not cls.kind or not isinstance(values, Mapping) or "kind" not in values:
            return values
        if values["kind"] != cls.kind:
            raise ConfigError(f"kind: {values['kind']!r} cannot stand here, only {cls.kind!r}.")
        return {name: value for name, value in values.items() if name != "kind"}

    def replace(self, **changes: Any) -> Self:
        """A copy with some settings changed, checked again as a whole."""
        return type(self)(**{name: getattr(self, name) for name in type(self).model_fields} | changes)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], where: str = "") -> Self:
        """Build from plain values, as read from a file.

        Raises:
            ConfigError: a key is unknown, missing, or has the wrong type; the message has its dotted path.
        """
        try:
            return cls(**{str(name): _frozen(value) for name, value in values.items()})
        except ConfigError as error:
            raise ConfigError(f"{where}.{error}" if where else str(error)) from None

    def to_dict(self) -> dict[str, Any]:
        """Plain values (numbers, words, lists, dictionaries); `from_dict` restores an equal config."""
        values = {name: _plain(getattr(self, name)) for name in type(self).model_fields}
        return ({"kind": self.kind} if self.kind else {}) | values

    def to_toml(self) -> str:
        """The same as TOML text; None, which TOML lacks, is written as the word "null"."""
        return tomli_w.dumps(_swap(self.to_dict(), None, "null"))


def _plain(value: Any) -> Any:
    if isinstance(value, Config):
        return value.to_dict()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _frozen(value: Any) -> Any:
    """Lists, as files have them, become the tuples configs hold."""
    if isinstance(value, list | tuple):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, Mapping):
        return {key: _frozen(item) for key, item in value.items()}
    return value


def one_of(table: Callable[[], Mapping[str, type[Config]]]) -> Any:
    """Annotation for a part that a word or a table with `kind` may stand for.

    Args:
        table: returns the one visible table of words, looked up late so that tables may live above.
    """

    def resolve(value: Any) -> Any:
        if isinstance(value, str):
            return _kind(value, table())()
        if isinstance(value, Mapping):
            values = dict(value)
            if "kind" not in values:
                raise ValueError(f"needs a key 'kind'. {suggest('', table())}")
            return _kind(values.pop("kind"), table()).from_dict(values)
        return value

    return BeforeValidator(resolve)


def _kind(word: str, table: Mapping[str, type[Config]]) -> type[Config]:
    if word not in table:
        raise ValueError(f"nothing is called {word!r}. {suggest(str(word), table)}")
    return table[word]


def _explain(cls: type[Config], error: ValidationError) -> str:
    """The first fault, as a sentence with its dotted path; a name that nothing has goes before one that is missing."""
    faults = error.errors()
    fault = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    path = ".".join(map(str, fault["loc"]))
    if fault["type"] == "extra_forbidden":
        owner = _config_at(cls, fault["loc"][:-1])
        return f"{path}: no setting has this name. {suggest(str(fault['loc'][-1]), owner.model_fields)}"
    if fault["type"] == "missing":
        return f"{path}: this setting is needed and was not given."
    message = fault["msg"].removeprefix("Value error, ")
    cause = fault.get("ctx", {}).get("error")
    if isinstance(cause, ConfigError) and fault["loc"]:  # the fault lies in a part of this part
        return f"{path}.{message}"
    if fault["type"] == "value_error":
        return f"{path}: {message}" if path else message
    return f"{path}: {message[0].lower()}{message[1:]}, got {fault['input']!r}."


def _config_at(cls: type[Config], path: Sequence[Any]) -> type[Config]:
    for name in path:
        field = cls.model_fields.get(str(name))
        if field is None or not (isinstance(field.annotation, type) and issubclass(field.annotation, Config)):
            break
        cls = field.annotation
    return cls


def merge(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Nested tables laid over one another; a part of another kind replaces the whole part.

    Example:
        >>> merge({"train": {"steps": 9, "seed": 0}}, {"train": {"seed": 1}})
        {'train': {'steps': 9, 'seed': 1}}
        >>> merge({"norm": {"kind": "layernorm", "bias": True}}, {"norm": {"kind": "rmsnorm"}})
        {'norm': {'kind': 'rmsnorm'}}
    """
    merged = dict(values)
    for name, change in changes.items():
        old = merged.get(name)
        if isinstance(old, Mapping) and isinstance(change, Mapping):
            same_kind = change.get("kind", old.get("kind")) == old.get("kind")
            merged[name] = merge(old, change) if same_kind else change
        else:
            merged[name] = change
    return merged


def override(config: ConfigT, settings: Sequence[str], where: str = "") -> ConfigT:
    """Apply dotted settings such as `model.mixer.n_heads=4`; later ones win.

    Values are read as TOML (`3e-4`, `true`, `"text"`, `[1, 2]`); `null` is None; anything else is a word. What stands
    in a list is named by its place, from 0: `model.mixer.mixers.0.window=8`.

    Raises:
        ConfigError: no `=`, an unknown name, or a wrong type.

    Example:
        >>> from quatrain.mixers import AttentionConfig
        >>> changed = override(AttentionConfig(), ["n_heads=4", "position=alibi", "window=null"])
        >>> changed.n_heads, changed.position.kind, changed.window
        (4, 'alibi', None)
    """
    values = config.to_dict()
    for setting in settings:
        path, equals, text = setting.partition("=")
        if not equals:
            raise ConfigError(f"--set {setting}: needs NAME=VALUE, for example --set train.lr=3e-4.")
        _put(values, path.strip().split("."), _parse(text.strip()), setting)
    values.pop("kind", None)
    return type(config).from_dict(values, where)


def _put(values: dict[str, Any], path: list[str], value: Any, setting: str) -> None:
    unknown = [f"--set {setting}: nothing is called {'.'.join(path[:end])!r}." for end in range(1, len(path) + 1)]
    holder: Any = values
    for depth, name in enumerate(path[:-1]):
        place = _place(holder, name, unknown[depth])
        if isinstance(holder, dict) and name not in holder:
            raise ConfigError(f"{unknown[depth]} {suggest(name, holder)}")
        if isinstance(holder[place], str):  # a word stands for a part with all its defaults
            holder[place] = {"kind": holder[place]}
        holder = holder[place]
        if not isinstance(holder, dict | list):
            raise ConfigError(f"{unknown[depth]} It has no settings inside.")
    holder[_place(holder, path[-1], unknown[-1])] = value


def _place(holder: dict[str, Any] | list[Any], name: str, unknown: str) -> Any:
    """Where a name points to: the key of a table, or the place in a list, from 0."""
    if isinstance(holder, dict):
        return name
    if name.isdecimal() and int(name) < len(holder):
        return int(name)
    raise ConfigError(f"{unknown} Known: {', '.join(map(str, range(len(holder)))) or 'none'}.")


def _parse(text: str) -> Any:
    if text == "null":
        return None
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def read_toml(path: Path) -> dict[str, Any]:
    """Plain values of a file that `Config.to_toml` or a person wrote.

    Raises:
        ConfigError: the file is missing or is not TOML.
    """
    try:
        values: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: this is not TOML: {error}.") from None
    restored: dict[str, Any] = _swap(values, "null", None)
    return restored


def _swap(value: Any, old: Any, new: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _swap(item, old, new) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_swap(item, old, new) for item in value]
    return new if value is old or (isinstance(old, str) and value == old) else value
