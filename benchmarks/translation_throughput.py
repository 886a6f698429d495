"""Training throughput of translation: a plain loop around torch.nn.Transformer against ours, of equal shape, in turns.

python benchmarks/translation_throughput.py MULTI30K_FOLDER
python benchmarks/translation_throughput.py MULTI30K_FOLDER --iterations 20 --rounds 3 --threads 2

The paper's blocks (post-norm, ReLU, sinusoidal positions, one shared table, label smoothing 0.1, dropout 0.1), AdamW on
both sides, the same pairs and tokens. The plain loop is what PyTorch's tutorial teaches: as many sentences an update,
drawn at random, padded to the longest, in float32. We run `Trainer`, in the precision it chooses here, with about as
many target tokens an update. The figure is real target tokens, padding not counted, over the time of the updates.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import quatrain  # noqa: F401 - sets how torch's threads wait, before torch is loaded; it holds for both sides

import torch  # isort: skip
from torch import Tensor, nn  # isort: skip

from quatrain.data import PairBatch, PairData, PairsConfig, open_pairs  # isort: skip
from quatrain.models.translators import transformer_base  # isort: skip
from quatrain.runs import RunFolder  # isort: skip
from quatrain.training.config import LoopConfig, TrainConfig  # isort: skip
from quatrain.training.horizon import StepsHorizon  # isort: skip
from quatrain.training.loop import Hook, StepRecord, Trainer  # isort: skip
from quatrain.training.memory import keep_freed_memory  # isort: skip
from quatrain.training.optim import AdamWConfig  # isort: skip

D_MODEL, N_LAYERS, N_HEADS, D_FF, DROPOUT, SMOOTHING = 256, 4, 8, 1024, 0.1, 0.1
SENTENCES, SEQ_LEN = 128, 128
WARM_UP = 2


class Plain(nn.Module):
    """torch.nn.Transformer with an embedding, positions and a head around it."""

    def __init__(self, vocab_size: int) -> None:
        super().__init__()
        self.table = nn.Embedding(vocab_size, D_MODEL)
        self.transformer = nn.Transformer(D_MODEL, N_HEADS, N_LAYERS, N_LAYERS, D_FF, DROPOUT, batch_first=True)
        self.head = nn.Linear(D_MODEL, vocab_size, bias=False)
        self.head.weight = self.table.weight
        self.dropout = nn.Dropout(DROPOUT)
        places = torch.arange(SEQ_LEN)[:, None]
        angles = places / 10_000 ** (torch.arange(0, D_MODEL, 2) / D_MODEL)
        self.register_buffer("waves", torch.stack((angles.sin(), angles.cos()), -1).flatten(1))

    def forward(self, src: Tensor, tgt: Tensor, is_padding: Tensor) -> Tensor:
        """Logits of the token after each position of the target."""
        causal = nn.Transformer.generate_square_subsequent_mask(tgt.shape[1])
        h = self.transformer(
            self._embed(src), self._embed(tgt), tgt_mask=causal, tgt_is_causal=True,
            src_key_padding_mask=is_padding, memory_key_padding_mask=is_padding,
        )  # fmt: skip
        return self.head(h)

    def _embed(self, tokens: Tensor) -> Tensor:
        return self.dropout(self.table(tokens) * D_MODEL**0.5 + self.waves[: tokens.shape[1]])


def random_batches(data: PairData) -> Iterator[PairBatch]:
    """Sentences drawn at random, padded to the longest."""
    generator = torch.Generator().manual_seed(0)
    while True:
        order = torch.randperm(len(data.train), generator=generator)
        for rows in order.split(SENTENCES):
            yield data.train.batch(rows.numpy())


def plain_loop(data: PairData, iterations: int) -> tuple[int, float]:
    """Target tokens and seconds of a plain loop, the first updates left out."""
    torch.manual_seed(0)
    model = Plain(data.tokenizer.vocab_size).train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-9)
    loss_of = nn.CrossEntropyLoss(ignore_index=-100, label_smoothing=SMOOTHING)
    n_targets, seconds = 0, 0.0
    batches = random_batches(data)
    for step in range(iterations):
        started = time.perf_counter()
        batch = next(batches)
        logits = model(batch.src, batch.tgt, ~batch.src_mask)
        loss = loss_of(logits.flatten(0, 1), batch.targets.flatten())
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        loss.item()
        if step >= WARM_UP:
            n_targets += batch.n_targets
            seconds += time.perf_counter() - started
    return n_targets, seconds


class Clock(Hook):
    """Counts targets and seconds, the first updates left out."""

    def __init__(self) -> None:
        self.n_targets, self.seconds = 0, 0.0

    def on_step(self, trainer: Trainer, record: StepRecord) -> None:
        """Add an update."""
        if trainer.state.step > WARM_UP:
            self.n_targets += record.n_targets
            self.seconds += record.seconds


def our_loop(data: PairData, asked: PairsConfig, iterations: int, dtype: str) -> tuple[int, float]:
    """Target tokens and seconds of our loop, the first updates left out."""
    mean = float(data.train.tgt_lengths.mean())
    model = transformer_base(data.tokenizer.vocab_size, None, D_MODEL, N_LAYERS, N_HEADS, SEQ_LEN)
    config = TrainConfig(
        data=asked,
        task="translate",
        model=model.replace(
            encoder=model.encoder.replace(ffn=model.encoder.ffn.replace(d_ff=D_FF)),
            decoder=model.decoder.replace(ffn=model.decoder.ffn.replace(d_ff=D_FF)),
            dropout=DROPOUT,
        ),
        optim=AdamWConfig(lr=1e-3, betas=(0.9, 0.98), eps=1e-9),
        train=LoopConfig(
            batch_size=max(round(SENTENCES * mean * 1.1 / SEQ_LEN), 1), seq_len=SEQ_LEN, n_validations=1,
            validation_tokens=64, dtype=dtype,
        ),
    )  # fmt: skip
    torch.manual_seed(0)
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        Trainer(
            config, config.model.build(), data.train, data.val,
            folder=RunFolder(Path(folder)), horizon=StepsHorizon(iterations), fingerprint="", hooks=[clock],
        ).run()  # fmt: skip
    return clock.n_targets, clock.seconds


def main() -> None:
    """Run both in turns, print tokens a second and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="parallel text, such as a folder with train.en.gz, train.de.gz, ...")
    parser.add_argument("--iterations", type=int, default=12, help="updates a turn (default: 12)")
    parser.add_argument("--rounds", type=int, default=2, help="turns of each (default: 2)")
    parser.add_argument("--threads", type=int, default=2, help="threads of torch (default: 2)")
    parser.add_argument("--dtype", default="auto", help="ours: auto, float32 or bfloat16 (default: auto)")
    arguments = parser.parse_args()
    if arguments.iterations <= WARM_UP:
        parser.error(f"--iterations {arguments.iterations}: give more than {WARM_UP}; the first are left out")
    torch.set_num_threads(arguments.threads)
    keep_freed_memory()
    asked = PairsConfig(path=arguments.data, source="en", target="de")
    data = open_pairs(asked)
    print(f"{'plain':>9}  {'Quatrain':>9}  {'ratio':>6}   target tokens a second")
    for _ in range(arguments.rounds):
        speeds = []
        for n_targets, seconds in (
            plain_loop(data, arguments.iterations),
            our_loop(data, asked, arguments.iterations, arguments.dtype),
        ):
            speeds.append(n_targets / seconds)
        print(f"{speeds[0]:9,.0f}  {speeds[1]:9,.0f}  {speeds[1] / speeds[0]:6.2f}", flush=True)


if __name__ == "__main__":
    main()
