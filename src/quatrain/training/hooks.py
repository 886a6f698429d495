"""What happens beside the loop: the log, TensorBoard, samples, and what the person sees."""

from __future__ import annotations

import importlib.util
import json
import resource
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

import torch
from rich.console import Console
from rich.live import Live
from rich.text import Text

from quatrain.errors import TrainingError
from quatrain.runs import RunFolder, write_atomically
from quatrain.training.loop import Hook, StepRecord, Trainer

LOG_SECONDS, LOG_SHARE = 1.0, 0.01
"""Steps are logged this often, or after such a share of the way; the first ones all."""


def peak_memory() -> int:
    """Most bytes this process has held: of the GPU where one is used, else resident."""
    if torch.cuda.is_available() and torch.cuda.max_memory_allocated():
        return torch.cuda.max_memory_allocated()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class MetricsLog(Hook):
    """Appends records to metrics.jsonl; on resuming, those after the checkpoint are dropped first."""

    def __init__(self, folder: RunFolder, from_step: int) -> None:
        kept = [record for record in folder.metrics() if record["step"] <= from_step]
        text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in kept)
        write_atomically(folder.metrics_path, lambda path: path.write_text(text, encoding="utf-8"))
        self.path, self._last, self._progress = folder.metrics_path, 0.0, 0.0

    def on_step(self, trainer: Trainer, record: StepRecord) -> None:
        """One record a second, and one each hundredth of the way."""
        now, progress = time.monotonic(), trainer.state.progress
        is_soon = now - self._last < LOG_SECONDS and progress - self._progress < LOG_SHARE
        if trainer.state.step > 10 and is_soon and progress < 1:
            return
        self._last, self._progress = now, progress
        self._write(
            trainer, "train",
            loss=record.loss,
            **record.beside,
            lr=trainer.config.optim.lr * record.lr_factor,
            grad_norm=record.grad_norm,
            tokens_per_second=record.n_targets / record.seconds,
            memory_bytes=peak_memory(),
        )  # fmt: skip

    def on_validation(self, trainer: Trainer, loss: float, is_best: bool) -> None:
        """One record a validation."""
        self._write(trainer, "val", loss=loss, is_best=is_best)

    def write_sample(self, trainer: Trainer, text: str) -> None:
        """One record a sample."""
        self._write(trainer, "sample", text=text)

    def _write(self, trainer: Trainer, split: str, **values: Any) -> None:
        state = trainer.state
        record = {"split": split, "step": state.step, "tokens": state.tokens, "seconds": state.seconds} | values
        try:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
        except OSError as error:
            raise TrainingError(
                f"{self.path}: could not be written: {error}. Checkpoints still stand: free some space, then go on "
                f"with quatrain train --resume --out {shlex.quote(str(self.path.parent))}"
            ) from error


class TensorBoardLog(Hook):
    """The same numbers as TensorBoard events, where the package is installed."""

    def __init__(self, folder: Path) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.writer = SummaryWriter(str(folder))

    @classmethod
    def if_installed(cls, folder: Path) -> TensorBoardLog | None:
        """None where the extra `log` is not installed; the same numbers stand in metrics.jsonl."""
        return cls(folder) if importlib.util.find_spec("tensorboard") else None

    def on_step(self, trainer: Trainer, record: StepRecord) -> None:
        """Loss, rate and gradient norm."""
        step = trainer.state.step
        for name, loss in {"loss": record.loss, **record.beside}.items():
            self.writer.add_scalar(f"train/{name}", loss, step)
        self.writer.add_scalar("train/lr", trainer.config.optim.lr * record.lr_factor, step)
        self.writer.add_scalar("train/grad_norm", record.grad_norm, step)

    def on_validation(self, trainer: Trainer, loss: float, is_best: bool) -> None:
        """Validation loss."""
        self.writer.add_scalar("val/loss", loss, trainer.state.step)

    def on_end(self, trainer: Trainer) -> None:
        """Flush."""
        self.writer.close()


class Samples(Hook):
    """Writes a text now and then, so that the person sees it learn.

    Args:
        write: (model) -> text; the loop itself cannot generate.
        n: texts, spread evenly.
        log: keeps the texts.
        show: prints them.
        progress: where training starts from.
    """

    def __init__(
        self,
        write: Callable[[Any], str],
        n: int,
        log: MetricsLog,
        show: Callable[[str], None],
        progress: float = 0.0,
    ) -> None:
        self.write, self.n, self.log, self.show = write, n, log, show
        self._done = round(progress * n)

    def on_validation(self, trainer: Trainer, loss: float, is_best: bool) -> None:
        """At the validations nearest to even spacing."""
        if self._done < round(trainer.state.progress * self.n):
            self._done = round(trainer.state.progress * self.n)
            trainer.model.eval()
            text = self.write(trainer.model)
            trainer.model.train()
            self.log.write_sample(trainer, text)
            self.show(text)


class Progress(Hook):
    """One live line in a terminal; plain lines, and few, anywhere else."""

    PLAIN_SECONDS = 10.0

    def __init__(self, stream: TextIO | None = None) -> None:
        self.console = Console(file=stream or sys.stderr, highlight=False, soft_wrap=True)
        self.live = Live(console=self.console, refresh_per_second=4, transient=True)
        self._val_loss: float | None = None
        self._loss: float | None = None
        self._speed: float | None = None
        self._last_plain = time.monotonic()

    def on_step(self, trainer: Trainer, record: StepRecord) -> None:
        """Refresh the line."""
        speed = record.n_targets / record.seconds
        self._loss = record.loss if self._loss is None else 0.9 * self._loss + 0.1 * record.loss
        self._speed = speed if self._speed is None else 0.9 * self._speed + 0.1 * speed
        if self.console.is_terminal:
            self.live.start()
            self.live.update(Text(self._line(trainer)))
        elif time.monotonic() - self._last_plain > self.PLAIN_SECONDS:
            self._last_plain = time.monotonic()
            self.say(self._line(trainer))

    def on_validation(self, trainer: Trainer, loss: float, is_best: bool) -> None:
        """A line that stays."""
        self._val_loss = loss
        mark = " (best so far)" if is_best else ""
        measured = f"{loss:.4f} {trainer.objective.measure} per {trainer.objective.unit}"
        self.say(f"step {trainer.state.step}: validation {measured}{mark}")

    def on_end(self, trainer: Trainer) -> None:
        """Leave the terminal as it was."""
        self.live.stop()

    def say(self, line: str) -> None:
        """A line above the live one."""
        self.console.print(Text(line))

    def _line(self, trainer: Trainer) -> str:
        state = trainer.state
        left = trainer.horizon.seconds_left(state)
        parts = [
            f"step {state.step}",
            f"{min(state.progress, 1.0):.0%}",
            f"{clock(left)} left" if left is not None else "",
            f"loss {self._loss:.4f}",
            f"validation {self._val_loss:.4f}" if self._val_loss is not None else "",
            f"{self._speed:,.0f} {trainer.objective.unit}s/s",
            f"{peak_memory() / 1e9:.1f} GB",
        ]
        return "  ".join(part for part in parts if part)


def clock(seconds: float) -> str:
    """A duration for people: 2:05, 1:10:00."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
