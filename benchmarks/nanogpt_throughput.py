"""Training throughput: nanoGPT's own loop against ours on a model of the same shape, in turns.

python benchmarks/nanogpt_throughput.py NANOGPT_FOLDER INPUT_TXT
python benchmarks/nanogpt_throughput.py NANOGPT_FOLDER INPUT_TXT --seconds 60 --rounds 2

6 layers, 6 heads, width 384, context 256, batch 16; LayerNorm, GELU, learned positions, no biases, AdamW; dropout 0.2,
as in nanoGPT's recipe, and 0. nanoGPT runs its train.py as it is, not compiled; we run `Trainer`, in the precision it
chooses here. The figure is tokens over the median time of an update, the first ones left out.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import processes

SEQ_LEN, BATCH_SIZE, WARM_UP = 256, 16, 3
DROPOUTS = (0.2, 0.0)
LINE = re.compile(r"^iter \d+: .*time ([\d.]+)ms")


def main() -> None:
    """Run both in turns, print tokens a second and the ratio for each dropout."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("nanogpt", type=Path, help="a clone of nanoGPT")
    parser.add_argument("text", type=Path, help="Tiny Shakespeare's input.txt")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--iterations", type=int, default=12, help="updates a turn (default: 12)")
    length.add_argument("--seconds", type=float, help="time a turn, instead")
    parser.add_argument("--rounds", type=int, default=1, help="turns of each (default: 1)")
    arguments = parser.parse_args()
    if not (arguments.nanogpt / "train.py").is_file():
        parser.error(f"{arguments.nanogpt} holds no train.py: give a clone of nanoGPT")
    if not arguments.text.is_file():
        parser.error(f"{arguments.text}: there is no such file")
    if arguments.iterations <= WARM_UP:
        parser.error(f"--iterations {arguments.iterations}: give more than {WARM_UP}; the first are left out")
    print(f"{'dropout':>7}  {'nanoGPT':>9}  {'Quatrain':>9}  {'ratio':>6}   tokens a second; ours in {precision()}")
    with tempfile.TemporaryDirectory() as folder:
        nanogpt = processes.nanogpt_with_text(arguments.nanogpt, arguments.text, Path(folder))
        for dropout in DROPOUTS:
            theirs: list[float] = []
            ours: list[float] = []
            for _ in range(arguments.rounds):
                theirs += nanogpt_seconds(nanogpt, dropout, arguments.iterations, arguments.seconds)[WARM_UP:]
                ours += our_seconds(arguments.text, dropout, arguments.iterations, arguments.seconds)[WARM_UP:]
            if not (theirs and ours):
                parser.error(f"--seconds {arguments.seconds}: too short for {WARM_UP + 1} updates")
            speeds = [SEQ_LEN * BATCH_SIZE / statistics.median(seconds) for seconds in (theirs, ours)]
            print(f"{dropout:7}  {speeds[0]:9,.0f}  {speeds[1]:9,.0f}  {speeds[1] / speeds[0]:6.2f}", flush=True)


def precision() -> str:
    """What our matrices are multiplied in here; nanoGPT's, on a CPU, always in float32."""
    import torch

    from quatrain.training.device import computes_bfloat16

    return "bfloat16" if computes_bfloat16(torch.device("cpu")) else "float32"


def nanogpt_seconds(nanogpt: Path, dropout: float, iterations: int, seconds: float | None) -> list[float]:
    """Seconds of each update, as its train.py prints them."""
    options = (
        f"config/train_shakespeare_char.py --device=cpu --compile=False --batch_size={BATCH_SIZE} "
        f"--dropout={dropout} --eval_iters=1 --eval_interval=1000000 --log_interval=1 "
        f"--max_iters={10**6 if seconds else iterations}"
    ).split()
    found: list[float] = []
    deadline = time.perf_counter() + (seconds or float("inf"))
    with subprocess.Popen(
        [sys.executable, "-u", "train.py", *options], cwd=nanogpt, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if match := LINE.match(line):
                found.append(float(match[1]) / 1000)
            if time.perf_counter() > deadline:
                process.terminate()
                break
    return found


def our_seconds(text: Path, dropout: float, iterations: int, seconds: float | None) -> list[float]:
    """Seconds of each update of our loop, batches, clipping and optimiser included."""
    import torch

    from quatrain.data import DataConfig, TokenizerConfig, open_text
    from quatrain.layers.feedforward import MLPConfig
    from quatrain.layers.norms import LayerNormConfig
    from quatrain.mixers import AttentionConfig
    from quatrain.models import CausalLMConfig
    from quatrain.positions import LearnedConfig, NoAttentionConfig
    from quatrain.runs import RunFolder
    from quatrain.training.config import LoopConfig, TrainConfig
    from quatrain.training.device import pick_device
    from quatrain.training.horizon import StepsHorizon, TimeHorizon
    from quatrain.training.loop import Hook, StepRecord, Trainer
    from quatrain.training.memory import keep_freed_memory
    from quatrain.training.optim import AdamWConfig

    class Clock(Hook):
        def __init__(self) -> None:
            self.seconds: list[float] = []

        def on_step(self, trainer: Trainer, record: StepRecord) -> None:
            self.seconds.append(record.seconds)

    keep_freed_memory()
    asked = DataConfig(path=str(text), tokenizer=TokenizerConfig(name="char"))
    data = open_text(asked)
    config = TrainConfig(
        data=asked,
        model=CausalLMConfig(
            vocab_size=data.tokenizer.vocab_size,
            d_model=384,
            n_layers=6,
            max_seq_len=SEQ_LEN,
            mixer=AttentionConfig(n_heads=6, position=NoAttentionConfig(), dropout=dropout),
            norm=LayerNormConfig(bias=False),
            ffn=MLPConfig(activation="gelu"),
            position=LearnedConfig(),
            dropout=dropout,
        ),
        optim=AdamWConfig(lr=1e-3, betas=(0.9, 0.99), weight_decay=0.1),
        train=LoopConfig(batch_size=BATCH_SIZE, seq_len=SEQ_LEN, n_validations=1, validation_tokens=SEQ_LEN),
    )
    torch.manual_seed(config.train.seed)
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        Trainer(
            config,
            config.model.build().to(pick_device("cpu")),
            data.train,
            data.val,
            folder=RunFolder(Path(folder)),
            horizon=TimeHorizon(seconds, spent=0.0) if seconds else StepsHorizon(iterations),
            fingerprint="",
            hooks=[clock],
        ).run()
    return clock.seconds


if __name__ == "__main__":
    main()
