"""The scripts of benchmarks/ say how they are called, and what is wrong with a call."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .pages import ROOT

SCRIPTS = sorted(path for path in (ROOT / "benchmarks").glob("*.py") if "__main__" in path.read_text())

NEED_NOTHING = ("mixer_cost", "decode_cost")

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


@pytest.mark.parametrize("script", [s for s in SCRIPTS if s.stem not in NEED_NOTHING], ids=lambda script: script.stem)
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
        ("mixer_cost", ["--lengths", "64", "1"], "--lengths 1: give at least 2"),
        ("mixer_cost", ["--rounds", "0"], "--rounds 0: give at least 1"),
        ("mixer_cost", ["--mixers", "hyenna"], "invalid choice: 'hyenna' (choose from"),
        ("decode_cost", ["--threads", "0"], "--threads 0: give at least 1"),
        ("decode_cost", ["--d-model", "30"], "--d-model 30: give a multiple of 4, the number of heads"),
        ("decode_cost", ["--positions", "9", "9"], "--positions 9 9: give an early one, then a later one"),
    ],
)
def test_a_wrong_argument_is_named(name: str, arguments: list[str], told: str) -> None:
    Path("run").mkdir()
    Path("run/config.json").write_text("{}")
    refused = called(ROOT / "benchmarks" / f"{name}.py", *arguments)
    assert refused.returncode == 2
    assert told in refused.stderr


def test_the_cost_of_every_mixer_is_printed_by_length() -> None:
    words = "--lengths 8 16 32 --d-model 8 --threads 1"
    shown = called(ROOT / "benchmarks" / "mixer_cost.py", *words.split())
    assert shown.returncode == 0, shown.stderr
    tables = shown.stdout.split("\n\n")[1:]
    assert [table.splitlines()[0] for table in tables] == [
        "forward, milliseconds",
        "forward and backward, milliseconds",
    ]
    for table in tables:
        rows = [line.split() for line in table.splitlines()[1:]]
        assert [row[0] for row in rows] == ["length", "8", "16", "32", "exponent", "overtakes"]
        assert {len(row) for row in rows} == {11}
        assert all(float(time) > 0 for row in rows[1:4] for time in row[1:])


def test_the_cost_of_a_token_is_printed_early_and_late() -> None:
    words = "--positions 3 20 --d-model 8 --threads 1 --mixers attention hyena"
    shown = called(ROOT / "benchmarks" / "decode_cost.py", *words.split())
    assert shown.returncode == 0, shown.stderr
    rows = [line.replace("|", " ").split() for line in shown.stdout.splitlines()[2:]]
    assert [row[0] for row in rows] == ["attention", "hyena"]
    assert [row[4] for row in rows] == ["200", "384"]  # 3 * 2 * 8 * 4 + 8, and 2 * 24 * 4 + 3 * 2 * 8 * 4
    for _, early, _, _, _, late, _, _, _, ratio in rows:
        assert float(early) > 0
        assert float(late) > 0
        assert float(ratio) > 0


def test_the_page_names_every_script() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs").glob("benchmarks*.md")))
    assert [script.name for script in SCRIPTS if script.name not in pages] == []
