"""To and from other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from quatrain import interop
from quatrain.api._words import Say, silent
from quatrain.errors import ConfigError, suggest
from quatrain.runs import RunFolder


def import_run(folder: str | Path, out: str | Path, say: Say = silent) -> dict[str, Any]:
    """A run folder made of a Hugging Face model folder; compared with `transformers` where it is installed."""
    return interop.import_folder(Path(folder), Path(out), say=say)


def export_run(run: str | Path, out: str | Path, to: str = "hf", say: Say = silent) -> dict[str, Any]:
    """A Hugging Face folder made of a run, reloaded by `transformers` and compared.

    Raises:
        ConversionError: no Hugging Face family can express this model, or the comparison failed.
    """
    if to != "hf":
        raise ConfigError(f"--to {to}: unknown. {suggest(to, ['hf'])}")
    return interop.export_folder(RunFolder.open(run), Path(out), say=say)
