"""The same verbs as the command line, from Python."""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count, takewhile
from pathlib import Path
from typing import Any

from quatrain import __version__, interop
from quatrain.config import merge, override, read_toml
from quatrain.data import Corpus, DataConfig, DataReport, TextData, Tokenizer, check_text, encode_text, open_text
from quatrain.errors import ConfigError, DataError, RunError, suggest
from quatrain.generate import Generation, SamplingConfig
from quatrain.generate import generate as generate_texts
from quatrain.generate import stream as stream_text
from quatrain.models import SequenceModel
from quatrain.report import write_model_card, write_report
from quatrain.runs import RunFolder, write_atomically
from quatrain.train import Interrupted, Request, TrainConfig, data_config, evaluate, fit, refuse_early
from quatrain.train import plan as plan_recipe
from quatrain.train.baseline import score_baseline
from quatrain.train.checkpoint import TrainState
from quatrain.train.cost import Cost, estimate_cost
from quatrain.train.device import pick_device
from quatrain.train.hooks import MetricsLog, Progress, Samples, TensorBoardLog
from quatrain.train.loop import Hook
from quatrain.train.lr_range import range_test

Say = Callable[[str], None]
PARTS = ("train", "val", "test")


def _silent(line: str) -> None:
    pass


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Checked:
    """The data report, and what the training it leads to would cost."""

    report: DataReport
    cost: Cost | None
    """None where the data cannot be used as it is."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**self.report.to_dict(), "cost": self.cost.to_dict() if self.cost else None}

    def __str__(self) -> str:
        advice = (
            f"Train on it: quatrain train {self.report.path}"
            if self.cost
            else "It cannot be trained on as it is: mend what is marked ERROR."
        )
        return "\n".join([*self.report.lines(), *(self.cost.lines() if self.cost else []), advice])


class Run:
    """A trained model in its folder.

    Args:
        folder: the run folder.
        device: auto, cpu, cuda or mps.
    """

    def __init__(self, folder: RunFolder, device: str = "auto") -> None:
        self.folder, self.device = folder, pick_device(device)

    def __repr__(self) -> str:
        return f"Run({str(self.folder.path)!r})"

    @cached_property
    def model(self) -> SequenceModel:
        """The model with its best weights, in evaluation mode."""
        return self.folder.load_model(str(self.device))

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer."""
        return self.folder.load_tokenizer()

    def generate(self, prompt: str = "", **sampling: Any) -> str:
        """Text after a prompt; the settings are those of `SamplingConfig` (temperature, top_k, seed, ...)."""
        return self.generations(prompt, SamplingConfig(**sampling))[0].text

    def generations(self, prompt: str, sampling: SamplingConfig, say: Say | None = None) -> list[Generation]:
        """`sampling.n` texts with their tokens and log-probabilities."""
        return generate_texts(self.model, self.tokenizer, [prompt], sampling, say=say)[0]

    def stream(self, prompt: str, sampling: SamplingConfig, say: Say | None = None) -> Iterator[str]:
        """One text, piece by piece as it is made."""
        return stream_text(self.model, self.tokenizer, prompt, sampling, say=say)

    def evaluate(
        self,
        data: str | Path | None = None,
        *,
        part: str = "val",
        context: int | None = None,
        stride: int | None = None,
        settings: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Score every token of a part once.

        Args:
            data: other text; None: the data of the run.
            part: train, val or test of the run's data.
            context: tokens in a window; None: what the model accepts.
            stride: tokens a window advances; None: half the context.
            settings: how other text is read, such as `data.encoding=latin-1`.

        Raises:
            DataError: the text cannot be read, or is not what the run was trained on.
            ConfigError: there is no such part.
            RunError: the run keeps no recipe that says where its data was.
        """
        started = time.perf_counter()
        corpus = self._other_text(str(data), settings) if data is not None else self._own_part(part)
        score, _ = evaluate(self.model, corpus, context=context, stride=stride)
        about = {"run": str(self.folder.path), "task": "language", "data": str(data or part)}
        baseline = self._baseline(corpus)
        return {**about, **score.to_dict(), "baseline": baseline, "seconds": time.perf_counter() - started}

    def result(self) -> dict[str, Any]:
        """What training ended with: scores, baseline, cost.

        Raises:
            RunError: training has not ended yet.
        """
        try:
            result: dict[str, Any] = json.loads(self.folder.result_path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise RunError(
                f"{self.folder.path}: training has not ended. Go on with: quatrain train --resume --out "
                f"{self.folder.path}"
            ) from None
        return result

    def summary(self) -> str:
        """What a person wants to know when training ends, and what to type next."""
        result, path = self.result(), self.folder.path
        samples = [json.loads(line)["text"] for line in _lines(path / "samples.jsonl")]
        return "\n".join(
            [
                *(f"\n{text.strip()}\n" for text in samples[:1]),
                score_line(result),
                _beside(result),
                f"\nreport:    {path / 'report.html'}",
                f'go on:     quatrain generate {path} "..."    quatrain evaluate {path}',
                "your own:  quatrain train FILE_OR_FOLDER --for 10m",
            ]
        )

    def generate_json(self, prompt: str, sampling: SamplingConfig, started: float) -> dict[str, Any]:
        """The JSON object of `quatrain generate`."""
        texts = [dataclasses.asdict(generation) for generation in self.generations(prompt, sampling)]
        about = {"run": str(self.folder.path), "task": "language", "prompt": prompt}
        return {**about, **texts[0], "generations": texts, "seconds": time.perf_counter() - started}

    def logprob_lines(self, prompt: str, sampling: SamplingConfig) -> Iterator[str]:
        """Every token with its log-probability, a line each; a blank line between texts."""
        for generation in self.generations(prompt, sampling):
            tokens = [*generation.prompt_tokens, *generation.tokens]
            logprobs = [*generation.prompt_logprobs, *generation.logprobs]
            for token, logprob in zip(tokens, logprobs, strict=True):
                number = "         " if logprob is None else f"{logprob:9.4f}"
                yield f"{number}  {self.tokenizer.token_text(token)!r}"
            yield ""

    def _other_text(self, data: str, settings: Sequence[str]) -> Corpus:
        return encode_text(data_config(Request(data=data, settings=tuple(settings))), self.tokenizer)

    def _own_part(self, part: str) -> Corpus:
        if part not in PARTS:
            raise ConfigError(f"--part {part}: unknown. {suggest(part, PARTS)}")
        found: Corpus | None = getattr(self._own_data(), part)
        if found is None:
            raise ConfigError(f"--part {part}: this data has no such part. Try --part val.")
        return found

    def _own_data(self) -> TextData:
        if not self.folder.recipe_path.exists():
            raise RunError(
                f"{self.folder.path}: keeps no recipe.toml, so its data is unknown. "
                f"Name the text to score: quatrain evaluate {self.folder.path} DATA"
            )
        asked = DataConfig.from_dict(read_toml(self.folder.recipe_path)["data"], "data")
        data = open_text(asked)
        if data.tokenizer.backend.to_str() != self.tokenizer.backend.to_str():
            raise DataError(
                f"{asked.path}: has changed since {self.folder.path} was trained on it. To score all of it as it is "
                f"now: quatrain evaluate {self.folder.path} {asked.path}"
            )
        return data

    def _baseline(self, corpus: Corpus) -> dict[str, Any] | None:
        """The score of the n-gram of the same training text; None where that text cannot be had any more."""
        try:
            data = self._own_data()
        except (DataError, RunError):
            return None
        recipe = TrainConfig.from_dict(read_toml(self.folder.recipe_path))
        scored = score_baseline(recipe, data, corpus)
        return scored.to_dict() if scored else None


def open_run(path: str | Path, device: str = "auto") -> Run:
    """A run folder written by `train` or `import_run`.

    Raises:
        RunError: there is no run there, or it has another version.
    """
    return Run(RunFolder.open(path), device)


def train(
    data: str | Path,
    *,
    model: str = "modern",
    size: str = "auto",
    out: str | Path | None = None,
    seconds: float | None = None,
    steps: int | None = None,
    recipe: str | Path | None = None,
    settings: Sequence[str] = (),
    resume: bool = False,
    seed: int = 0,
    device: str = "auto",
    show_progress: bool = True,
) -> Run:
    """Train a model on a file or folder of text.

    Args:
        data: a path, or the name of an embedded text.
        model: modern, gpt2, llama, qwen3 or ngram.
        size: auto, tiny, small, medium or large.
        out: the run folder; None: runs/NAME.
        seconds: time for the whole run; 120 if neither this nor `steps` is given.
        steps: updates of the weights, instead of a time.
        recipe: a recipe.toml whose settings win over derived ones.
        settings: dotted settings such as `optim.lr=3e-4`, which win over everything.
        resume: go on with the run in `out`.
        seed: decides the start weights, the order of the data and the dropout.
        device: auto, cpu, cuda or mps.
        show_progress: on stderr.

    Raises:
        QuatrainError: says what was wrong and what to do.
    """
    request = Request(
        data=str(data), model=model, size=size, seconds=seconds, steps=steps,
        recipe=Path(recipe) if recipe else None, settings=tuple(settings), seed=seed, device=device,
    )  # fmt: skip
    say = _to_stderr if show_progress else _silent
    return train_request(
        request,
        out=Path(out) if out else None,
        resume=resume,
        started=time.perf_counter(),
        say=say,
        show_progress=show_progress,
    )


def train_request(
    request: Request, *, out: Path | None, resume: bool, started: float, say: Say, show_progress: bool
) -> Run:
    """`train`, from a request; `started` is when the clock of its time budget began."""
    if resume:
        folder = RunFolder.open(out or _newest(request.data))
        config = _resumed_config(folder, request)
        data = open_text(config.data, say=say)
    else:
        asked = data_config(request)
        folder = _new_folder(out, asked.path)
        data = open_text(asked, say=say)
        config = plan_recipe(request, data, asked)
        refuse_early(config, data)
        _start_folder(folder, config, data)
    say(f"{data.name}: {data.split}")
    progress = Progress() if show_progress else None

    def hooks(state: TrainState) -> list[Hook]:
        log = MetricsLog(folder, state.step)
        show = (lambda text: progress.say(_indented(text))) if progress else _silent
        sample = SamplingConfig(max_new_tokens=_sample_length(data), temperature=0.8, seed=config.train.seed)

        def write(model: SequenceModel) -> str:
            return generate_texts(model, data.tokenizer, [""], sample)[0][0].text

        listeners: list[Hook] = [log, Samples(write, config.train.n_samples, log, show, state.progress)]
        board = TensorBoardLog.if_installed(folder.path / "tensorboard")
        return [*([progress] if progress else []), *listeners, *([board] if board else [])]

    if folder.result_path.exists():
        say(f"{folder.path}: this training has ended. To train longer, leave out --resume: that starts another run.")
    else:
        try:
            fit(
                config, data, folder,
                resume=resume,
                spent=time.perf_counter() - started,
                hooks=hooks,
                say=progress.say if progress else say,
            )  # fmt: skip
        except KeyboardInterrupt:
            raise Interrupted(
                f"Stopped; nothing that was saved is lost.\ngo on:   quatrain train --resume --out {folder.path}"
            ) from None
    run = Run(folder, config.train.device)
    _write_samples(run, config.train.seed, _sample_length(data))
    write_report(folder.path)
    write_model_card(folder.path)
    return run


def plan(request: Request, say: Say = _silent) -> TrainConfig:
    """The complete recipe a request leads to; the data is read, nothing is trained."""
    asked = data_config(request)
    return plan_recipe(request, open_text(asked, say=say), asked)


def check(data: str | Path, *, seconds: float | None = None, settings: Sequence[str] = ()) -> Checked:
    """What is in this data, what is wrong with it, and what training on it would cost.

    Args:
        seconds: the training time to plan for.
        settings: dotted settings such as `data.encoding=latin-1`.
    """
    return check_request(Request(data=str(data), seconds=seconds, settings=tuple(settings)))


def check_request(request: Request) -> Checked:
    """`check`, from a request."""
    asked = data_config(request)
    report = check_text(asked)
    if not report.is_usable:
        return Checked(report, None)
    data = open_text(asked)
    recipe = plan_recipe(request, data, asked)
    return Checked(check_text(asked, seq_len=recipe.train.seq_len), estimate_cost(recipe, data))


def lr_range(request: Request, say: Say = _silent) -> str:
    """A learning-rate range test as a small table with a verdict."""
    asked = data_config(request)
    data = open_text(asked, say=say)
    return str(range_test(plan_recipe(request, data, asked), data))


def import_run(folder: str | Path, out: str | Path, say: Say = _silent) -> dict[str, Any]:
    """A run folder made of a Hugging Face model folder; compared with `transformers` where it is installed."""
    return interop.import_folder(Path(folder), Path(out), say=say)


def export_run(run: str | Path, out: str | Path, to: str = "hf", say: Say = _silent) -> dict[str, Any]:
    """A Hugging Face folder made of a run, reloaded by `transformers` and compared.

    Raises:
        ConversionError: no Hugging Face family can express this model, or the comparison failed.
    """
    if to != "hf":
        raise ConfigError(f"--to {to}: unknown. {suggest(to, ['hf'])}")
    return interop.export_folder(RunFolder.open(run), Path(out), say=say)


def score_line(score: dict[str, Any]) -> str:
    """A score in one line."""
    low, high = score["interval"]
    return (
        f"{score['loss']:.4f} nats per token (95 % interval {low:.4f} to {high:.4f}), "
        f"perplexity {score['perplexity']:,.2f}, {score['bits_per_byte']:.3f} bits per byte, "
        f"{score['n_targets']:,} tokens scored, context {score['context']}, stride {score['stride']}"
    )


def _beside(result: dict[str, Any]) -> str:
    """The comparison with the baseline in words."""
    baseline, difference = result["baseline"], result["difference"]
    if baseline is None:
        return "no baseline beside it"
    low, high = difference["interval"]
    gain = f"{abs(difference['mean']):.4f} nats per token (95 % interval {-high:.4f} to {-low:.4f})"
    if high < 0:
        return f"it beats the {baseline['name']} ({baseline['loss']:.4f}) by {gain}"
    if low > 0:
        return f"it does NOT beat the {baseline['name']} ({baseline['loss']:.4f}): train longer, or use the n-gram"
    return f"it is not distinguishable from the {baseline['name']} ({baseline['loss']:.4f})"


def _name(data: str | None) -> str:
    name = Path(data or "run").name
    return name.split(".")[0] or "run"


def _new_folder(out: Path | None, data: str) -> RunFolder:
    if out is not None:
        if (out / "config.json").exists():
            raise RunError(
                f"{out}: a run is already there. Add --resume to go on with it, or name another folder with --out."
            )
        return RunFolder(out)
    return RunFolder(next(path for path in _numbered(data) if not path.exists()))


def _newest(data: str | None) -> Path:
    """The last of runs/NAME, runs/NAME-2, ... that is there."""
    paths = list(takewhile(Path.exists, _numbered(data)))
    return paths[-1] if paths else Path("runs") / _name(data)


def _numbered(data: str | None) -> Iterator[Path]:
    base = Path("runs") / _name(data)
    yield base
    yield from (base.with_name(f"{base.name}-{number}") for number in count(2))


def _start_folder(folder: RunFolder, config: TrainConfig, data: TextData) -> None:
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{folder.path}: cannot be made: {error}. Name another folder with --out.") from None
    write_atomically(folder.recipe_path, lambda path: path.write_text(config.to_toml(), encoding="utf-8"))
    write_atomically(folder.path / "tokenizer.json", data.tokenizer.save)
    folder.write_config(config.model, __version__)  # last: a folder with it can be resumed


def _resumed_config(folder: RunFolder, request: Request) -> TrainConfig:
    """The run's own recipe. Another time may be asked for, and the same data by another path; nothing else.

    Raises:
        ConfigError: what is asked for is another recipe than the run's.
    """
    config = TrainConfig.from_dict(read_toml(folder.recipe_path))
    if request.seconds is not None and config.train.steps is None:
        config = override(config, [f"train.seconds={request.seconds}"])
    if request.data is not None:
        config = config.replace(data=config.data.replace(path=request.data))
    values = merge(config.to_dict(), read_toml(request.recipe)) if request.recipe else config.to_dict()
    steps = [f"train.steps={request.steps}"] if request.steps is not None else []
    if override(TrainConfig.from_dict(values), [*request.settings, *steps]) != config:
        raise ConfigError(
            f"--resume: {folder.path} was started with other settings, and a run keeps its recipe to the end. Leave "
            "out --set, --recipe and --steps to go on with it, or leave out --resume and name another folder with "
            "--out."
        )
    return config


def _sample_length(data: TextData) -> int:
    return 300 if data.tokenizer.name in {"char", "byte"} else 80


def _write_samples(run: Run, seed: int, length: int) -> None:
    """Three texts with the probability of every token."""
    sampling = SamplingConfig(max_new_tokens=length, temperature=0.8, n=3, seed=seed)
    lines = []
    for generation in run.generations("", sampling):
        tokens = [
            {"text": run.tokenizer.token_text(token), "logprob": logprob}
            for token, logprob in zip(generation.tokens, generation.logprobs, strict=True)
        ]
        lines.append(json.dumps({"prompt": "", "text": generation.text, "tokens": tokens}, ensure_ascii=False))
    text = "\n".join(lines) + "\n"
    write_atomically(run.folder.path / "samples.jsonl", lambda path: path.write_text(text, encoding="utf-8"))


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines())
