"""Commands as they are typed, run in this process, and a run for them to work on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

import quatrain as qt
from quatrain.cli import main

TINY = (
    *("--model", "gpt2", "--size", "tiny", "--device", "cpu"),
    *("--set", "model.d_model=8", "--set", "model.n_layers=1", "--set", "model.mixer.n_heads=2"),
    *("--set", "model.max_seq_len=16", "--set", "train.seq_len=16", "--set", "train.batch_size=4"),
    *("--set", "train.dtype=float32"),
)
"""Flags that make a training of milliseconds."""


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The object that must be all of stdout's last line."""
        return json.loads(self.out.splitlines()[-1])


Type = Callable[..., Outcome]


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Type:
    """Run `quatrain` with these words."""

    def run(*words: object) -> Outcome:
        capsys.readouterr()
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return Outcome(code, said.out, said.err)

    return run


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of a tiny model on a text beside it; read-only."""
    folder = tmp_path_factory.mktemp("finished")
    data = folder / "poems.txt"
    data.write_text("the quick brown fox jumps over the lazy dog\n" * 40, encoding="utf-8")
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    try:
        often = ["--set", "train.checkpoint_seconds=0"]
        assert main(["train", str(data), "--steps", "8", "--out", str(folder / "run"), "--quiet", *often, *TINY]) == 0
    finally:
        os.environ.pop("XDG_CACHE_HOME")
        if before is not None:
            os.environ["XDG_CACHE_HOME"] = before
    return folder / "run"


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, qt.Run]:
    """A run of each kind that `test_given` knows; read-only."""
    from .test_given import KINDS

    found = {}
    for name, kind in KINDS.items():
        folder = tmp_path_factory.mktemp(name)
        with patch.dict(os.environ, {"XDG_CACHE_HOME": str(folder / "cache")}):
            assert main(["train", *kind.words(folder), "--steps", "2", "--out", str(folder / "run")]) == 0
        found[name] = qt.open_run(folder / "run", device="cpu")
    return found
