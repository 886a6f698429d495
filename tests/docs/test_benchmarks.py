"""The scripts of benchmarks/ say how they are called, and what is wrong with a call."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .pages import ROOT

SCRIPTS = sorted(path for path in (ROOT / "benchmarks").glob("*.py") if "__main__" in path.read_text())

every_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)


def called(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "COLUMNS": "200"}
    command = [sys.executable, str(script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


@every_script
def test_help_shows_the_command(script: Path) -> None:
    shown = called(script, "--help")
    assert shown.returncode == 0, shown.stderr
    assert f"python benchmarks/{script.name} " in shown.stdout


@every_script
def test_nothing_given_is_told(script: Path) -> None:
    refused = called(script)
    assert refused.returncode == 2
    assert "the following arguments are required" in refused.stderr


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("nanogpt_race", ["nowhere", "poems.txt"], "nowhere holds no train.py: give a clone of nanoGPT"),
        ("nanogpt_throughput", [".", "poems.txt"], ". holds no train.py: give a clone of nanoGPT"),
        ("first_token", ["nowhere"], "nowhere: there is no run there"),
        ("first_token", ["run", "--times", "0"], "--times 0: give at least 1"),
        ("shakespeare", ["nowhere.txt"], "nowhere.txt: there is no such file"),
        ("wikitext2", ["nowhere.tar.xz"], "nowhere.tar.xz: there is no such file or folder"),
    ],
)
def test_a_wrong_argument_is_named(name: str, arguments: list[str], told: str) -> None:
    Path("run").mkdir()
    Path("run/config.json").write_text("{}")
    refused = called(ROOT / "benchmarks" / f"{name}.py", *arguments)
    assert refused.returncode == 2
    assert told in refused.stderr


def test_the_page_names_every_script() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert [script.name for script in SCRIPTS if script.name not in page] == []
