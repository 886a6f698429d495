"""Every command: what it writes, what it prints where, and with which exit code it ends."""

from __future__ import annotations

import io
import json
import math
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import quatrain as qt
from quatrain import cli
from quatrain.api.comparing import Compared

from .conftest import TINY, Type

SCORES = {"loss", "perplexity", "bits_per_byte", "n_targets", "interval", "baseline"}
FILES = {
    "config.json", "model.safetensors", "tokenizer.json", "recipe.toml", "metrics.jsonl", "checkpoints", "result.json",
    "samples.jsonl", "report.html", "README.md",
}  # fmt: skip


def test_train_writes_a_whole_run_folder_and_says_what_to_type_next(typed: Type, poems: Path, tmp_path: Path) -> None:
    run = tmp_path / "runs" / "small"
    done = typed("train", poems, "--steps", 6, "--out", run, *TINY)
    assert done.code == 0
    assert {path.name for path in run.iterdir()} >= FILES
    assert f"quatrain generate {run}" in done.out
    assert f"quatrain evaluate {run}" in done.out
    assert "nats per token (95 % interval" in done.out
    assert "beat" in done.out or "not distinguishable" in done.out
    assert "step 6: validation" in done.err
    assert "baseline: ngram (order 7)" in done.err
    assert "step 6: validation" not in done.out


def test_train_json_is_one_object_with_the_promised_keys(typed: Type, poems: Path, tmp_path: Path) -> None:
    done = typed("train", poems, "--steps", 4, "--out", tmp_path / "run", "--json", *TINY)
    assert done.code == 0
    assert len(done.out.splitlines()) == 1
    assert done.json.keys() >= {"run", "task", "seconds"} | SCORES
    assert (done.json["run"], done.json["task"]) == (str(tmp_path / "run"), "language")
    assert done.json["baseline"].keys() >= SCORES - {"baseline"}
    assert done.json["perplexity"] == pytest.approx(math.exp(done.json["loss"]))
    low, high = done.json["interval"]
    assert low <= done.json["loss"] <= high
    assert done.json["n_targets"] == done.json["baseline"]["n_targets"] == done.json["data"]["val_tokens"] - 1


def test_quiet_means_quiet(typed: Type, poems: Path, tmp_path: Path) -> None:
    done = typed("train", poems, "--steps", 4, "--out", tmp_path / "run", "--quiet", "--json", *TINY)
    assert (done.code, done.err) == (0, "")


def test_train_for_a_time_ends_in_time(typed: Type, poems: Path, tmp_path: Path) -> None:
    done = typed("train", poems, "--for", "3s", "--out", tmp_path / "run", "--json", *TINY)
    assert done.code == 0
    assert done.json["steps"] >= 1
    assert done.json["train_seconds"] < 4


def test_the_same_request_gives_the_same_bytes_and_so_does_its_recipe(typed: Type, poems: Path, tmp_path: Path) -> None:
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    for out in (one, two):
        assert typed("train", poems, "--steps", 4, "--out", out, "--quiet", *TINY).code == 0
    assert typed("train", "--recipe", one / "recipe.toml", "--out", three, "--quiet").code == 0
    weights = {(run / "model.safetensors").read_bytes() for run in (one, two, three)}
    assert len(weights) == 1
    assert (one / "recipe.toml").read_text() == (three / "recipe.toml").read_text()


