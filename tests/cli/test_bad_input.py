"""Whatever is wrong with a request: exit code 2, one sentence that says what to type next, nothing left behind."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from .conftest import TINY, Outcome, Type

TEXT = "the quick brown fox jumps over the lazy dog\n"


def refused(outcome: Outcome, *words: str) -> None:
    """One teaching sentence on stderr, no result on stdout."""
    assert outcome.code == 2, outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.out == ""
    message = outcome.err.splitlines()[-1]
    assert message.startswith("quatrain: ")
    for word in words:
        assert word in message


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the bad files lie, as the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "poems.txt").write_text(TEXT * 40)
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "latin.txt").write_bytes("día de café\n".encode("latin-1") * 50)
    (tmp_path / "line.txt").write_text("one short line")
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr("../evil.txt", TEXT * 40)
    return tmp_path


DATA = {
    "missing": ("poem.txt", "there is no such file or folder. Did you mean 'poems.txt'?"),
    "empty": ("empty.txt", "it is empty", "Give a file or folder that holds text."),
    "binary": ("binary.txt", "this is a binary file", "Give a file of text."),
    "wrong encoding": ("latin.txt", "latin.txt, line 1, byte 1", "try --set data.encoding=latin-1"),
    "one line": ("line.txt", "one row of seq_len=16 needs 17", "--set train.seq_len="),
    "zip with ../": ("evil.zip", "'../evil.txt' points outside the archive", "Pack the files again"),
}


@pytest.mark.parametrize("case", DATA.values(), ids=list(DATA))
def test_data_that_cannot_be_trained_on(typed: Type, folder: Path, case: tuple[str, ...]) -> None:
    name, *words = case
    refused(typed("train", name, "--steps", 2, "--out", "run", *TINY), *words)
    assert not (folder / "run").exists(), "the next try is not told that a run is there"
    assert not (folder.parent / "evil.txt").exists()


@pytest.mark.parametrize("name", ["missing.txt", "empty.txt", "binary.txt"])
def test_check_reports_what_is_wrong_and_exits_with_2(typed: Type, folder: Path, name: str) -> None:
    outcome = typed("check", name)
    assert outcome.code == 2
    assert "ERROR: " in outcome.out
    assert outcome.out.splitlines()[-1] == "It cannot be trained on as it is: mend what is marked ERROR."


@pytest.mark.parametrize("name", ["missing.txt", "empty.txt", "binary.txt", "latin.txt", "evil.zip"])
def test_data_that_cannot_be_evaluated_on(typed: Type, folder: Path, finished: Path, name: str) -> None:
    refused(typed("evaluate", finished, name), name)


def test_a_parquet_without_a_text_column(typed: Type, folder: Path) -> None:
    polars = pytest.importorskip("polars")
    polars.DataFrame({"age": [1, 2], "size": [0.5, 1.5]}).write_parquet(folder / "people.parquet")
    refused(typed("train", "people.parquet", "--out", "run"), "people.parquet", "column", "age")


REQUESTS = {
    "no data": ([], "no data was named. Type quatrain train DATA"),
    "flag": (
        ["poems.txt", "--stesp", "3"],
        "Unknown option: --stesp. Did you mean --steps? Type quatrain train --help",
    ),
    "setting": (["poems.txt", "--set", "train.sed=1"], "train.sed: no setting has this name. Did you mean 'seed'?"),
    "setting of data": (["poems.txt", "--set", "data.encodin=x"], "data.encodin", "Did you mean 'encoding'?"),
    "part": (["poems.txt", "--set", "optimm.lr=1"], "nothing is called 'optimm'. Did you mean 'optim'?"),
    "kind of a part": (["poems.txt", "--set", "optim=adam"], "nothing is called 'adam'. Did you mean 'adamw'?"),
    "setting without value": (["poems.txt", "--set", "optim.lr"], "needs NAME=VALUE, for example"),
    "type": (["poems.txt", "--set", "train.seed=soon"], "train.seed", "valid integer, got 'soon'"),
    "model": (["poems.txt", "--model", "lama"], "--model lama: no model is called 'lama'. Did you mean 'llama'?"),
    "size": (["poems.txt", "--size", "smal"], "--size smal: unknown. Did you mean 'small'?"),
    "task": (["poems.txt", "--task", "langage"], "--task langage: there is no such task. Did you mean 'language'?"),
    "device": (["poems.txt", "--device", "cpuu"], "--device cpuu: there is no such device. Did you mean 'cpu'?"),
    "heads": (
        ["poems.txt", "--set", "model.mixer.n_heads=3", "--size", "tiny"],
        "n_heads=3 does not divide d_model=128. Try n_heads=2 or n_heads=4",
    ),
    "context": (
        ["poems.txt", "--set", "train.seq_len=512", "--size", "tiny"],
        "train.seq_len=512 is longer than the model accepts (model.max_seq_len=",
        "Add --set model.max_seq_len=512",
    ),
    "negative steps": (["poems.txt", "--steps", "-3"], "steps=-3 must be at least 1"),
    "no steps": (["poems.txt", "--steps", "0"], "steps=0 must be at least 1"),
    "steps in words": (["poems.txt", "--steps", "many"], "--steps", "quatrain train --help"),
    "time": (["poems.txt", "--for", "soon"], "--for soon: this is no duration. Write for example 90s, 2m, 1h30m."),
    "negative time": (["poems.txt", "--for", "-2m"], "--for -2m: this is no duration"),
    "no time": (["poems.txt", "--for", "0s"], "--for 0s: this is no duration"),
    "recipe": (["poems.txt", "--recipe", "none.toml"], "none.toml: there is no such file"),
    "recipe that is none": (["poems.txt", "--recipe", "poems.txt"], "poems.txt: this is not TOML"),
    "nothing to resume": (["poems.txt", "--resume"], "there is no run here. Train one: quatrain train DATA."),
    "rates of counts": (["poems.txt", "--model", "ngram", "--lr-range"], "Leave out --lr-range or --model ngram"),
    "no embedded text": (["pyhton"], "there is no such file or folder", "python"),
}


@pytest.mark.parametrize("case", REQUESTS.values(), ids=list(REQUESTS))
def test_requests_to_train_that_are_wrong(typed: Type, folder: Path, case: tuple[list[str], str]) -> None:
    words, *messages = case
    given = [] if "--steps" in words or "--for" in words else ["--steps", "2"]
    refused(typed("train", *words, *given, "--out", "run"), *messages)
    assert not (folder / "run").exists()


def test_a_run_folder_that_is_taken(typed: Type, folder: Path, finished: Path) -> None:
    before = (finished / "model.safetensors").read_bytes()
    refused(
        typed("train", "poems.txt", "--out", finished),
        f"{finished}: a run is already there. Add --resume to go on with it, or name another folder with --out.",
    )
    assert (finished / "model.safetensors").read_bytes() == before


def test_a_run_folder_that_cannot_be_made(typed: Type, folder: Path) -> None:
    outcome = typed("train", "poems.txt", "--steps", 1, "--out", "poems.txt/run", *TINY)
    refused(outcome, "poems.txt/run: cannot be made", "Name another folder with --out.")


GENERATE = {
    "unknown character": (["Ωmega"], "character 'Ω' (U+03A9) at position 0", "--set data.tokenizer.name=byte"),
    "temperature": (["the", "--temperature", "-1"], "temperature: must be 0 (always the likeliest token) or more"),
    "beam size": (["the", "--beam-size", "0"], "beam_size: must be 1 (no search) or more, got 0"),
    "n": (["the", "--n", "0"], "n: must be 1 or more, got 0"),
    "top p": (["the", "--top-p", "1.5"], "top_p: must be above 0 and at most 1, got 1.5"),
    "number": (["the", "--temperature", "hot"], "temperature", "'hot'", "quatrain generate --help"),
    "flag": (["the", "--temprature", "1"], "Unknown option: --temprature. Did you mean --temperature?"),
    "length": (["the", "--max-new-tokens", "-1"], "max_new_tokens: must be 0 or more, got -1"),
    "device": (["the", "--device", "gpu"], "--device gpu: there is no such device"),
}


@pytest.mark.parametrize("case", GENERATE.values(), ids=list(GENERATE))
def test_requests_to_generate_that_are_wrong(typed: Type, finished: Path, case: tuple[list[str], str]) -> None:
    words, *messages = case
    refused(typed("generate", finished, *words), *messages)


EVALUATE = {
    "context": (["--context", "17"], "context=17 is longer than the model accepts (16). Give --context 16 or less."),
    "no context": (["--context", "0"], "context=0 must be at least 1"),
    "stride": (["--stride", "17"], "stride=17 must lie between 1 and the context, 16"),
    "part": (["--part", "vall"], "--part vall: unknown. Did you mean 'val'?"),
    "missing part": (["--part", "test"], "this data has no such part. Try --part val."),
}


@pytest.mark.parametrize("case", EVALUATE.values(), ids=list(EVALUATE))
def test_requests_to_evaluate_that_are_wrong(typed: Type, finished: Path, case: tuple[list[str], str]) -> None:
    words, *messages = case
    refused(typed("evaluate", finished, *words), *messages)


@pytest.mark.parametrize("verb", ["generate", "evaluate"])
def test_a_folder_that_is_no_run(typed: Type, folder: Path, finished: Path, verb: str) -> None:
    refused(typed(verb, folder), "there is no run here")
    refused(typed(verb, finished.with_name("rum")), "there is no run here", f"Did you mean '{finished}'?")


@pytest.mark.parametrize("verb", ["generate", "evaluate", "export"])
def test_a_run_of_another_version(typed: Type, finished: Path, tmp_path: Path, verb: str) -> None:
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    values = json.loads((run / "config.json").read_text()) | {"format": 2}
    (run / "config.json").write_text(json.dumps(values))
    out = ["--out", tmp_path / "hf"] if verb == "export" else []
    refused(typed(verb, run, *out), "layout version 2, this Quatrain reads 1", "the version of Quatrain that wrote it")


def test_a_run_without_weights(typed: Type, finished: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    (run / "model.safetensors").unlink()
    refused(typed("generate", run, "the"), f"{run}: holds no weights yet", "--resume")


def test_a_run_whose_checkpoints_are_all_damaged(typed: Type, finished: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    (run / "result.json").unlink()
    for weights in run.glob("checkpoints/*/weights.safetensors"):
        weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    refused(typed("train", "--resume", "--out", run), "every checkpoint is damaged", "with --out")


def test_export_and_import_of_what_cannot_be(typed: Type, folder: Path, finished: Path) -> None:
    refused(typed("export", finished, "--out", "hf", "--to", "onnx"), "--to onnx: unknown. Known: hf.")
    refused(typed("import", folder, "--out", "run"), "config.json: there is no such file")
    assert not (folder / "run").exists()


def test_an_unknown_verb_names_the_nearest(typed: Type) -> None:
    refused(typed("trian", "poems.txt"), 'Unknown command "trian". Did you mean "train"?')
