"""A run folder: everything needed to use, resume, explain or move a trained model, as plain files.

config.json        architecture, complete: enough to rebuild the model
model.safetensors  best weights, bare module names
tokenizer.json     Hugging Face `tokenizers` format
recipe.toml        everything that was asked for and derived
metrics.jsonl      one record for each logged step
checkpoints/       step-000500/ ...
result.json        scores, baseline, cost, data report
samples.jsonl      texts with token probabilities
report.html        drawn from the files above
README.md          model card
"""

from __future__ import annotations

import difflib
import json
import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from quatrain.data.tokenizers import END_OF_TEXT, Tokenizer
from quatrain.errors import ConfigError, RunError, TrainingError, suggest
from quatrain.layers.low_rank import adapted
from quatrain.models import MODELS, ModelConfig

FORMAT = 1
"""Version of the folder's layout; a folder of another version is refused."""
FEW = 5
"""Runs that are named where one is missing."""
ANSWERS_ALONE = (
    "learned a task with known answers, not text: quatrain compare has scored it, and its score stands in compare.json."
)
"""Why a member of a comparison is of no other use."""


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, flush it to the disk, and rename it into place.

    Raises:
        TrainingError: the disk is full or the folder cannot be written; the old file, if any, still stands.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        write(temporary)
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except (OSError, SafetensorError) as error:
        temporary.unlink(missing_ok=True)
        raise TrainingError(
            f"{path}: could not be written: {error}. What stood there before still does. "
            "Free some space, then go on with --resume, or start again in another folder with --out."
        ) from error


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically, keys in the order given."""
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_tensors(path: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    """Write tensors atomically as safetensors; equal tensors give equal bytes."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in sorted(tensors.items())}

    def write(temporary: Path) -> None:
        temporary.touch()
        mode = temporary.stat().st_mode  # of any new file; the library makes one that only its owner may read
        save_file(plain, temporary, metadata={"format": "pt"})
        temporary.chmod(mode)

    write_atomically(path, write)


def weights_of(model: nn.Module) -> dict[str, torch.Tensor]:
    """The state of a model with every shared tensor once, under its first name."""
    seen: set[tuple[int, tuple[int, ...]]] = set()
    weights = {}
    for name, tensor in model.state_dict(keep_vars=True).items():
        key = (tensor.data_ptr(), tuple(tensor.shape))
        if tensor.numel() and key in seen:
            continue
        seen.add(key)
        weights[name] = tensor.detach()
    return weights


def plain_weights(model: nn.Module) -> dict[str, torch.Tensor]:
    """What a folder keeps of a model: its weights as they are in use, changes of low rank added to what they change."""
    weights = weights_of(model)
    for name, weight in adapted(model):
        own = f"{name}.parametrizations.weight."
        weights = {key: tensor for key, tensor in weights.items() if not key.startswith(own)}
        weights[f"{name}.weight"] = weight.detach()
    return weights


def load_weights(model: nn.Module, weights: Mapping[str, torch.Tensor], source: Path) -> None:
    """Fill a model; every weight must be there and none left over.

    Raises:
        RunError: names the weights that do not fit.
    """
    try:
        outcome = model.load_state_dict(dict(weights), strict=False)
    except RuntimeError as error:
        raise RunError(f"{source}: the weights do not fit config.json: {error}") from None
    shared = {name for name, _ in model.named_parameters(remove_duplicate=False)} - {
        name for name, _ in model.named_parameters()
    }
    missing = [name for name in outcome.missing_keys if name not in shared]
    if missing or outcome.unexpected_keys:
        raise RunError(
            f"{source}: does not belong to this config.json: missing {missing[:3]}, unexpected "
            f"{outcome.unexpected_keys[:3]}."
        )