def test_a_run_without_a_name_gets_one_and_the_next_a_number(
    typed: Type, poems: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("poems", "poems-2"):
        assert typed("train", poems, "--model", "ngram", "--json").json["run"] == str(Path("runs") / name)
    again = typed("train", poems, "--resume")
    assert again.code == 0
    assert "runs/poems-2: this training has ended" in again.err


def test_going_on_with_a_finished_run_says_so_and_changes_nothing(typed: Type, finished: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    before = {name: (run / name).read_bytes() for name in ("model.safetensors", "result.json", "metrics.jsonl")}
    done = typed("train", "--resume", "--out", run)
    assert done.code == 0
    assert f"{run}: this training has ended. To train longer, leave out --resume: that starts another run." in done.err
    assert {name: (run / name).read_bytes() for name in before} == before


def test_resume_takes_the_same_command_and_refuses_another_recipe(typed: Type, finished: Path, tmp_path: Path) -> None:
    run, data = tmp_path / "run", finished.parent / "poems.txt"
    shutil.copytree(finished, run)
    assert typed("train", data, "--steps", 8, "--out", run, "--resume", *TINY).code == 0
    for other in (["--steps", 9], ["--set", "optim.lr=0.5"], ["--set", "data.val_fraction=0.3"]):
        refused = typed("train", "--out", run, "--resume", *other)
        assert refused.code == 2
        assert "was started with other settings" in refused.err
        assert "--out" in refused.err


def unfinished(finished: Path, run: Path) -> Path:
    shutil.copytree(finished, run)
    (run / "result.json").unlink()
    return run


def test_a_run_that_was_killed_while_it_was_scored_is_scored(typed: Type, finished: Path, tmp_path: Path) -> None:
    run = unfinished(finished, tmp_path / "run")
    done = typed("train", "--resume", "--out", run, "--json")
    assert done.code == 0
    assert "going on from step 8" in done.err
    assert done.json["loss"] == json.loads((finished / "result.json").read_text())["loss"]


def test_changed_data_is_refused_on_resuming(typed: Type, finished: Path, tmp_path: Path) -> None:
    run = unfinished(finished, tmp_path / "run")
    for text in ("the quick brown fox jumps over the lazy dog\n" * 41, "Other letters altogether: ÄÖÜ!\n" * 40):
        other = tmp_path / "poems.txt"
        other.write_text(text, encoding="utf-8")
        refused = typed("train", other, "--resume", "--out", run)
        assert refused.code == 2
        assert "the data or the recipe has changed since this run was started" in refused.err
    shutil.rmtree(run / "checkpoints")
    assert typed("train", other, "--resume", "--out", run).code == 2


def test_the_same_data_in_another_place_is_gone_on_with(typed: Type, finished: Path, tmp_path: Path) -> None:
    run = unfinished(finished, tmp_path / "run")
    moved = shutil.copy(finished.parent / "poems.txt", tmp_path / "moved.txt")
    assert typed("train", moved, "--resume", "--out", run).code == 0


def test_a_damaged_checkpoint_is_named_and_the_one_before_it_used(typed: Type, finished: Path, tmp_path: Path) -> None:
    run = unfinished(finished, tmp_path / "run")
    newest = sorted((run / "checkpoints").iterdir())[-1] / "weights.safetensors"
    newest.write_bytes(newest.read_bytes()[:-1] + b"?")
    before = (run / "model.safetensors").read_bytes()
    done = typed("train", "--resume", "--out", run)
    assert done.code == 0
    assert f"{newest}: damaged: its checksum does not match. Going back to the one before it." in done.err
    assert "going on from step 7" in done.err
    assert (run / "model.safetensors").read_bytes() == before


def test_dry_run_prints_the_recipe_and_trains_nothing(typed: Type, poems: Path, tmp_path: Path) -> None:
    done = typed("train", poems, "--steps", 4, "--dry-run", "--out", tmp_path / "run", *TINY)
    assert done.code == 0
    assert "d_model = 8" in done.out
    assert not (tmp_path / "run").exists()


def test_lr_range_prints_a_table_and_a_verdict(typed: Type, poems: Path, tmp_path: Path) -> None:
    done = typed("train", poems, "--lr-range", *TINY)
    assert done.code == 0
    assert "the loss falls fastest near optim.lr=" in done.out.splitlines()[-1]


def test_the_ngram_is_a_model_like_any_other(typed: Type, poems: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    trained = typed("train", poems, "--model", "ngram", "--out", run, "--json")
    assert (trained.code, trained.json["baseline"]) == (0, None)
    scored = typed("evaluate", run, "--json")
    assert scored.json["loss"] == pytest.approx(trained.json["loss"])
    assert scored.json["baseline"] is None
    assert len(typed("generate", run, "the ", "--max-new-tokens", 5, "--seed", 1).out) > 4


def test_evaluate_agrees_with_training_and_puts_the_baseline_beside(typed: Type, finished: Path) -> None:
    result = json.loads((finished / "result.json").read_text())
    scored = typed("evaluate", finished, "--json")
    assert (scored.code, scored.err) == (0, "")
    assert scored.json.keys() >= {"run", "task", "seconds", "data", "context", "stride"} | SCORES
    for name in ("loss", "bits_per_byte", "n_targets", "interval", "context", "stride"):
        assert scored.json[name] == pytest.approx(result[name]), name
    assert scored.json["baseline"]["loss"] == pytest.approx(result["baseline"]["loss"])
    plain = typed("evaluate", finished)
    assert f"{result['loss']:.4f} nats per token" in plain.out
    assert f"beside it, the ngram (order 7): {result['baseline']['loss']:.4f} nats per token" in plain.out


def test_evaluate_scores_other_text_and_other_parts(typed: Type, finished: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_bytes("the lazy dog jumps".encode("utf-16"))
    scored = typed("evaluate", finished, other, "--set", "data.encoding=utf-16", "--json").json
    assert (scored["n_targets"], scored["data"]) == (19, str(other))
    assert scored["baseline"]["n_targets"] == 19
    part = typed("evaluate", finished, "--part", "train", "--stride", 16, "--json").json
    whole = json.loads((finished / "result.json").read_text())["data"]["train_tokens"]
    assert (part["n_targets"], part["stride"]) == (whole - 1, 16)


def test_evaluate_says_that_the_data_has_changed(typed: Type, finished: Path, tmp_path: Path) -> None:
    run, data = tmp_path / "run", tmp_path / "poems.txt"
    shutil.copytree(finished, run)
    recipe = (run / "recipe.toml").read_text().replace(str(finished.parent / "poems.txt"), str(data))
    (run / "recipe.toml").write_text(recipe)
    data.write_text("Other letters altogether: ÄÖÜ!\n" * 40, encoding="utf-8")
    refused = typed("evaluate", run)
    assert refused.code == 2
    assert f"has changed since {run} was trained on it" in refused.err
    assert f"quatrain evaluate {run} {data}" in refused.err


def test_generate_streams_the_prompt_and_its_text(typed: Type, finished: Path) -> None:
    done = typed("generate", finished, "the quick", "--max-new-tokens", 12, "--seed", 3)
    assert done.code == 0
    assert done.out.startswith("the quick")
    assert done.out == typed("generate", finished, "the quick", "--max-new-tokens", 12, "--seed", 3).out


def test_generate_json_has_text_tokens_and_logprobs(typed: Type, finished: Path) -> None:
    done = typed("generate", finished, "the", "--max-new-tokens", 5, "--temperature", 0, "--json").json
    assert done.keys() >= {"run", "task", "seconds", "prompt", "text", "tokens", "logprobs"}
    assert len(done["tokens"]) == len(done["logprobs"]) <= 5
    assert all(logprob <= 0 for logprob in done["logprobs"])
    several = typed("generate", finished, "the", "--n", 3, "--max-new-tokens", 4, "--json").json
    assert len(several["generations"]) == 3
    assert several["text"] == several["generations"][0]["text"]


def test_generate_prints_every_token_with_its_logprob(typed: Type, finished: Path) -> None:
    done = typed("generate", finished, "the", "--logprobs", "--max-new-tokens", 4, "--temperature", 0)
    expected = typed("generate", finished, "the", "--max-new-tokens", 4, "--temperature", 0, "--json").json
    lines = done.out.splitlines()
    assert lines[0].split() == ["'<|endoftext|>'"]
    assert [float(line.split()[0]) for line in lines[4:-1]] == pytest.approx(expected["logprobs"], abs=1e-4)


def test_generate_prints_several_texts_apart(typed: Type, finished: Path) -> None:
    done = typed("generate", finished, "the", "--n", 2, "--max-new-tokens", 3)
    assert "--- 1\nthe" in done.out
    assert "--- 2\nthe" in done.out


def test_generate_reads_a_prompt_from_stdin(typed: Type, finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("the dog"))
    assert typed("generate", finished, "-", "--max-new-tokens", 3).out.startswith("the dog")


def test_check_reports_and_ends_with_the_next_command(typed: Type, poems: Path) -> None:
    small = ("--set", "model.d_model=8", "--set", "model.n_layers=1")
    done = typed("check", poems, *small, "--for", "1s")
    assert done.code == 0
    assert done.out.splitlines()[-1] == f"Train on it: quatrain train {poems} {' '.join(small)}"
    assert "parameters" in done.out


def test_check_json_is_one_object(typed: Type, poems: Path) -> None:
    done = typed("check", poems, "--json", *("--set", "model.d_model=8", "--set", "model.n_layers=1"))
    assert len(done.out.splitlines()) == 1
    assert done.json["cost"]["n_parameters"] > 0


def test_export_and_import_come_back_to_the_same_text(typed: Type, finished: Path, tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    out, back = tmp_path / "hf", tmp_path / "back"
    exported = typed("export", finished, "--out", out, "--json")
    assert exported.code == 0, exported.err
    assert (out / "config.json").exists()
    imported = typed("import", out, "--out", back, "--json")
    assert imported.code == 0, imported.err
    words = ["the quick", "--max-new-tokens", 8, "--temperature", 0]
    assert typed("generate", back, *words).out == typed("generate", finished, *words).out
    refused = typed("evaluate", back)
    assert refused.code == 2
    assert f"quatrain evaluate {back} DATA" in refused.err
    assert typed("evaluate", back, finished.parent / "poems.txt", "--json").json["baseline"] is None


def test_a_reader_that_goes_away_is_no_failure(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def write(self, text: str) -> int:
            raise BrokenPipeError

        def flush(self) -> None: ...

        def fileno(self) -> int:
            return copy

    copy = os.dup(1)
    monkeypatch.setattr(sys, "stdout", Gone())
    assert cli.main(["generate", str(finished), "the", "--max-new-tokens", "3"]) == 0
    os.close(copy)


def test_ctrl_c_ends_with_130(typed: Type, poems: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("quatrain.api.training.open_data", interrupted)
        reading = typed("train", poems, "--out", tmp_path / "run", *TINY)
        assert (reading.code, reading.err) == (130, "Stopped.\n")
    with monkeypatch.context() as patch:
        patch.setattr(sys.modules["quatrain.training.objectives.language"], "evaluate", interrupted)
        scoring = typed("train", poems, "--out", tmp_path / "run", "--steps", 3, "--quiet", *TINY)
    assert scoring.code == 130
    assert scoring.err.endswith(f"go on:   quatrain train --resume --out {tmp_path / 'run'}\n")
    assert typed("train", "--resume", "--out", tmp_path / "run").code == 0


def test_a_system_error_is_a_sentence(typed: Type, poems: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied", "/some/file")

    monkeypatch.setattr("quatrain.api.check_request", denied)
    done = typed("check", poems)
    assert (done.code, done.err) == (1, "quatrain: /some/file: Permission denied.\n")


def test_a_comparison_without_any_result_has_failed(
    typed: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = {"entrants": [], "ranking": [], "verdict": "No model has a result.", "data": {"kind": "text"}}
    monkeypatch.setattr("quatrain.api.compare", lambda *data, **asked: Compared(tmp_path, result))
    done = typed("compare", "poems.txt")
    assert (done.code, done.out.splitlines()[1]) == (1, "No model has a result.")


def test_what_was_never_trained_says_why_there_is_nothing_to_average(
    typed: Type, finished: Path, poems: Path, tmp_path: Path
) -> None:
    data = finished.parent / "poems.txt"
    assert typed("train", data, "--model", "ngram", "--out", tmp_path / "ngram").code == 0
    assert typed("mix", finished, finished, "--out", tmp_path / "mix").code == 0
    shutil.copytree(finished, tmp_path / "imported", ignore=shutil.ignore_patterns("recipe.toml", "checkpoints"))
    for name, reason in (("ngram", "counted in one go"), ("mix", "a mixture of runs"), ("imported", "was imported")):
        refused = typed("average", tmp_path / name, "--out", tmp_path / "mean")
        assert refused.code == 2
        assert f"{tmp_path / name}: has no checkpoints to average: " in refused.err
        assert reason in refused.err


def test_an_average_of_changes_of_low_rank_is_a_plain_model(typed: Type, finished: Path, tmp_path: Path) -> None:
    run, mean = tmp_path / "run", tmp_path / "mean"
    kept = ("--set", "train.keep_checkpoints=2", "--set", "train.checkpoint_seconds=0", "--set", "train.batch_size=4")
    asked = ("--from", finished, "--tune", "lora", "--steps", 3, "--device", "cpu", "--out", run)
    assert typed("train", finished.parent / "poems.txt", *asked, *kept).code == 0
    assert typed("average", run, "--last", 2, "--out", mean).code == 0
    before, after = (qt.open_run(folder, device="cpu").model.state_dict() for folder in (finished, mean))
    assert before.keys() == after.keys()
    assert any(not torch.equal(before[name], after[name]) for name in before)
