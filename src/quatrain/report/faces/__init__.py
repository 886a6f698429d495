"""A face for each task a run can be trained for: what its page and its card show that no other's does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from quatrain.errors import RunError, suggest
from quatrain.report.faces._base import Face, Metric, ScoreView
from quatrain.report.faces.classification import ClassificationFace
from quatrain.report.faces.forecast import ForecastFace
from quatrain.report.faces.language import LanguageFace
from quatrain.report.faces.masked import MaskedFace
from quatrain.report.faces.tagging import TaggingFace
from quatrain.report.faces.translation import TranslationFace
from quatrain.report.folder import RunFacts, read_folder, read_header

__all__ = ["FACES", "Face", "Metric", "ScoreView", "read_run"]

FACES: dict[str, Face[Any, Any]] = {
    face.task: face
    for face in (
        LanguageFace(),
        MaskedFace(),
        TranslationFace(),
        ClassificationFace(),
        ForecastFace(),
        TaggingFace(),
    )
}


def read_run(folder: Path) -> tuple[Face[Any, Any], RunFacts[Any, Any]]:
    """A run folder and the face of its task.

    Raises:
        RunError: the folder is not a run, a file in it is damaged, or its task is unknown.
    """
    task = read_header(folder).task
    if task not in FACES:
        raise RunError(f"{folder / 'config.json'}: no task is called {task!r}. {suggest(task, FACES)}")
    face = FACES[task]
    return face, read_folder(folder, face.result_kind, face.sample_kind)
