"""Writes docs/settings.md from the config classes: python docs/make_settings.py"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from quatrain.comparison import Budget, CompareConfig
from quatrain.config import Config
from quatrain.data import Task
from quatrain.data.config import (
    AugmentConfig,
    ImagesConfig,
    LabelledConfig,
    LabelledSeriesConfig,
    MaskedConfig,
    PairsConfig,
    SeriesConfig,
    TaggedConfig,
)
from quatrain.data.tasks import TASKS
from quatrain.generate import SamplingConfig
from quatrain.layers.embedding import EMBEDDINGS, EmbeddingConfig
from quatrain.layers.feedforward import FEED_FORWARDS, FeedForwardConfig
from quatrain.layers.heads import HEADS, HeadConfig
from quatrain.layers.norms import NORMS, NormConfig
from quatrain.layers.pooling import POOLINGS, PoolingConfig
from quatrain.layers.start import STARTS, StartConfig
from quatrain.layers.tag_heads import TAG_HEADS, TagHeadConfig
from quatrain.mixers import CROSS_MIXERS, MIXERS, CrossMixerConfig, MixerConfig
from quatrain.mixers.scores import SCORES, ScoreConfig
from quatrain.models import MODELS, ModelConfig
from quatrain.models.backbones import BACKBONES, BackboneConfig
from quatrain.models.presets import PRESETS, SEQUENCE_MIXERS, WITHOUT_BLOCKS, plain
from quatrain.models.translators import TRANSLATORS
from quatrain.positions import (
    ATTENTION_POSITIONS,
    INPUT_POSITIONS,
    AttentionPositionConfig,
    InputPositionConfig,
)
from quatrain.training import TrainConfig
from quatrain.training.optim import OPTIMISERS, OptimConfig
from quatrain.training.planning.language import SIZES, Size
from quatrain.training.schedules import SCHEDULES, ScheduleConfig

UNIONS = (Union, types.UnionType)

PAGE = Path(__file__).with_name("settings.md")

KINDS: dict[type[Config], Mapping[str, type[Config]]] = {
    ModelConfig: MODELS,
    MixerConfig: MIXERS,
    CrossMixerConfig: CROSS_MIXERS,
    ScoreConfig: SCORES,
    AttentionPositionConfig: ATTENTION_POSITIONS,
    InputPositionConfig: INPUT_POSITIONS,
    FeedForwardConfig: FEED_FORWARDS,
    NormConfig: NORMS,
    EmbeddingConfig: EMBEDDINGS,
    HeadConfig: HEADS,
    StartConfig: STARTS,
    BackboneConfig: BACKBONES,
    PoolingConfig: POOLINGS,
    TagHeadConfig: TAG_HEADS,
    OptimConfig: OPTIMISERS,
    ScheduleConfig: SCHEDULES,
}
"""A part that can be several kinds -> its table of words."""

SORTS: tuple[tuple[str, str, type[Config]], ...] = (
    ("Text with hidden tokens", "masked", MaskedConfig),
    ("Parallel text", "translate", PairsConfig),
    ("Labelled texts", "classify", LabelledConfig),
    ("Pictures", "classify", ImagesConfig),
    ("Labelled windows of series", "classify", LabelledSeriesConfig),
    ("Tagged sentences", "tag", TaggedConfig),
    ("Series", "forecast", SeriesConfig),
)
"""Title, task and settings of each sort of data but plain text."""

HEADER = """\
# All settings

Written from the code by `python docs/make_settings.py`; a test compares them.

A setting is typed as `--set NAME=VALUE`, as often as needed, or stands in a recipe (`--recipe FILE.toml`). Values are
TOML: `3e-4`, `true`, `"text"`, `[1, 2]`; `null` is none; anything else is a word. An unknown name or a wrong type stops
with the nearest name. A part that can be several kinds is set by its word, `--set model.mixer.position=alibi`, which
brings that kind's defaults; then its own settings, `--set model.mixer.position.theta=5e5`, in the order typed.

