"""What a training starts from: a run, or a Hugging Face folder made into one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from quatrain.api._words import Say
from quatrain.api.moving import import_run
from quatrain.api.places import free_place
from quatrain.training import Request

__all__ = ["with_run"]


def with_run(request: Request, say: Say) -> Request:
    """The request with a run folder to start from, where it starts from something.

    A Hugging Face folder is imported first, beside the runs.

    Raises:
        RunError: there is neither a run nor a model of another program.
        ConversionError: the model cannot be carried over whole.
    """
    if request.start is None or not _is_foreign(Path(request.start)):
        return request
    theirs = Path(request.start)
    ours = free_place(f"{theirs.resolve().name}-imported")
    import_run(theirs, ours)
    say(f"{theirs}: imported as {ours}, to start from; another time: --from {ours}")
    return replace(request, start=str(ours))


def _is_foreign(path: Path) -> bool:
    """Whether a folder holds a model of `transformers` and no run of ours."""
    config = path / "config.json"
    return config.exists() and '"model_type"' in config.read_text(encoding="utf-8", errors="replace")
