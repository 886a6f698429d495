"""Several runs as one."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from quatrain import __version__
from quatrain.api.language import LanguageRun
from quatrain.api.run import Run
from quatrain.config import Config, read_toml
from quatrain.data import DataConfig
from quatrain.errors import ConfigError, RunError
from quatrain.models import LanguageModelConfig, MixtureConfig
from quatrain.runs import RunFolder, weights_of, write_atomically, write_tensors


class Origin(Config):
    """All that the recipe of a mixture says."""

    data: DataConfig
    """What the first member was trained on."""


def mix_runs(runs: Sequence[str | Path], out: str | Path) -> Run:
    """A run whose model is the mean of what several runs hold probable; `evaluate` and `generate` take it as any other.

    Args:
        runs: at least two run folders with the same tokenizer, such as a Transformer and an n-gram of the same text.
        out: the run folder to write.

    Raises:
        ConfigError: fewer than two runs, a run of another task, a mixture among them, or another tokenizer.
        RunError: a run is missing, or something stands at `out` already.
    """
    folders, target = [RunFolder.open(run) for run in runs], RunFolder(Path(out))
    if len(folders) < 2:
        raise ConfigError("a mixture needs at least two runs: quatrain mix RUN RUN --out OUT.")
    if (target.path / "config.json").exists():
        raise RunError(f"{target.path}: a run is already there. Name another folder with --out.")
    for folder in folders:
        if folder.task != LanguageRun.task:
            raise ConfigError(
                f"{folder.path}: was trained for the task {folder.task!r}, and only language models are mixed. Of one "
                f"run, the mean of its last checkpoints: quatrain average {folder.typed} --out OUT."
            )
    first = folders[0].load_tokenizer()
    for folder in folders[1:]:
        if folder.load_tokenizer().backend.to_str() != first.backend.to_str():
            raise ConfigError(
                f"{folder.path}: has another tokenizer than {folders[0].path}, so their tokens cannot be compared. "
                "Train both on the same data with the same data.tokenizer settings."
            )
    members = [cast("LanguageModelConfig", folder.model_config()) for folder in folders]
    if any(isinstance(member, MixtureConfig) for member in members):
        raise ConfigError("a mixture cannot be mixed again: name the runs it was made of.")
    config = MixtureConfig(vocab_size=members[0].vocab_size, members=tuple(members))
    weights: dict[str, Any] = {}
    for i, folder in enumerate(folders):
        weights |= {f"members.{i}.{name}": tensor for name, tensor in weights_of(folder.load_model()).items()}
    target.path.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folders[0].path / "tokenizer.json", target.path / "tokenizer.json")
    if folders[0].recipe_path.exists():  # where the data was, which evaluate asks for
        data = DataConfig.from_dict(read_toml(folders[0].recipe_path)["data"], "data")
        write_atomically(target.recipe_path, lambda path: path.write_text(Origin(data=data).to_toml()))
    write_tensors(target.weights_path, weights)
    target.write_config(config, __version__, first.eos_token)
    return LanguageRun(target)
