"""Several architectures on the same data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quatrain.api._words import Say, silent, to_stderr
from quatrain.api.places import free_place, last_place, name_of
from quatrain.comparison import Budget, CompareConfig, conduct
from quatrain.comparison.conduct import RECIPE
from quatrain.comparison.jobs import n_cores
from quatrain.comparison.subjects import subject_of
from quatrain.comparison.voices import voice_of
from quatrain.config import override, read_toml
from quatrain.data import task_of
from quatrain.data.files import EMBEDDED
from quatrain.data.tasks import TASKS
from quatrain.errors import ConfigError, RunError, suggest
from quatrain.report import write_compare_report
from quatrain.training.objectives import OBJECTIVES, Answers
from quatrain.training.planning import PLANNERS, Request, data_config


@dataclass(frozen=True)
class Compared:
    """A finished comparison."""

    folder: Path
    result: dict[str, Any]
    """The content of compare.json."""

    @property
    def verdict(self) -> str:
        """One paragraph in plain words."""
        return str(self.result["verdict"])

    @property
    def ranking(self) -> list[str]:
        """Best first."""
        return list(self.result["ranking"])

    def summary(self) -> str:
        """A table, the verdict, and where the page is."""
        entrants = {entrant["word"]: entrant for entrant in self.result["entrants"]}
        voice = voice_of(self.result["data"])
        rows = []
        for word in self.ranking:
            entrant = entrants[word]
            value, low, high = map(voice.number, (entrant["value"], *entrant["interval"]))
            scores = "".join(f"   {score}" for score in voice.beside(entrant))
            rows.append(f"{word:24} {f'{value} ({low} to {high})':28} {_size(entrant):>22}{scores}".rstrip())
        return "\n".join([*rows, "", self.verdict, "", f"page:  {self.folder / 'compare.html'}"])


def compare(
    data: str | Path | None = None,
    target: str | Path | None = None,
    *,
    task: str | None = None,
    models: Sequence[str] | None = None,
    budget: str | None = None,
    seeds: int | None = None,
    size: str | None = None,
    steps: int | None = None,
    rates: Sequence[float] | None = None,
    out: str | Path | None = None,
    settings: Sequence[str] = (),
    resume: bool = False,
    jobs: int | None = None,
    show_progress: bool = True,
) -> Compared:
    """Train several architectures on the same data at the same budget, and say which is better, and how sure that is.

    Args:
        data: a path, embedded data, or a task with known answers (`recall`, `any_b:max_len=1000`).
        target: the other side of a parallel text, where each side is a file.
        task: language, translate, classify, tag, masked, forecast or answers; None: what the data looks like.
        models: words of architectures, hybrids joined by `+`, settings of their own behind colons
            (`transformer:mixer.position=alibi`); None: the usual ones of the task. Beside classes, tags, hidden words
            and forecasts the `baseline` stands always.
        budget: `time=5m`, `params=250k` or `flops=1e14`: what is equal, for each seed; None: two minutes.
        seeds: trainings a model; None: 3.
        size: tiny, small, medium or large, where the budget does not say how large; None: by the time.
        steps: updates a training, where the budget is one of parameters.
        rates: learning rates to try, as factors of the recipe's; a single one is taken untried; None: 0.3, 1, 3.
        out: the folder; None: runs/compare-NAME.
        settings: dotted settings of every training, and of the data (`data.tokenizer.name=bpe`).
        resume: go on with the comparison in `out`.
        jobs: trainings side by side; None: as many as there are cores.
        show_progress: on stderr.

    Raises:
        QuatrainError: says what was wrong and what to do.
    """
    say: Say = to_stderr if show_progress else silent
    if jobs is not None and jobs < 1:
        raise ConfigError(f"--jobs {jobs}: must be at least 1.")
    if resume and data is None:
        if any(said is not None for said in (target, task, models, budget, seeds, size, steps, rates)) or settings:
            raise ConfigError("--resume goes on as the comparison began: leave out everything but --out and --jobs.")
        folder = Path(out) if out else _newest()
        config = _asked_before(folder)
    else:
        config = _asked(_data(data, target, task, settings), models, budget, seeds, size, steps, rates, settings)
        folder = Path(out) if out else _place(config, resume)
    result = conduct(config, folder, resume=resume, n_at_once=jobs or n_cores(), say=say)
    write_compare_report(folder)
    return Compared(folder, result)


def _size(entrant: dict[str, Any]) -> str:
    n_parameters = entrant["n_parameters"]
    return "counted" if n_parameters is None else f"{n_parameters:,} parameters"


def list_tasks() -> str:
    """Every task with known answers: its word, what is asked, which architecture is natural for it and why."""
    lines = []
    for word, task in TASKS.items():
        lines += [f"{word}: {task.title}", f"    natural: {', '.join(task.natural)}. {task.reason}"]
    return "\n".join([*lines, "", "Settings follow a colon: quatrain compare recall:vocab=30,length=1024"])


def _asked(
    data: Any,
    models: Sequence[str] | None,
    budget: str | None,
    seeds: int | None,
    size: str | None,
    steps: int | None,
    rates: Sequence[float] | None,
    settings: Sequence[str],
) -> CompareConfig:
    subject = subject_of(data)
    words = [word.strip() for word in models] if models is not None else list(subject.usual)
    words += [word for word in subject.baselines if word not in words]
    search = {} if rates is None else {"search": list(map(float, rates))}
    return CompareConfig.from_dict(
        search
        | {
            "data": data.to_dict(),
            "models": words,
            "budget": Budget.parse(budget or "time").to_dict(),
            "seeds": 3 if seeds is None else seeds,
            "size": size or "auto",
            "steps": steps,
            "settings": [setting for setting in settings if not setting.startswith("data.")],
        }
    )


def _data(data: str | Path | None, target: str | Path | None, task: str | None, settings: Sequence[str]) -> Any:
    """What is to be read, or the task whose examples are drawn."""
    if data is None:
        raise ConfigError(
            "no data was named. Type quatrain compare DATA_OR_TASK, for example quatrain compare poems.txt."
        )
    if task is not None and task not in OBJECTIVES:
        raise ConfigError(f"--task {task}: there is no such task. {suggest(task, OBJECTIVES)}")
    place, target = str(data), None if target is None else str(target)
    if isinstance(OBJECTIVES[task], Answers) if task else not _is_read(place, target):
        return _drawn(place, settings)
    return data_config(Request(data=place, target=target, task=task, settings=tuple(settings)))


def _is_read(data: str, target: str | None) -> bool:
    """Whether it is a file, or embedded data, rather than the name of a task."""
    name = data.partition(":")[0]
    is_path = Path(data).exists() or bool(Path(name).suffix) or Path(name).name != name
    return is_path or name in EMBEDDED or any(planner.recognises(data, target) for planner in PLANNERS)


def _drawn(data: str, settings: Sequence[str]) -> Any:
    name = data.partition(":")[0]
    if name not in TASKS:
        raise ConfigError(f"{data}: there is no such file, and no task is called that. {suggest(name, TASKS)}")
    about_data = [setting.removeprefix("data.") for setting in settings if setting.startswith("data.")]
    return override(task_of(data), about_data, "data")


def _asked_before(folder: Path) -> CompareConfig:
    if not (folder / RECIPE).exists():
        raise RunError(f"{folder}: there is no comparison here. Type quatrain compare DATA_OR_TASK to start one.")
    return CompareConfig.from_dict(read_toml(folder / RECIPE))


def _place(config: CompareConfig, resume: bool) -> Path:
    """runs/compare-NAME, -2, ...: the first that is free, or to resume the last that is there."""
    name = f"compare-{name_of(getattr(config.data, 'path', None) or config.data.kind)}"
    return last_place(name) if resume else free_place(name)


def _newest() -> Path:
    """The comparison in `runs` that was started last."""
    recipes = sorted(Path("runs").glob(f"compare-*/{RECIPE}"), key=lambda path: path.stat().st_mtime)
    if not recipes:
        raise RunError("runs: there is no comparison to go on with. Name its folder with --out.")
    return recipes[-1].parent
