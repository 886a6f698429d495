"""Checkpoints: a folder a step, written whole or not at all, with a checksum for every file."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor

from quatrain.errors import CheckpointError, TrainingError
from quatrain.runs import write_json, write_tensors

SUMS = "checksums.json"


@dataclass(frozen=True)
class TrainState:
    """Where training stands; with the weights and the optimisers' memory it decides all that follows."""

    step: int = 0
    """Updates done."""
    progress: float = 0.0
    """Share of the training done, 0 to 1."""
    tokens: int = 0
    """Target tokens learned from."""
    seconds: float = 0.0
    """Time spent training, over all sittings."""
    best: float | None = None
    """Lowest `Objective.fault` of a validation so far."""
    best_step: int = 0
    """Where it was."""
    n_stale: int = 0
    """Validations since then."""


@dataclass(frozen=True)
class Checkpoint:
    """All that resuming needs."""

    state: TrainState
    weights: dict[str, Tensor]
    optimiser: dict[str, Tensor]
    average: dict[str, Tensor]
    """The averaged weights; empty where none are kept."""
    fingerprint: str
    """Of the data and the recipe."""


def save(folder: Path, checkpoint: Checkpoint, *, keep: int) -> Path:
    """Write `step-000500/` under `folder`; then drop all but it and the `keep` - 1 before it.

    Raises:
        TrainingError: the disk is full or the folder cannot be written; earlier checkpoints still stand.
    """
    target = folder / f"step-{checkpoint.state.step:06d}"
    temporary = folder / f".{target.name}.tmp"
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        write_json(temporary / "state.json", asdict(checkpoint.state) | {"fingerprint": checkpoint.fingerprint})
        for name in ("weights", "optimiser", "average"):
            write_tensors(temporary / f"{name}.safetensors", getattr(checkpoint, name))
        sums = {file.name: _sha256(file) for file in sorted(temporary.iterdir())}
        write_json(temporary / SUMS, sums)
        if target.exists():
            shutil.rmtree(target)
        os.replace(temporary, target)
    except (OSError, TrainingError) as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise TrainingError(
            f"{target}: could not be written: {error}. Earlier checkpoints still stand: free some space, "
            "then add --resume to the same command."
        ) from error
    for path in _superseded(folder, target, keep):
        shutil.rmtree(path, ignore_errors=True)
    return target


def load_newest(folder: Path, say: Callable[[str], None]) -> Checkpoint | None:
    """The newest undamaged checkpoint; a damaged one is named and passed over. None where there is none.

    Raises:
        CheckpointError: there are checkpoints and every one is damaged.
    """
    damaged = []
    for path in reversed(_folders(folder)):
        try:
            return _load(path)
        except CheckpointError as error:
            damaged.append(path.name)
            say(f"{error} Going back to the one before it.")
    if damaged:
        raise CheckpointError(
            f"{folder}: every checkpoint is damaged ({', '.join(damaged)}). Start again in another folder: "
            "leave out --resume and name it with --out."
        )
    return None


def count_checkpoints(folder: Path) -> int:
    """Checkpoints that are kept."""
    return len(_folders(folder))


def load_last(folder: Path, n: int) -> list[Checkpoint]:
    """The last `n` checkpoints, oldest first; fewer where fewer are kept.

    Raises:
        CheckpointError: one of them is damaged.
    """
    return [_load(path) for path in _folders(folder)[-n:]]


def _load(path: Path) -> Checkpoint:
    try:
        sums: dict[str, str] = json.loads((path / SUMS).read_text(encoding="utf-8"))
        for name, expected in sums.items():
            if _sha256(path / name) != expected:
                raise CheckpointError(f"{path / name}: damaged: its checksum does not match.")
        values: dict[str, Any] = json.loads((path / "state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # ValueError: no JSON, or no text at all
        raise CheckpointError(f"{path}: incomplete: {error}.") from None
    fingerprint = values.pop("fingerprint")
    weights, optimiser, average = (
        load_file(path / f"{name}.safetensors") for name in ("weights", "optimiser", "average")
    )
    return Checkpoint(TrainState(**values), weights, optimiser, average, fingerprint)


def _folders(folder: Path) -> list[Path]:
    return sorted((path for path in folder.glob("step-*") if path.is_dir()), key=_step)


def _step(path: Path) -> int:
    return int(path.name.removeprefix("step-"))


def _superseded(folder: Path, newest: Path, keep: int) -> list[Path]:
    """Older checkpoints beyond `keep`, later ones of a course that was given up, and what a kill left half written."""
    folders = _folders(folder)
    index = folders.index(newest)
    return [*folders[: max(index + 1 - keep, 0)], *folders[index + 1 :], *folder.glob(".step-*.tmp")]


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
