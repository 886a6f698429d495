"""Runs what a page tells the reader to type.

What is changed on the way, and nothing else: `--for TIME` and `--steps N` of a training become `--steps 3`, in
Python `qt.train(..., seconds=120)` gets `steps=3`, and every size is the smallest (conftest.py). A comparison gets the
budget of `SMALLEST` whatever it asks for, and one seed; its trainings do not start processes of their own. Lines that
set a machine up (`make`, `pip`) and scripts (`python benchmarks/...`) are not run: their target, extras or file must
exist. What needs CTranslate2 is run where that is installed.
"""

from __future__ import annotations

import re
import shlex
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import patch

from quatrain import cli

from .pages import ROOT, Block

PROMPT = "$ "
SMALLEST = {"budget": "params=30k", "steps": 3, "seeds": 1}
"""Of a comparison."""


def run_block(block: Block, names: dict[str, Any]) -> None:
    """Type a `console` block line by line, or execute a `python` block with the page's names."""
    if block.language == "console":
        for line in block.text.splitlines():
            assert line.startswith(PROMPT), f"{block.where}: {line!r} shows output, which nothing would check"
            _run_line(shlex.split(line.removeprefix(PROMPT), comments=True), f"{block.where}: {line}")
    elif block.language == "python" and not ("import ctranslate2" in block.text and find_spec("ctranslate2") is None):
        code = re.sub(r"(qt\.train\(.*)seconds=\d+", r"\1steps=3", block.text)
        code = re.sub(r"(qt\.compare\(.*)budget=\"[^\"]+\", seeds=\d+", rf"\1**{SMALLEST}", code)
        exec(compile(code, block.where, "exec"), names)


def _run_line(words: list[str], where: str) -> None:
    match words:
        case ["quatrain", *arguments]:
            assert cli.main(shortened(arguments)) == 0, where
        case ["make", target]:
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE), where
        case ["pip", "install", "ctranslate2"]:
            pass
        case ["pip", "install", what, *_]:
            _check_extras(what, where)
        case ["ct2-transformers-converter", *arguments]:
            _convert(arguments)
        case ["echo", text, ">", file]:
            Path(file).write_text(f"{text}\n", encoding="utf-8")
        case ["python", script, *_]:
            assert (ROOT / script).is_file(), where
        case _:
            raise AssertionError(f"{where}: the test knows no such command")


def shortened(arguments: list[str]) -> list[str]:
    """The same training in three steps, the same comparison with the smallest budget."""
    text = "\0".join(arguments)
    if arguments[0] == "train":
        return re.sub(r"--(for|steps)\0[^\0]+", "--steps\0" + "3", text).split("\0")
    if arguments[0] == "compare" and not {"--resume", "--tasks"} & {*arguments}:
        others = re.sub(r"\0--(budget|steps|seeds|size)\0[^\0]+", "", text).split("\0")
        return [*others, *(word for name, value in SMALLEST.items() for word in (f"--{name}", str(value)))]
    return arguments


def _convert(arguments: list[str]) -> None:
    """What the command of CTranslate2 does, where it is installed."""
    if find_spec("ctranslate2") is not None:
        from ctranslate2.converters.transformers import main

        with patch.object(sys, "argv", ["ct2-transformers-converter", *arguments]):
            main()


def _check_extras(what: str, where: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    name, _, extras = what.rstrip("]").partition("[")
    known = project["optional-dependencies"]
    assert name == project["name"], where
    assert all(extra in known for extra in extras.split(",") if extra), where
