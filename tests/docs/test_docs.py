"""What the pages say is true: their commands and code run, their links lead somewhere, their names exist."""

from __future__ import annotations

import doctest
import importlib
import json
import pkgutil
import re
import runpy
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import quatrain
from quatrain import cli
from quatrain.comparison.subjects import SUBJECTS, ExampleSubject
from quatrain.data.tasks import TASKS
from quatrain.mixers import CROSS_MIXERS, MIXERS
from quatrain.models.encoders import ENCODERS
from quatrain.models.presets import PRESETS, SEQUENCE_MIXERS, WITHOUT_BLOCKS
from quatrain.models.series_classifiers import SERIES_CLASSIFIERS
from quatrain.models.translators import TRANSLATORS

from .pages import PAGES, ROOT, anchors, blocks, flags, links, prose
from .running import run_block, shortened

VERBS = (
    "train",
    "generate",
    "evaluate",
    "check",
    "compare",
    "mix",
    "translate",
    "average",
    "import",
    "export",
    "predict",
    "transfer",
)
READ = {subject for subject in SUBJECTS.values() if issubclass(subject, ExampleSubject)}
WRITTEN = {*SUBJECTS.values()} - READ
OTHERS_FLAGS = {"--help", "--version", "--output"}  # the last of ct2-transformers-converter: --output_dir

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@every_page
def test_everything_on_the_page_runs(page: Path) -> None:
    names: dict[str, Any] = {"__name__": "page"}
    for block in blocks(page):
        run_block(block, names)


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    for target in links(page):
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(there), f"{page.name}: {target}; known: {sorted(anchors(there))}"


@every_page
def test_every_flag_of_the_page_exists(
    page: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "250")
    known = OTHERS_FLAGS | _flags_of_commands(capsys) | _flags_of_benchmarks()
    assert flags(page) <= known


def _flags_of_commands(capsys: pytest.CaptureFixture[str]) -> set[str]:
    known: set[str] = set()
    for verb in VERBS:
        assert cli.main([verb, "--help"]) == 0
        known |= set(re.findall(r"--[a-z][a-z-]*", capsys.readouterr().out))
    return known


def _flags_of_benchmarks() -> set[str]:
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "benchmarks").glob("*.py"))
    return {flag for source in sources for flag in re.findall(r"add_argument\(\s*\"(--[a-z][a-z-]*)", source)}


def test_the_page_of_settings_is_what_its_script_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    written = runpy.run_path(str(ROOT / "docs" / "make_settings.py"))["page"]()
    kept = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert kept == written, "docs/settings.md is out of date. Type python docs/make_settings.py."


@pytest.mark.parametrize(("page", "part"), [("models.md", "model."), ("training.md", "optim")])
def test_the_page_names_every_word_of_its_parts(page: str, part: str) -> None:
    settings = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^## `([\w.]+)`\n\n\| word \|.*\n.*\n((?:\|.*\n)+)", settings, re.MULTILINE)
    words = {word for path, table in rows if path.startswith(part) for word in re.findall(r"^\| (`\w+`)", table, re.M)}
    text = prose(ROOT / "docs" / page)
    assert len(words) > 5
    assert {word for word in words if word not in text} == set()


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("mixers.md", MIXERS),
        ("encoder_decoder.md", CROSS_MIXERS),
        ("encoder_decoder.md", TRANSLATORS),
        ("models.md", {**PRESETS, **SEQUENCE_MIXERS, **WITHOUT_BLOCKS, "ngram": None}),
        ("masked.md", ENCODERS),
        ("series_classification.md", SERIES_CLASSIFIERS),
        ("compare.md", TASKS),
        ("compare.md", {word for subject in WRITTEN for word in subject.usual}),
        ("compare_examples.md", {word for subject in READ for word in (*subject.usual, *subject.baselines)}),
    ],
    ids=[
        "mixers",
        "cross mixers",
        "translators",
        "models",
        "encoders",
        "classifiers of series",
        "tasks",
        "compared",
        "examples",
    ],
)
def test_the_page_names_every_word_there_is(page: str, words: Iterable[str]) -> None:
    text = prose(ROOT / "docs" / page)
    assert [word for word in words if f"`{word}`" not in text] == []


