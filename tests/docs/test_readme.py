"""The front page, where it promises what other files hold."""

from __future__ import annotations

import re
import tomllib

import quatrain as qt
from quatrain import api
from quatrain.models.presets import PRESETS, SEQUENCE_MIXERS, WITHOUT_BLOCKS
from quatrain.models.translators import TRANSLATORS
from quatrain.runs import __doc__ as run_folder

from .pages import README, ROOT, prose


def test_the_table_of_models_names_every_word_there_is() -> None:
    cells = re.findall(r"^\| [^|]+ \| (`\w[\w-]*`(?: `\w[\w-]*`)*) \|", prose(ROOT / "docs" / "words.md"), re.MULTILINE)
    named = [word for cell in cells for word in re.findall(r"\w[\w-]*", cell)]
    assert sorted(named) == sorted([*PRESETS, *SEQUENCE_MIXERS, *WITHOUT_BLOCKS, *TRANSLATORS, "ngram"])


def test_every_page_is_linked() -> None:
    text = README.read_text(encoding="utf-8")
    missing = [page.name for page in (ROOT / "docs").glob("*.md") if f"docs/{page.name}" not in text]
    assert missing == []


def test_the_files_of_a_run_folder_are_those_the_code_names() -> None:
    drawn = README.read_text(encoding="utf-8").split("runs/poems/\n")[1].split("```")[0]
    promised = set(re.findall(r"\b(\w+\.(?:jsonl|json|toml|safetensors|html|md)|checkpoints/)", drawn))
    known = {line.split()[0] for line in (run_folder or "").splitlines() if re.match(r"\S+[./]\S*\s{2,}", line)}
    assert promised == known


def test_the_versions_of_python_are_those_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == ">=3.11"
    assert "Python 3.11 to 3.13" in README.read_text(encoding="utf-8")


def test_train_is_the_verb_though_a_folder_has_its_name() -> None:
    assert qt.train is api.train
    assert qt.open_run is api.open_run
