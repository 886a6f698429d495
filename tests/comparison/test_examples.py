"""Classes, tags, hidden words and forecasts compared: models of one size, and the baseline among them."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import quatrain as qt
from quatrain.api import Compared, comparing
from quatrain.cli import main
from quatrain.comparison import Budget, CompareConfig, conduct
from quatrain.comparison.entering import enter
from quatrain.comparison.entrants import Field
from quatrain.comparison.jobs import Job
from quatrain.comparison.subjects import BASELINE, SUBJECTS, ExampleSubject, Subject, open_subject
from quatrain.comparison.words import command
from quatrain.config import Config
from quatrain.data import (
    ImagesConfig,
    LabelledConfig,
    LabelledSeriesConfig,
    MaskedConfig,
    SeriesConfig,
    TaggedConfig,
    TokenizerConfig,
)
from quatrain.errors import ConfigError, DataError
from quatrain.report import write_compare_report
from quatrain.training.objectives import OBJECTIVES


@dataclass(frozen=True)
class Sort:
    """A sort of data, and what is special about it."""

    fixture: str
    config: type[Config]
    settings: dict[str, Any]
    models: tuple[str, ...]
    n_parameters: float
    scores: tuple[str, ...]
    lengths: bool
    """Whether costs at growing lengths mean anything."""
    use: str
    """What the page says that a member is of use for."""


SORTS = {
    "texts": Sort(
        "reviews", LabelledConfig, {"val_fraction": 0.3}, ("lstm", "dan"), 9e3, ("macro_f1", "auroc"), True, "predict"
    ),
    "pictures": Sort(
        "pets", ImagesConfig, {"val_fraction": 0.3}, ("convnet", "vit"), 9e3, ("macro_f1", "auroc"), False, "predict"
    ),
    "tags": Sort(
        "towns", TaggedConfig, {"val_fraction": 0.3}, ("tagger", "conv"), 40e3, ("precision", "recall"), True, "predict"
    ),
    "windows": Sort(
        "waves",
        LabelledSeriesConfig,
        {"val_fraction": 0.3},
        ("fcn", "lstm"),
        9e3,
        ("macro_f1", "auroc"),
        False,
        "predict",
    ),
    "hidden": Sort(
        "poems",
        MaskedConfig,
        {"tokenizer": TokenizerConfig(name="wordpiece", vocab_size=60)},
        ("encoder", "conv"),
        20e3,
        ("accuracy",),
        True,
        "predict",
    ),
    "series": Sort(
        "loads", SeriesConfig, {"input_len": 24, "horizon": 6}, ("nlinear", "lstm"), 9e3, ("mae",), False, "predict"
    ),
}
every_sort = pytest.mark.parametrize("sort", SORTS.values(), ids=SORTS)


def config_of(sort: Sort, request: pytest.FixtureRequest, **more: Any) -> CompareConfig:
    data = sort.config(path=str(request.getfixturevalue(sort.fixture)), **sort.settings)
    settings: dict[str, Any] = {"models": (*sort.models, BASELINE), "budget": Budget(of="params", amount=9e3)} | more
    if sort.config is MaskedConfig and "settings" not in more:
        settings["settings"] = ("train.seq_len=16",)
    return CompareConfig(data=data, **settings)


def opened(config: CompareConfig) -> ExampleSubject:
    subject = open_subject(config.data)
    assert isinstance(subject, ExampleSubject)
    return subject


def entered(config: CompareConfig) -> Field:
    return enter(config, opened(config))


@every_sort
@pytest.mark.usefixtures("short", "here")
def test_models_are_searched_trained_and_judged_beside_a_baseline(
    sort: Sort, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    budget = Budget(of="params", amount=sort.n_parameters)
    config = config_of(sort, request, budget=budget, steps=6, seeds=2, search=(1.0, 3.0))
    folder = tmp_path / "out"
    result = conduct(config, folder, resume=False, n_at_once=1, say=lambda _: None)
    subject = opened(config)
    objective = OBJECTIVES[subject.objective]
    assert sorted(result["ranking"]) == sorted(config.models)
    assert result["data"]["kind"] == subject.objective
    assert result["test"] is not None
    first, second, baseline = result["entrants"]
    for entrant in (first, second):
        off = entrant["solution"].get("deviation", 0.0)
        assert entrant["n_parameters"] == pytest.approx(sort.n_parameters * (1 + off), rel=0.015)
        assert [run["seed"] for run in entrant["runs"]] == [0, 1]
        assert [trial["factor"] for trial in entrant["search"]] == [1.0, 3.0]
        assert entrant["scores"].keys() == {*sort.scores}
        assert not {"reach", "state_bytes"} & entrant.keys()
        assert ("cost" in entrant) == sort.lengths
        if sort.lengths:
            assert entrant["cost"]["lengths"] == [8, 16]
            assert "decoding" not in entrant["cost"]
        low, high = entrant["interval"]
        assert low <= entrant["value"] <= high

    baselines = objective.baselines(enter(config, subject).entrants[-1].recipe, subject.data, lambda _: None)
    counted, *_ = objective.score_beside(baselines, {"val": subject.data.val}, lambda _: None)["val"]
    assert counted.values is not None
    n_items = result["data"]["n_items"]
    assert len(counted.values) == n_items
    assert baseline["kind"] == BASELINE
    assert baseline["solution"] == {"method": counted.name}
    assert baseline["n_parameters"] is None
    assert baseline["runs"][0]["folder"] is None
    assert baseline["runs"][0]["value"] == pytest.approx(counted.score.to_dict()[objective.headline], abs=1e-9)
    assert not list((folder / "runs/baseline").glob("*config.json"))
    for seed in range(2):
        assert len(Job(folder / f"runs/{sort.models[0]}-{seed}", "", "final").values()) == n_items

    member = qt.open_run(folder / f"runs/{sort.models[0]}-1")
    assert member.evaluate()[objective.headline] == pytest.approx(first["runs"][1]["value"], rel=1e-4)

    summary = Compared(folder, result).summary()
    assert re.search(r"^baseline .* counted", summary, re.MULTILINE)
    assert "None" not in summary
    page = write_compare_report(folder).read_text(encoding="utf-8")
    assert "None" not in page
    assert ("Cost against length" in page) == sort.lengths
    assert not re.search("Reach is how far|One more token|State after", page)
    assert f"counted, not trained: {counted.name}" in page.replace("&#39;", "'")
    assert f"quatrain {sort.use}" in page
    assert "runs/baseline" not in page

    (folder / f"runs/{sort.models[0]}-1/outcome.json").unlink()
    (folder / "runs/baseline/outcome.json").unlink()
    again = conduct(config, folder, resume=True, n_at_once=1, say=lambda _: None)
    for key in ("ranking", "test", "verdict"):
        assert again[key] == result[key]


@every_sort
@pytest.mark.parametrize("of", ["params", "flops"])
def test_every_usual_model_is_of_the_size_that_was_asked_for_or_says_how_far_off(
    sort: Sort, of: str, request: pytest.FixtureRequest
) -> None:
    subject = opened(config_of(sort, request))
    budget = Budget(of="params", amount=60e3) if of == "params" else Budget(of="flops", amount=1e11)
    models = tuple(word for word in subject.usual if not (of == "flops" and word == "dan"))
    config = config_of(sort, request, models=(*models, "delta"), budget=budget)
    field = enter(config, subject)
    for entrant in field.entrants:
        off = entrant.solution.get("deviation", 0.0)
        assert field.ruler(entrant.recipe.model) == pytest.approx(field.target * (1 + off), rel=0.015)
        assert abs(off) < 0.1 or "d_model" not in entrant.solution
        assert entrant.recipe.train.steps


@every_sort
def test_the_recipe_is_what_the_planner_makes(sort: Sort, request: pytest.FixtureRequest) -> None:
    config = config_of(sort, request, budget=Budget(of="time", amount=60.0), settings=())
    subject = opened(config)
    try:
        recipe = enter(config, subject).entrants[0].recipe
    except DataError:
        assert sort.config is MaskedConfig  # too short a text for a row of the usual length
        return
    planned = subject.planned
    assert recipe.optim == planned.optim
    assert (recipe.train.ema, recipe.train.dtype) == (planned.train.ema, planned.train.dtype)
    assert (recipe.train.batch_size, recipe.train.seq_len) == (planned.train.batch_size, planned.train.seq_len)
    assert (recipe.train.seconds, recipe.train.steps) == (60.0, None)
    assert recipe.data == planned.data


@every_sort
def test_updates_are_counted_by_what_they_teach(sort: Sort, request: pytest.FixtureRequest) -> None:
    subject = opened(config_of(sort, request))
    seq_len = 16 if sort.config is MaskedConfig else subject.seq_len
    batches = subject.data.train.batches(seed=1, batch_size=4, seq_len=seq_len)
    n = round(1 / batches.epoch_of(1))
    held = sum(batches.at(step).n_targets for step in range(n)) / n
    assert subject.targets_per_update(4, seq_len) == pytest.approx(held, rel=0.15)


@every_sort
def test_the_command_that_is_shown_asks_for_the_same(
    sort: Sort, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[CompareConfig] = []

    def note(config: CompareConfig, folder: Path, **more: Any) -> None:
        asked.append(config)
        raise KeyboardInterrupt

    monkeypatch.setattr(comparing, "conduct", note)
    config = config_of(sort, request, size="small", seeds=1)
    assert CompareConfig.from_dict(config.to_dict()) == config
    assert main(shlex.split(command(config))[1:]) == 130
    assert asked == [config]


def test_settings_that_are_the_usual_ones_of_the_sort_are_not_typed(poems: Path) -> None:
    config = CompareConfig(data=MaskedConfig(path=str(poems)), models=("encoder", "lstm"))
    assert command(config).startswith(f"quatrain compare {poems} --task masked --models encoder,lstm")
    assert "data." not in command(config)


def test_the_baseline_stands_in_every_comparison(reviews: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[CompareConfig] = []

    def note(config: CompareConfig, folder: Path, **more: Any) -> None:
        asked.append(config)
        raise KeyboardInterrupt

    monkeypatch.setattr(comparing, "conduct", note)
    for words in ([], ["--models", "lstm"], ["--models", "baseline,lstm"]):
        assert main(["compare", str(reviews), *words]) == 130
    assert [config.models for config in asked] == [
        (*SUBJECTS[LabelledConfig].usual, "baseline"), ("lstm", "baseline"), ("baseline", "lstm")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "word", "message"),
    [
        ("texts", "ngram", r"ngram: of classes of texts, no model is called 'ngram'\..* Known: .*dan.*lstm"),
        ("texts", "translator", "translator: of classes of texts, no model is called 'translator'"),
        ("texts", "convnet", "convnet: of classes of texts, no model"),
        ("texts", "baseline:order=3", "baseline:order=3: it is counted or fitted as it is, and has no settings"),
        ("pictures", "dan", "dan: of classes of pictures, no model is called 'dan'.*Known: .*convnet"),
        ("pictures", "vit-b16", "vit-b16: has a size of its own, .* You may compare convnet, vit, mlp-mixer, lstm"),
        ("pictures", "convnet:backbone.widths=[4,8]", "widths are solved for"),
        ("tags", "convnet", "convnet: of tagged sentences, no model"),
        ("hidden", "bert-base", "bert-base: has a size of its own, .* encoder, bert, lstm"),
        ("series", "ngram", "ngram: of a series, no model is called 'ngram'.*dlinear"),
    ],
)
def test_what_cannot_do_the_task_is_refused_with_what_can(
    name: str, word: str, message: str, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(ConfigError, match=message):
        entered(config_of(SORTS[name], request, models=(word, "lstm")))


def test_a_notch_that_the_dial_has_not_is_refused(reviews: Path) -> None:
    config = CompareConfig(data=LabelledConfig(path=str(reviews)), models=("lstm", "gru"), size="large")
    with pytest.raises(ConfigError, match=r"--size large: unknown for classes of texts\..*Known: auto, medium, small"):
        entered(config)


def test_windows_have_the_length_that_the_data_says(loads: Path) -> None:
    config = CompareConfig(
        data=SeriesConfig(path=str(loads)), models=("lstm", "gru"), settings=("train.seq_len=9",)
    )  # fmt: skip
    with pytest.raises(ConfigError, match=r"train\.seq_len=9.*Set data\.input_len"):
        entered(config)


def test_chance_is_the_share_of_the_commonest_class_of_training(reviews: Path) -> None:
    subject = open_subject(LabelledConfig(path=str(reviews), val_fraction=0.3))
    labels, learned = subject.data.val.labels, subject.data.train.labels
    assert subject.about(32)["chance"] == np.mean(labels == np.bincount(learned).argmax())


def test_few_labels_are_told(reviews: Path) -> None:
    subject = open_subject(LabelledConfig(path=str(reviews), n_labels=9))
    assert subject.about(32)["split"].endswith(" 9 of the labels are learned from.")


@pytest.mark.usefixtures("short", "here")
def test_other_data_under_the_same_name_ends_a_comparison(tmp_path: Path, reviews: Path) -> None:
    config = CompareConfig(
        data=LabelledConfig(path=str(reviews)),
        models=("dan", "baseline"),
        budget=Budget(of="params", amount=3e3),
        steps=2,
        seeds=1,
        search=(1.0,),
    )
    conduct(config, tmp_path / "out", resume=False, n_at_once=1, say=lambda _: None)
    reviews.write_text(reviews.read_text() + "a great film\tbad\n")
    with pytest.raises(ConfigError, match="the data has changed since this comparison was started"):
        conduct(config, tmp_path / "out", resume=True, n_at_once=1, say=lambda _: None)


@pytest.mark.usefixtures("short", "here")
def test_a_comparison_of_pictures_is_typed_and_read(
    pets: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["compare", str(pets), "--models", "convnet", "--budget", "params=3k", "--steps", "2", "--seeds", "1"]
    assert main([*words, "--rates", "1", "--out", str(tmp_path / "out"), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["task"] == "classify"
    assert printed["data"]["image_size"] == [8, 8]
    assert "vocab_size" not in printed["data"]
    assert printed["budget"]["sentence"].startswith("Every trained model has about 3,000 parameters and 2 updates a ")


def test_every_sort_of_data_has_a_subject() -> None:
    assert {sort.config for sort in SORTS.values()} <= SUBJECTS.keys()
    assert all(issubclass(subject, Subject) for subject in SUBJECTS.values())
