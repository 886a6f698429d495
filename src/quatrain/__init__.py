"""Quatrain: train, compare, explain and serve sequence models on your own data.

>>> import quatrain as qt                                     # doctest: +SKIP
>>> run = qt.train("poems.txt", seconds=120)                  # doctest: +SKIP
>>> print(run.generate("Shall I compare thee"))               # doctest: +SKIP
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

os.environ.setdefault("GOMP_SPINCOUNT", "1000")
# Torch's threads wait for each other by spinning, by default for long: on a machine where something else runs, the
# spinner takes the time its partner needs, and training slows down tenfold. Read once, when torch is loaded.

_HOMES = {
    "Run": "api",
    "average_checkpoints": "api",
    "check": "api",
    "compare": "api",
    "export_run": "api",
    "import_run": "api",
    "mix_runs": "api",
    "open_run": "api",
    "train": "api",
    "transfer": "api",
    "SamplingConfig": "generate",
    "TranslationConfig": "generate",
    "TrainConfig": "training",
    "QuatrainError": "errors",
}
"""Public name -> module. Loaded when first used, so that importing the package costs nothing."""

__all__ = [*_HOMES, "__version__"]

if TYPE_CHECKING:
    from quatrain.api import Run as Run
    from quatrain.api import average_checkpoints as average_checkpoints
    from quatrain.api import check as check
    from quatrain.api import compare as compare
    from quatrain.api import export_run as export_run
    from quatrain.api import import_run as import_run
    from quatrain.api import mix_runs as mix_runs
    from quatrain.api import open_run as open_run
    from quatrain.api import train as train
    from quatrain.api import transfer as transfer
    from quatrain.errors import QuatrainError as QuatrainError
    from quatrain.generate import SamplingConfig as SamplingConfig
    from quatrain.generate import TranslationConfig as TranslationConfig
    from quatrain.training import TrainConfig as TrainConfig


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'quatrain' has no attribute {name!r}")
    return getattr(importlib.import_module(f"quatrain.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