def test_pages_are_short() -> None:
    long = {page.name: n for page in PAGES if (n := len(page.read_text().splitlines())) > 150}
    long.pop("settings.md", None)
    assert long == {}


def test_the_mixer_of_the_page_keeps_every_law(monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[str, Any] = {"__name__": "page"}
    for block in blocks(ROOT / "docs" / "mixers.md"):
        if "(AlignedMixer)" in block.text:
            run_block(block, names)
    monkeypatch.syspath_prepend(str(ROOT / "tests"))
    laws = importlib.import_module("laws.test_sequence")
    subject = importlib.import_module("laws.variants").Subject("mixer-page", names["RunningMeanConfig"]())
    laws.test_the_future_cannot_change_the_past(subject)
    laws.test_advancing_in_chunks_equals_one_pass(subject, [4, 1, 5])
    for where in laws.PADDED:
        laws.test_padding_changes_nothing_for_real_positions(subject, where)
        laws.test_decoding_goes_on_from_a_padded_prompt(subject, where)
    laws.test_a_row_of_nothing_but_padding_stays_finite(subject)
    laws.test_rows_of_a_batch_do_not_meet(subject)
    laws.test_documents_packed_into_a_row_do_not_meet(subject)
    laws.test_packed_documents_equal_documents_alone(subject)
    laws.test_a_state_is_a_value(subject)
    laws.test_rows_of_a_state_can_be_dropped_repeated_and_reordered(subject)
    for seq_len in (0, 1, 9):
        laws.test_state_size_is_what_is_held(subject, seq_len)


def test_json_of_the_commands_has_the_keys_the_page_names(capsys: pytest.CaptureFixture[str]) -> None:
    rows = re.findall(r"^\| `quatrain (\w+)[^|]*\| ([^|]+) \|", prose(ROOT / "docs" / "use.md"), re.MULTILINE)
    named = {verb: set(re.findall(r"`(\w+)`", keys)) for verb, keys in rows}
    commands = {
        "generate": ["generate", "runs/poems", "--max-new-tokens", "2"],
        "compare": shortened(["compare", "poems.txt", "--models", "conv,ngram"]),
        "export": ["export", "runs/poems", "--out", "hf"],
        "import": ["import", "hf", "--out", "again"],
        "mix": ["mix", "runs/poems", "runs/poems", "--out", "runs/mix"],
        "average": ["average", "runs/twice", "--last", "2", "--out", "runs/mean"],
        "translate": ["translate", "runs/en-de", "today.en"],
        "transfer": shortened(["transfer", "reviews.tsv", "--from", "runs/masked", "--steps", "3"]),
    }
    Path("today.en").write_text("A dog runs.\n", encoding="utf-8")
    kept = ["--set", "train.keep_checkpoints=2", "--set", "train.checkpoint_seconds=0"]
    for words in (
        ["poems.txt", "--model", "llama", "--out", "runs/poems"],
        ["poems.txt", "--out", "runs/twice", *kept],
        ["poems.txt", "--task", "masked", "--out", "runs/masked"],
        ["pairs.tsv", "--out", "runs/en-de"],
    ):
        assert cli.main(["train", *words, "--steps", "3"]) == 0
    assert named.keys() == commands.keys()
    for verb, command in commands.items():
        assert [named[verb]] == keys_printed(command, capsys), verb


OF_TASKS = {
    "text": (("text", "language", ""), ("poems.txt",), ""),
    "masked": (("text", "masked", "masked"), ("poems.txt", "--task", "masked", "--model", "bert-tiny"), "question.txt"),
    "pairs": (("pairs", "translate", ""), ("pairs.tsv",), ""),
    "reviews": (("labelled text", "classify", "classify: text"), ("reviews.tsv",), "new.txt"),
    "pets": (("pictures", "classify", "classify: pictures"), ("pets",), "pets/cat/0.png"),
    "slopes": (("windows of series", "classify", "classify: windows"), ("Slopes",), "Slopes/Slopes_TEST.tsv"),
    "towns": (("tagged words", "tag", "tag"), ("towns.conll",), "new.txt"),
    "loads": (("a series", "forecast", "forecast"), ("loads.csv",), "loads.csv"),
}
"""By kind: its rows for `check`, `train` and `predict`, what trains a run of it, and what that is asked."""


def test_json_of_every_task_has_the_keys_the_page_names(capsys: pytest.CaptureFixture[str]) -> None:
    named = keys_of_tasks()
    Path("new.txt").write_text("Ann saw a great film\n", encoding="utf-8")
    Path("question.txt").write_text("Shall I [MASK]\n", encoding="utf-8")
    for kind, ((data, task, answered), words, file) in OF_TASKS.items():
        run, asked = f"runs/{kind}", [word for word in words if word not in ("--model", "bert-tiny")]
        assert keys_printed(["check", *asked], capsys) == [named["check"]["all"] | named["check"][data]], kind
        (trained,) = keys_printed(["train", *words, "--steps", "3", "--out", run], capsys)
        assert trained - {"tests"} == named["train"]["all"] | named["train"][task], kind
        assert keys_printed(["evaluate", run], capsys) == [named["evaluate"]["all"] | named["evaluate"][task]], kind
        if file:
            printed = keys_printed(["predict", run, file], capsys)
            assert printed == [named["predict"][answered]] * len(printed), kind
    encoder = encoder_of("runs/masked")
    assert keys_printed(["predict", encoder, "new.txt"], capsys) == [named["predict"]["embed: an imported encoder"]]
    verbs = {"check": 0, "train": 1, "evaluate": 1, "predict": 2}
    for verb, place in verbs.items():
        known = {rows[place] for rows, *_ in OF_TASKS.values()} - {""}
        assert named[verb].keys() - {"all", "masked", "embed: an imported encoder"} == known - {"masked"}, verb


def keys_of_tasks() -> dict[str, dict[str, set[str]]]:
    """The keys that docs/json.md names, by command and row; a row of several names is there by each."""
    found: dict[str, dict[str, set[str]]] = {}
    for section in prose(ROOT / "docs" / "json.md").split("## quatrain ")[1:]:
        rows = re.findall(r"^\| (?!---)([^|]+) \| (`[^|]+) \|", section, re.MULTILINE)
        found[section.split()[0]] = {
            name: set(re.findall(r"`(\w+)`", keys))
            for cell, keys in rows
            for name in [text.replace("`", "") for text in re.findall(r"\[([^\]]+)\]", cell)] or [cell]
        }
    return found


def keys_printed(command: list[str], capsys: pytest.CaptureFixture[str]) -> list[set[str]]:
    """The keys of the objects that a command prints."""
    capsys.readouterr()
    assert cli.main([*command, "--json"]) == 0, command
    return [{*json.loads(line)} for line in capsys.readouterr().out.splitlines()]


def encoder_of(run: str) -> str:
    """A run of the body alone of a masked language model, as it is imported from elsewhere."""
    from transformers import AutoModel, AutoTokenizer

    assert cli.main(["export", run, "--out", "whole"]) == 0
    AutoModel.from_pretrained("whole").save_pretrained("body")
    AutoTokenizer.from_pretrained("whole").save_pretrained("body")
    assert cli.main(["import", "body", "--out", "runs/body"]) == 0
    return "runs/body"


def test_models_in_the_json_of_a_comparison_have_the_keys_the_page_names() -> None:
    told = prose(ROOT / "docs" / "compare.md").split("| key | what it is |\n|---|---|\n")[1]
    columns = [line.split("|")[1:3] for line in told.splitlines() if line.startswith("|")]
    keys, meanings = ({*re.findall(r"`(\w+)`", " ".join(cells))} for cells in zip(*columns, strict=True))
    assert cli.main(shortened(["compare", "poems.txt", "--models", "conv,ngram"])) == 0
    conv, _ = json.loads(Path("runs/compare-poems/compare.json").read_text())["entrants"]
    assert keys == conv.keys()
    assert {*conv["runs"][0], *conv["cost"]} <= meanings


def test_examples_in_docstrings_give_what_they_show() -> None:
    n_tried = 0
    for module in pkgutil.walk_packages(quatrain.__path__, "quatrain."):
        if module.name == "quatrain.__main__":
            continue
        outcome = doctest.testmod(importlib.import_module(module.name))
        assert outcome.failed == 0, module.name
        n_tried += outcome.attempted
    assert n_tried >= 8