@dataclass(frozen=True)
class RunFolder:
    """Paths and readers of one run folder."""

    path: Path

    @classmethod
    def open(cls, path: str | Path) -> RunFolder:
        """An existing run.

        Raises:
            RunError: there is no run there, or it has another version.
        """
        folder = cls(Path(path))
        folder.config()
        return folder

    @property
    def weights_path(self) -> Path:
        """The best weights."""
        return self.path / "model.safetensors"

    @property
    def result_path(self) -> Path:
        """Scores, baseline and cost; there once training has ended."""
        return self.path / "result.json"

    @property
    def recipe_path(self) -> Path:
        """What was asked for and derived."""
        return self.path / "recipe.toml"

    @property
    def metrics_path(self) -> Path:
        """The log."""
        return self.path / "metrics.jsonl"

    @property
    def checkpoints(self) -> Path:
        """Where training can be resumed from."""
        return self.path / "checkpoints"

    def config(self) -> dict[str, Any]:
        """The content of config.json.

        Raises:
            RunError: missing, not JSON, or of another version.
        """
        file = self.path / "config.json"
        try:
            config: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            raise RunError(f"{self.path}: there is no run here. {_near(self.path)}") from None
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise RunError(f"{file}: this is not JSON: {error}.") from None
        version = config.get("format") if isinstance(config, dict) else None
        if version != FORMAT:
            raise RunError(
                f"{file}: this folder has layout version {version!r}, this Quatrain reads {FORMAT}. Open it with "
                "the version of Quatrain that wrote it, or train again: its recipe.toml says how."
            )
        return config

    @property
    def task(self) -> str:
        """What the model was trained for."""
        return str(self.config().get("task", "language"))

    def write_config(
        self, model: ModelConfig, version: str, eos_token: str = END_OF_TEXT, task: str = "language"
    ) -> None:
        """Write config.json; `eos_token` is the token of the tokenizer that starts and ends documents."""
        about = {"format": FORMAT, "quatrain": version, "task": task, "eos_token": eos_token, "model": model.to_dict()}
        write_json(self.path / "config.json", about)

    @property
    def typed(self) -> str:
        """The folder as it is typed in a shell."""
        return shlex.quote(str(self.path))

    def model_config(self) -> ModelConfig:
        """The architecture.

        Raises:
            RunError: config.json names something this version does not know.
        """
        return model_config(self.config().get("model"), str(self.path / "config.json"))

    def load_model(self, device: str = "cpu") -> Any:
        """The model with its best weights, in evaluation mode.

        Raises:
            RunError: no weights yet, or damaged ones.
        """
        model = self.model_config().build()
        load_weights(model, self.weights(), self.weights_path)
        return model.to(device).eval()

    def weights(self) -> dict[str, torch.Tensor]:
        """The best weights, by name.

        Raises:
            RunError: no weights yet, or damaged ones.
        """
        with self._told():
            return load_file(self.weights_path)

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of the best weights, by name, without reading them.

        Raises:
            RunError: as `weights`.
        """
        with self._told(), safe_open(self.weights_path, "pt") as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118 - no mapping

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What is wrong with the weights, in our words."""
        try:
            yield
        except FileNotFoundError:
            raise RunError(
                f"{self.path}: holds no weights yet: training stopped before they were first saved. "
                f"Go on with: quatrain train --resume --out {self.typed}"
            ) from None
        except SafetensorError as error:
            raise RunError(f"{self.weights_path}: damaged: {error}. Train again: its recipe.toml says how.") from None

    def load_tokenizer(self, name: str = "tokenizer.json") -> Tokenizer:
        """The tokenizer of the run; of a translation with two vocabularies, that of the target.

        Args:
            name: the file; `source_tokenizer.json` is that of the source, where it has one of its own.

        Raises:
            RunError: it has none, as a model of a task with known answers.
        """
        if not (self.path / "tokenizer.json").exists() and (self.path / "job.json").exists():
            raise RunError(f"{self.path}: {ANSWERS_ALONE}")
        return Tokenizer.load(self.path / name, self.config().get("eos_token", END_OF_TEXT))

    def write_tokenizers(self, tokenizers: Mapping[str, Tokenizer]) -> str:
        """Write the tokenizers, file name -> tokenizer; the token that ends a text in them, for `write_config`."""
        for name, tokenizer in tokenizers.items():
            write_atomically(self.path / name, tokenizer.save)
        return next((tokenizer.eos_token for tokenizer in tokenizers.values()), END_OF_TEXT)

    def with_own_vocabulary(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """What a recipe says of the run's data; a vocabulary that was taken from another folder is read from this one,
        which keeps it, so that the other may be gone."""
        tokenizer = data.get("tokenizer")
        is_taken = isinstance(tokenizer, Mapping) and tokenizer.get("path") is not None
        if not is_taken or not (self.path / "tokenizer.json").exists():
            return dict(data)
        return {**data, "tokenizer": {**data["tokenizer"], "path": str(self.path)}}

    def keeps(self, tokenizers: Mapping[str, Tokenizer]) -> bool:
        """Whether the run was trained with these: file name -> tokenizer."""
        return all(
            (self.path / name).exists() and self.load_tokenizer(name).backend.to_str() == tokenizer.backend.to_str()
            for name, tokenizer in tokenizers.items()
        )

    def metrics(self) -> Iterator[dict[str, Any]]:
        """The records of metrics.jsonl; a last line cut short by a crash is passed over."""
        if self.metrics_path.exists():
            for line in self.metrics_path.read_text(encoding="utf-8").splitlines():
                try:
                    yield json.loads(line)
                except json.JSONDecodeError:
                    continue


def model_config(values: Any, where: str) -> ModelConfig:
    """A model's config from plain values with a `kind`.

    Raises:
        RunError: the kind or a setting is unknown.
    """
    if not isinstance(values, Mapping):
        raise RunError(f"{where}: it names no model. {suggest('', MODELS)}")
    plain = dict(values)
    kind = str(plain.pop("kind", ""))
    if kind not in MODELS:
        raise RunError(f"{where}: no model is called {kind!r}. {suggest(kind, MODELS)}")
    try:
        return MODELS[kind].from_dict(plain, "model")
    except ConfigError as error:
        raise RunError(f"{where}: {error}") from None


def _near(path: Path) -> str:
    """Which runs stand beside a path that is none."""
    parent = path.parent if path.parent.is_dir() else Path("runs")
    runs = [str(folder.parent) for folder in sorted(parent.glob("*/config.json"))] if parent.is_dir() else []
    near = difflib.get_close_matches(str(path), runs, n=1)
    likely = difflib.get_close_matches(str(path), runs, n=FEW, cutoff=0.0)
    if likely:
        others = f" and {len(runs) - len(likely)} more in {parent}" if len(runs) > len(likely) else ""
        guess = f"Did you mean {near[0]!r}? " if near else ""
        return f"{guess}Known: {', '.join(sorted(likely))}{others}."
    return "Train one: quatrain train DATA."