The defaults below are those of the parts. `quatrain train` starts from a [preset](#presets) and a [size](#sizes)
instead, and plans the rest from the data and the time: `quatrain train DATA --dry-run` prints the outcome, and every
run keeps it as `recipe.toml`. What wins, from the weakest: defaults, preset and size, recipe, `--set`.
"""


def page() -> str:
    """The whole page."""
    sections = [
        HEADER,
        *_sections("", TrainConfig, _homes("", TrainConfig)),
        _sampling(),
        _comparing(),
        *(_sort_of_data(*sort) for sort in SORTS),
        _tasks(),
        _model_words(),
        _translator_words(),
        _presets(),
        _sizes(),
    ]
    return "\n".join(section.rstrip() + "\n" for section in sections)


def _homes(path: str, config: type[Config]) -> dict[type[Config], str]:
    """Where each part that can be several kinds is told: at the shortest of its names."""
    homes: dict[type[Config], str] = {}
    front = {path: config}
    while front:
        for name, part in front.items():
            if part in KINDS:
                homes.setdefault(part, name)
        kinds = [(name, kind) for name, part in front.items() for kind in (KINDS.get(part) or {"": part}).values()]
        inside = {inner: part for name, kind in kinds for inner, part in _parts(name, kind).items()}
        front = {name: part for name, part in inside.items() if part not in homes}
    return homes


def _sections(path: str, config: type[Config], homes: Mapping[type[Config], str]) -> Iterator[str]:
    """The section of a part, then those of the parts inside it; a part with a home elsewhere is told there."""
    kinds = KINDS.get(config)
    home = homes.get(config, path)
    if home != path:
        yield f"## `{path}`\n\nThe words and settings of [`{home}`](#{home.replace('.', '')})."
        return
    if kinds is None:
        yield _titled(path, config, _table(path, config)) if path else _table(path, config)
        inside = _parts(path, config)
    else:
        inside = {}
        yield f"## `{path}`\n\n{_words(kinds)}"
        for word, kind in kinds.items():
            inside.update(_parts(path, kind))
            if kind.model_fields:
                yield f"### `{path}={word}`\n\n{_doc(kind)}\n\n{_table(path, kind)}"
    for inner_path, inner in inside.items():
        yield from _sections(inner_path, inner, homes)


def _titled(path: str, config: type[Config], body: str) -> str:
    return f"## `{path}`\n\n{_doc(config)}\n\n{body}"


def _parts(path: str, config: type[Config]) -> dict[str, type[Config]]:
    """The fields that are configs themselves, by dotted name."""
    fields = {_join(path, name): _config(field.annotation) for name, field in config.model_fields.items()}
    return {name: kind for name, kind in fields.items() if kind is not None}


def _config(annotation: Any) -> type[Config] | None:
    """The config that a field holds; tasks, which may stand for a text, have a section of their own."""
    kinds = [annotation, *get_args(annotation)] if get_origin(annotation) in UNIONS else [annotation]
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Config)), None)


def _table(path: str, config: type[Config]) -> str:
    rows = [
        (f"`{_join(path, name)}`", _type(field.annotation), _default(field), field.description or "")
        for name, field in config.model_fields.items()
    ]
    return _markdown(("setting", "type", "default", "meaning"), rows)


def _words(kinds: Mapping[str, type[Config]]) -> str:
    return _markdown(("word", "what it is"), [(f"`{word}`", _doc(kind, first=True)) for word, kind in kinds.items()])


def _sampling() -> str:
    rows = [
        (f"`--{name.replace('_', '-')}`", _type(field.annotation), _default(field), field.description or "")
        for name, field in SamplingConfig.model_fields.items()
    ]
    title = "## `quatrain generate`\n\nFlags of the command, and the same names in `run.generate(prompt, top_k=40)`."
    return f"{title}\n\n{_doc(SamplingConfig)}\n\n{_markdown(('flag', 'type', 'default', 'meaning'), rows)}"


def _comparing() -> str:
    """The settings of a comparison."""
    intro = (
        "What `compare.toml` holds, and `CompareConfig` from Python. On the command line `data` is DATA_OR_TASK, "
        "`budget` is `--budget OF=AMOUNT`, and `settings` are `--set`."
    )
    tables = (_table("", CompareConfig), _table("budget", Budget))
    return "\n\n".join(("## `quatrain compare`", intro, *tables))


def _sort_of_data(title: str, task: str, config: type[Config]) -> str:
    """The settings of a sort of data, which take the place of those of a text."""
    intro = f'What `data` is in a recipe with `task = "{task}"`, where it has `kind = "{config.kind}"`. {_doc(config)}'
    changes = [_table("data.augment", AugmentConfig)] if config is ImagesConfig else []
    return "\n\n".join((f"## {title}", intro, _table("data", config), *changes))


def _tasks() -> str:
    """What each task asks, and the settings it has; one that several tasks have stands in one row."""
    words = [
        (f"`{word}`", task.title, _share(task().chance()), _list(task.natural), task.reason)
        for word, task in TASKS.items()
    ]
    owners: dict[tuple[str, ...], list[str]] = {}
    for word, task in TASKS.items():
        for name, field in task.model_fields.items():
            row = (f"`{name}`", _type(field.annotation), _default(field), field.description or "")
            owners.setdefault(row, []).append(word)
    settings = [("every task" if len(tasks) == len(TASKS) else _list(tasks), *row) for row, tasks in owners.items()]
    intro = (
        "Words for `quatrain compare`. Settings follow a colon, `recall:vocab=30,length=1024`, or are typed as `--set "
        "data.length=1024`. Chance is what guessing reaches with the defaults, natural what one would choose."
    )
    return "\n\n".join(
        (
            "## Tasks",
            intro,
            _markdown(("task", "what is asked", "chance", "natural", "why"), words),
            _markdown(("task", "setting", "type", "default", "meaning"), settings),
        )
    )


def _share(value: float) -> str:
    return f"{value:.4f}" if value < 0.01 else f"{value:.3f}"


def _list(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _model_words() -> str:
    """Every word of `--model`."""
    rows = [(f"`{word}`", _first_line(build)) for word, build in PRESETS.items()]
    rows += [(f"`{word}`", _around(build(8, 256))) for word, build in SEQUENCE_MIXERS.items()]
    rows += [(f"`{word}`", _first_line(build)) for word, build in WITHOUT_BLOCKS.items()]
    rows += [("`ngram`", _doc(MODELS["ngram"], first=True))]
    intro = (
        "Words for `--model` and `--models`. Those joined by `+`, as in `hyena+hyena+transformer`, take turns from "
        f"layer to layer. Blocks around a mixer: {_uncapitalised(_first_line(plain))} What depends on the size is "
        "shown for 8 heads and a length of 256."
    )
    return f"## Words for a model\n\n{intro}\n\n{_markdown(('word', 'what it is'), rows)}"


def _translator_words() -> str:
    """Every word for an encoder-decoder."""
    rows = [(f"`{word}`", _first_line(build)) for word, build in TRANSLATORS.items()]
    intro = (
        "Words for `--model` where a target is written from a source. Every word above for blocks around a mixer, and "
        "those joined by `+`, are words here, too: the blocks of `translator` around that mixer, whose encoder reads "
        "both ways."
    )
    return f"## Words for a translator\n\n{intro}\n\n{_markdown(('word', 'what it is'), rows)}"


def _around(mixer: MixerConfig) -> str:
    """Blocks with this mixer, and what is added to their input."""
    position = plain(mixer, 1000, 64, 2, 256).position
    added = "" if position.kind == "none" else f"; {_value(position)} positions added to the input"
    return f"blocks around {_value(mixer)}{added}"


def _first_line(function: Callable[..., Any]) -> str:
    return (function.__doc__ or "").splitlines()[0]


def _uncapitalised(text: str) -> str:
    return text[0].lower() + text[1:]


def _presets() -> str:
    """Where the presets differ from one another; the widths are examples."""
    flat = {word: dict(_flat(preset(1000, 64, 2, 4, 128).to_dict())) for word, preset in PRESETS.items()}
    names = list(dict.fromkeys(name for values in flat.values() for name in values))
    rows = []
    for name in names:
        values = [flat[word].get(name, "") for word in PRESETS]
        if len(set(values)) > 1:
            rows.append((f"`model.{name}`", *values))
    intro = (
        "Width, depth, heads and length come from the size; the rest is below, where they differ (for a vocabulary of "
        "1,000)."
    )
    return f"## Presets\n\n{intro}\n\n{_markdown(('setting', *(f'`{word}`' for word in PRESETS)), rows)}"


def _flat(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Dotted names and values as typed; the word of a part stands under the part's own name."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, _join(path, name))
        else:
            yield (path if name == "kind" else _join(path, name)), _typed(value)


def _sizes() -> str:
    head = ["`--size`", *(f"`{field.name}`" for field in fields(Size))]
    rows = [[f"`{word}`", *(f"{value:g}" for value in astuple(size))] for word, size in SIZES.items()]
    intro = (
        "`--size auto` takes the last one whose `flops` the time given pays for: seconds times the floating-point "
        "operations a second that training reaches on this machine, by a short trial."
    )
    return f"## Sizes\n\n{intro}\n\n{_markdown(head, rows)}"


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(" ".join(cell.split()).replace("|", r"\|") for cell in line) + " |" for line in lines
    )


def _doc(config: type[Config], *, first: bool = False) -> str:
    """The class's own words, or the first sentence of them."""
    lines = [line.strip() for line in (config.__doc__ or "").strip().splitlines()]
    return lines[0] if first else "\n".join(lines)


def _type(annotation: Any) -> str:
    """A type in words."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(arguments[0])
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin in UNIONS:
        return " or ".join(_type(argument) for argument in arguments)
    if origin is tuple:
        return f"list of {_type(arguments[0])}" if Ellipsis in arguments else f"{len(arguments)} {_type(arguments[0])}s"
    if annotation is type(None):
        return "`null`"
    if annotation is Task:
        return "[task](#tasks)"
    if issubclass(annotation, Config):
        return "part" if annotation in KINDS else "settings"
    return {str: "text", int: "integer", float: "number", bool: "`true` or `false`"}[annotation]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    return _value(field.default)


def _value(value: Any) -> str:
    """A value, and of a part what differs from its defaults."""
    if not isinstance(value, Config):
        return _typed(value)
    changed = {name: getattr(value, name) for name in type(value).model_fields if name in value.model_fields_set}
    others = "".join(f", {name}={_typed(inner)}" for name, inner in changed.items())
    return _typed(value.kind) + others if value.kind else ""


def _typed(value: Any) -> str:
    """A value as one types it."""
    if isinstance(value, Config):
        return _typed(value.kind)
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple | list):
        return f"`{list(value)}`"
    return "`null`" if value is None else f"`{value}`"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
