"""From a folder to the run in it."""

from __future__ import annotations

from pathlib import Path

from quatrain.api.classification import ClassifierRun
from quatrain.api.embedding import EmbedderRun
from quatrain.api.forecast import ForecastRun
from quatrain.api.language import LanguageRun
from quatrain.api.masked import MaskedRun
from quatrain.api.run import Run
from quatrain.api.tagging import TaggerRun
from quatrain.api.translation import TranslationRun
from quatrain.errors import RunError, suggest
from quatrain.runs import ANSWERS_ALONE, RunFolder

RUNS: dict[str, type[Run]] = {
    run.task: run
    for run in (
        LanguageRun,
        MaskedRun,
        TranslationRun,
        ClassifierRun,
        ForecastRun,
        TaggerRun,
        EmbedderRun,
    )
}
"""What a run can do, by the task its model was trained for."""
OTHERS = {"answers": ANSWERS_ALONE}
"""Tasks whose models are not opened, and why."""


def open_run(path: str | Path, device: str = "auto") -> Run:
    """A run folder written by `train` or `import_run`.

    Raises:
        RunError: there is no run there, it has another version, or its task is unknown.
    """
    folder = RunFolder.open(path)
    if folder.task not in RUNS:
        unknown = f"was trained for {folder.task!r}, unknown here. {suggest(folder.task, RUNS)}"
        raise RunError(f"{folder.path}: {OTHERS.get(folder.task, unknown)}")
    return RUNS[folder.task](folder, device)


def open_language(path: str | Path, device: str = "auto") -> LanguageRun:
    """A run that continues text.

    Raises:
        RunError: as `open_run`; or it was trained for something else.
    """
    run = open_run(path, device)
    return run if isinstance(run, LanguageRun) else run.decline("generate")


def open_translation(path: str | Path, device: str = "auto") -> TranslationRun:
    """A run that translates.

    Raises:
        RunError: as `open_run`; or it was trained for something else.
    """
    run = open_run(path, device)
    return run if isinstance(run, TranslationRun) else run.decline("translate")
