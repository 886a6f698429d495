"""What a comparison is asked: read, checked, kept."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from quatrain.api import comparing
from quatrain.cli import main
from quatrain.comparison import Budget, CompareConfig
from quatrain.comparison.subjects import PairSubject
from quatrain.comparison.words import command
from quatrain.data import DataConfig, PairsConfig
from quatrain.data.tasks import AnyB
from quatrain.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "of", "amount"),
    [
        ("time=90", "time", 90.0),
        ("time=1h2m3s", "time", 3723.0),
        ("time=0.5m", "time", 30.0),
        ("time", "time", 120.0),
        ("params=250k", "params", 250_000.0),
        ("params=1.5M", "params", 1_500_000.0),
        ("flops=1e14", "flops", 1e14),
        ("flops=2T", "flops", 2e12),
        ("flops", "flops", 1e14),
    ],
)
def test_budgets_are_read(text: str, of: str, amount: float) -> None:
    assert Budget.parse(text) == Budget(of=of, amount=amount)


def test_a_time_may_come_with_a_size() -> None:
    assert Budget.parse("time=1m,params=90k") == Budget(of="time", amount=60.0, params=90_000.0)
    with pytest.raises(ConfigError, match=r"params stands beside a time alone, as in time=5m,params=250k"):
        Budget.parse("flops=1e12,params=90k")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("money=3", r"--budget money=3: write time=2m, time=2m,params=250k, params=250k or flops=1e14\."),
        ("time=3,size=9", r"--budget time=3,size=9: write time=2m"),
        ("time=soon", r"--budget time=soon: 'soon' is no amount of time\. Write for example time=90s, time=5m\."),
        ("time=0", r"--budget time=0: '0' is no amount of time"),
        ("params=5m", r"'5m' is no amount of params\. Write for example params=250k"),
        ("params=-1", r"'-1' is no amount of params"),
        ("time=5x", r"'5x' is no amount of time"),
    ],
)
def test_what_is_no_budget_is_refused_with_an_example(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Budget.parse(text)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"models": ("lstm",)}, "models: a comparison needs at least two"),
        ({"models": ("lstm", "lstm")}, "models: lstm is named twice"),
        ({"seeds": 0}, "seeds=0 must be at least 1"),
        ({"search": ()}, "must name at least one factor"),
        ({"search": (1.0, float("inf"))}, "each above 0 and finite"),
        ({"search": (float("nan"),)}, "each above 0 and finite"),
        ({"search": (1.0, 3.0, 1.0)}, r"search=\[1\.0, 3\.0, 1\.0\] names a factor twice"),
        ({"search_share": 1.0}, r"search_share=1\.0 must lie in \(0, 1\)"),
        ({"steps": 0}, "steps=0 must be at least 1"),
        ({"steps": 9}, "steps=9 needs a budget of parameters, as --budget params=250k"),
        (
            {"budget": {"of": "time", "amount": -3.0}},
            r"budget.amount=-3\.0 must be above 0",
        ),
        ({"data": {"kind": "any_c"}}, "data: nothing is called 'any_c'. Did you mean 'any_b'"),
    ],
)
def test_settings_that_make_no_comparison_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        CompareConfig.from_dict({"data": {"path": "x"}, "models": ("lstm", "gru"), **settings})


@pytest.mark.parametrize("data", [DataConfig(path="poems.txt"), AnyB(max_len=9)])
def test_it_survives_the_way_through_plain_values(data: Any) -> None:
    config = CompareConfig(data=data, models=("lstm", "hyena+transformer"), settings=("train.seq_len=8",))
    assert CompareConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize(
    "settings",
    [
        {"data": {"path": "two words.txt", "tokenizer": {"name": "bpe", "lowercase": True}}, "seeds": 2},
        {"data": {"kind": "parity", "min_len": 6, "n_examples": 50}, "search": (0.25, 4.0), "size": "small"},
        {"data": {"kind": "pairs", "path": "dates"}, "models": ("translator", "lstm-attention")},
        {"data": {"kind": "pairs", "path": "numbers.tsv", "source": "de", "shared_vocabulary": False}},
        {"data": {"kind": "pairs", "path": "my sides.en", "target_path": "a.de", "tokenizer": {"name": "bpe"}}},
        {"budget": {"of": "params", "amount": 1_234_567.0}, "steps": 30, "settings": ("optim.betas=[0.8, 0.9]",)},
        {"budget": {"of": "time", "amount": 90.5, "params": 1e6}, "models": ("gru", "transformer:mixer.window=null")},
    ],
    ids=str,
)
def test_the_command_that_is_shown_asks_for_the_same(settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    config = CompareConfig.from_dict({"data": {"path": "poems.txt"}, "models": ("lstm", "gru"), **settings})
    asked: list[CompareConfig] = []

    def note(config: CompareConfig, folder: Path, **more: Any) -> None:
        asked.append(config)
        raise KeyboardInterrupt

    monkeypatch.setattr(comparing, "conduct", note)
    assert main(shlex.split(command(config))[1:]) == 130
    assert asked == [config]


def test_a_table_of_pairs_is_compared_as_a_text_where_that_is_asked_for(
    numbers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[CompareConfig] = []

    def note(config: CompareConfig, folder: Path, **more: Any) -> None:
        asked.append(config)
        raise KeyboardInterrupt

    monkeypatch.setattr(comparing, "conduct", note)
    for words, kind, usual in (([], PairsConfig, PairSubject.usual), (["--task", "language"], DataConfig, ("lstm",))):
        assert main(["compare", str(numbers), *words]) == 130
        assert isinstance(asked[-1].data, kind)
        assert set(usual) <= set(asked[-1].models)
        assert main(shlex.split(command(asked[-1]))[1:]) == 130
        assert asked[-1] == asked[-2]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["poems.txt", "--task", "translat"], "--task translat: there is no such task. Did you mean 'translate'"),
        (["parity", "--task", "answers", "--models", "lstm"], "a comparison needs at least two"),
        (["poems", "--task", "answers"], "poems: there is no such file, and no task is called that"),
        (["a.en", "a.de", "--task", "language"], "a.de: a second file is the other side of a parallel text"),
    ],
)
def test_a_word_for_a_task_is_checked(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *words]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seeds", "search", "trial", "training"),
    [
        (3, (0.3, 1.0, 3.0), 1 / 3, 2 / 3),
        (1, (0.3, 1.0, 3.0), 1 / 9, 2 / 3),
        (1, (1.0,), 0.0, 1.0),
        (12, (0.3, 1.0, 3.0), 0.8, 0.8),  # a third would be trials longer than trainings
        (4, (0.5, 2.0), 2 / 3, 2 / 3),
    ],
)
def test_trials_and_trainings_add_up_to_the_budget(
    seeds: int, search: tuple[float, ...], trial: float, training: float
) -> None:
    config = CompareConfig(data=AnyB(), models=("lstm", "gru"), seeds=seeds, search=search)
    assert config.shares == pytest.approx((trial, training))
    n_trials = len(search) if len(search) > 1 else 0
    assert n_trials * config.shares[0] + seeds * config.shares[1] == pytest.approx(seeds)
