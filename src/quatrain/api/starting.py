"""What a training starts from: a run, or a Hugging Face folder made into one."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from quatrain.api._words import Say
from quatrain.api.moving import import_run
from quatrain.api.places import RUNS, free_place
from quatrain.runs import write_json
from quatrain.training import Request

__all__ = ["content_of", "with_run"]

ORIGIN = "imported.json"
"""What an imported run was made of, so that the same is not imported twice."""
OURS = ("config.json", "model.safetensors", "tokenizer.json", "source_tokenizer.json")
"""Files of a run that decide what starts from it."""
THEIRS = (".json", ".safetensors", ".txt", ".model")
"""Endings of the files of a Hugging Face folder that are imported."""


@contextmanager
def with_run(request: Request, say: Say) -> Iterator[Request]:
    """The request with a run folder to start from, where it starts from something.

    A Hugging Face folder is imported first, beside the runs, if the same was not before; and if what is done with the
    request fails, a fresh import is removed.

    Raises:
        RunError: there is neither a run nor a model of another program.
        ConversionError: the model cannot be carried over whole.
    """
    if request.start is None or not _is_foreign(Path(request.start)):
        yield request
        return
    theirs = Path(request.start)
    name, content = f"{theirs.resolve().name}-imported", content_of(theirs)
    before = _imported(name, content)
    if before is not None:
        say(f"{theirs}: was imported before, as {before}, and is started from there")
        yield replace(request, start=str(before))
        return
    ours = free_place(name)
    try:
        import_run(theirs, ours)
        write_json(ours / ORIGIN, {"from": str(theirs), "theirs": content, "ours": content_of(ours)})
        say(f"{theirs}: imported as {ours}, to start from")
        yield replace(request, start=str(ours))
    except BaseException:
        shutil.rmtree(ours, ignore_errors=True)
        raise


def content_of(folder: Path) -> str:
    """A fingerprint of all that decides what starts from a folder: settings, weights, vocabularies."""
    if _is_foreign(folder):
        found = sorted(file for file in [*folder.glob("*"), *folder.glob("target/*")] if file.suffix in THEIRS)
    else:
        found = [folder / name for name in OURS]
    total = hashlib.sha256()
    for file in found:
        if file.is_file():
            with file.open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").hexdigest()
            total.update(f"{file.relative_to(folder)}\0{content}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


def _imported(name: str, content: str) -> Path | None:
    """The run that was made of the same content, if it still is what it was then."""
    for file in sorted(RUNS.glob(f"*/{ORIGIN}")):
        if not file.parent.name.startswith(name):
            continue
        about = json.loads(file.read_text(encoding="utf-8"))
        if about.get("theirs") == content and about.get("ours") == content_of(file.parent):
            return file.parent
    return None


def _is_foreign(path: Path) -> bool:
    """Whether a folder holds a model of `transformers` and no run of ours."""
    config = path / "config.json"
    return config.is_file() and '"model_type"' in config.read_text(encoding="utf-8", errors="replace")
