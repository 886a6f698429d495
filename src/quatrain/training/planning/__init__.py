"""From a request of a few words to a complete recipe: what the person did not say follows from data and time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quatrain.config import merge, override, read_toml
from quatrain.errors import ConfigError, suggest
from quatrain.training.config import TrainConfig
from quatrain.training.planning._base import Planner
from quatrain.training.planning.classification import TextClassifierPlanner
from quatrain.training.planning.forecast import ForecastPlanner
from quatrain.training.planning.images import ImageClassifierPlanner
from quatrain.training.planning.labelled_series import SeriesClassifierPlanner
from quatrain.training.planning.language import LanguagePlanner
from quatrain.training.planning.masked import MaskedPlanner
from quatrain.training.planning.request import DEFAULT_SECONDS, Request
from quatrain.training.planning.tagging import TaggingPlanner
from quatrain.training.planning.translation import TranslationPlanner
from quatrain.training.transfer import DECIDED, data_for, is_of_the_kind, planned

__all__ = ["DEFAULT_SECONDS", "PLANNERS", "Planner", "Request", "data_config", "otherwise", "plan", "task_of_request"]

PLANNERS: tuple[Planner, ...] = (
    LanguagePlanner(),
    MaskedPlanner(),
    TranslationPlanner(),
    TextClassifierPlanner(),
    ImageClassifierPlanner(),
    SeriesClassifierPlanner(),
    ForecastPlanner(),
    TaggingPlanner(),
)
"""What follows from a request, for each task and sort of data; the first where data looks like nothing else."""


def data_config(request: Request) -> Any:
    """What is to be read, before anything is read.

    Raises:
        ConfigError: no data was named, a word is unknown, or a setting of the data is wrong.
    """
    recipe = read_toml(request.recipe) if request.recipe else {}
    planner = _planner(request, recipe)
    if request.recipe and (request.model or request.size):
        raise ConfigError("--recipe says which model: leave out --model and --size, or the recipe.")
    planner.check(request)
    values = {**recipe.get("data", {}), **planner.data_values(request)}
    values.pop("kind", None)
    if not values.get("path"):
        raise ConfigError("no data was named. Type quatrain train DATA, for example quatrain train poems.txt.")
    config = planner.data_config.from_dict(values, "data")
    about_data = [setting.removeprefix("data.") for setting in request.settings if setting.startswith("data.")]
    if request.start is None:
        return override(config, about_data, where="data")
    if request.size not in (None, "auto"):
        raise ConfigError(
            f"--size {request.size}: the model is that of the start, {request.start}, and keeps its size. Leave out "
            "--size; --set train.batch_size=N says how many examples an update reads."
        )
    decided = data_for(config, request.start)
    asked = override(decided, about_data, where="data")
    for setting in about_data:
        name = setting.partition("=")[0].split(".")[0].strip()
        if name in DECIDED and getattr(asked, name) != getattr(decided, name):
            raise ConfigError(
                f"--set data.{setting}: the start, {request.start}, decides data.{name}, for its model reads nothing "
                "else. Leave out the setting, or start from a model that was trained with it."
            )
    return asked


def otherwise(request: Request, config: Any) -> str:
    """What to type if the data is meant for another task than it was taken for; empty where its task was named, or no
    other one is likely."""
    is_named = request.task or request.recipe or any("label_column" in setting for setting in request.settings)
    planner = next((planner for planner in PLANNERS if isinstance(config, planner.data_config)), None)
    return "" if is_named or planner is None else planner.otherwise(config.path)


def plan(request: Request, data: Any, config: Any) -> TrainConfig:
    """The complete recipe: derived values, then the recipe file, then single settings.

    Raises:
        ConfigError: a word or a setting is unknown, or they contradict each other.
    """
    planner = next(planner for planner in PLANNERS if isinstance(config, planner.data_config))
    derived = planner.derive(request, data, config)
    transfer = request.transfer
    started = planned(derived, transfer) if transfer else derived
    if request.model is not None and not is_of_the_kind(derived.model, started.model):
        raise ConfigError(
            f"--model {request.model}: the model is that of the start, {request.start}, which is another than this "
            "word stands for. Leave out --model, or leave out --from and start at random."
        )
    values = started.to_dict()
    if request.recipe:
        recipe = {name: value for name, value in read_toml(request.recipe).items() if name != "data"}
        values = merge(values, recipe)
        values = merge(values, {"train": request.loop})
    settings = [setting for setting in request.settings if not setting.startswith("data.")]
    return _check_lengths(override(TrainConfig.from_dict(values), settings))


def _planner(request: Request, recipe: dict[str, Any]) -> Planner:
    """Of the task that is asked for, or that the recipe says, and of the sort of data that is seen, or that it or a
    setting names."""
    task = request.task or recipe.get("task")
    if task is not None and task not in {planner.task for planner in PLANNERS}:
        raise ConfigError(f"--task {task}: there is no such task. {suggest(str(task), _tasks())}")
    able = _with_settings([planner for planner in PLANNERS if task in (None, planner.task)], request.settings)
    is_text_meant = task is None and able[0] is PLANNERS[0]
    kind = recipe.get("data", {}).get("kind")
    named = (planner for planner in able if kind and planner.data_config.kind == kind)
    seen = (planner for planner in able if request.data and planner.recognises(request.data, request.target))
    likely = (p for p in able if not is_text_meant and request.data and p.could_read(request.data))
    return next(named, None) or next(seen, None) or next(likely, None) or able[0]


def _with_settings(able: Sequence[Planner], settings: Sequence[str]) -> Sequence[Planner]:
    """Those whose data has all the settings of data that are made; all of them where none has."""
    asked = {setting.partition("=")[0].strip().split(".")[1] for setting in settings if setting.startswith("data.")}
    return [planner for planner in able if asked <= planner.data_config.model_fields.keys()] or able


def task_of_request(request: Request) -> str:
    """The task that is asked for, or that the data looks like.

    Raises:
        ConfigError: the word is unknown.
    """
    return _planner(request, read_toml(request.recipe) if request.recipe else {}).task


def _tasks() -> list[str]:
    return list(dict.fromkeys(planner.task for planner in PLANNERS))


def _check_lengths(config: TrainConfig) -> TrainConfig:
    body = getattr(config.model, "backbone", None)
    for part, name in ((config.model, "max_seq_len"), (config.model, "max_src_len"), (body, "max_seq_len")):
        bound = getattr(part, name, None)
        where = f"model.backbone.{name}" if part is body else f"model.{name}"
        if bound is not None and config.train.seq_len > bound:
            raise ConfigError(
                f"train.seq_len={config.train.seq_len} is longer than the model accepts ({where}={bound}). "
                f"Add --set {where}={config.train.seq_len}, or ask for shorter sequences."
            )
    return config
