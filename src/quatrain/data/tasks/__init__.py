"""Tasks with known answers: drawn from a seed, graded exactly, each natural for some architecture."""

from __future__ import annotations

from quatrain.config import override
from quatrain.data.tasks._base import PAD, Examples, Task
from quatrain.data.tasks.batches import TaskBatches
from quatrain.data.tasks.birthdays import Apart, Count, Latest, Match, Mondays, Weekday
from quatrain.data.tasks.brackets import Dyck
from quatrain.data.tasks.recall import MultiQueryRecall, Recall
from quatrain.data.tasks.strings import AnyB, Copy, Parity
from quatrain.errors import ConfigError, suggest

__all__ = [
    "PAD",
    "TASKS",
    "AnyB",
    "Apart",
    "Copy",
    "Count",
    "Dyck",
    "Examples",
    "Latest",
    "Match",
    "Mondays",
    "MultiQueryRecall",
    "Parity",
    "Recall",
    "Task",
    "TaskBatches",
    "Weekday",
    "task_of",
]

TASKS: dict[str, type[Task]] = {
    task.kind: task
    for task in (
        AnyB, Copy, Parity, Dyck, Recall, MultiQueryRecall, Weekday, Match, Count, Mondays, Latest, Apart
    )
}  # fmt: skip
"""Words for command lines -> tasks."""


def task_of(word: str) -> Task:
    """The task a word stands for, with settings of its own after a colon.

    Raises:
        ConfigError: no task or no setting has this name, or a value is wrong.

    Example:
        >>> task_of("recall:vocab=30,length=1024").seq_len
        1026
    """
    name, _, settings = word.partition(":")
    if name not in TASKS:
        raise ConfigError(f"no task is called {name!r}. {suggest(name, TASKS)}")
    given = [setting.strip() for setting in settings.split(",") if setting.strip()]
    for setting in given:
        if "=" not in setting:
            raise ConfigError(f"{word}: {setting!r} needs NAME=VALUE, as in recall:vocab=30,length=1024.")
    return override(TASKS[name](), given, where=name)
