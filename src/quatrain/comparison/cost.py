"""What a model costs at growing lengths: time and memory of training, time of one more token, bytes remembered."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from quatrain.comparison.probes import Probe, Row, WritingProbe, probe_of
from quatrain.models import ModelConfig

N_TRIALS = 3
"""The fastest of so many counts, after one to warm up."""
LONGEST = 2.0
"""Seconds of a pass after which no longer one is tried."""
LARGEST = 10**9
"""Bytes kept for a backward pass after which no longer one is tried: of twice the length there may be four times."""
LEARNED, ONE_HOT = "learned", "onehot"
"""Positions of which a model has only so many: as many as it is given, or as it is wide."""
BOUNDS = ("max_seq_len", "max_src_len")
"""Settings that say how long a row may be."""
N_TOKENS = 8
"""Tokens decoded at each position; the median counts."""


def measure_cost(config: ModelConfig, lengths: tuple[int, ...]) -> dict[str, Any]:
    """Seconds and bytes at each length, one row at a time (of a translator, a pair whose two sides have that length);
    shorter lists where it took too long or too much memory, or the model has no more positions.

    Returns:
        lengths, forward, training (forward and backward), memory (bytes kept for the backward pass), of a model that
        writes decoding (seconds of one more token at that position), exponent (of training time, over the longer half).
    """
    probe = probe_of(lengthened(config, max(lengths) + N_TOKENS).build())
    asked = questions(probe)
    measured: dict[str, list[Any]] = {"lengths": [], **{name: [] for name in asked}}
    for length in lengths:
        if probe.longest is not None and length > probe.longest - N_TOKENS:
            break
        row = probe.row(length)
        measured["lengths"].append(length)
        for name, ask in asked.items():
            measured[name].append(ask(row))
        if measured["training"][-1] > LONGEST or measured["memory"][-1] > LARGEST:
            break
    return {**measured, "exponent": exponent(measured["lengths"], measured["training"])}


def questions(probe: Probe) -> dict[str, Callable[[Row], float]]:
    """What is measured of a row, by its name."""
    asked: dict[str, Callable[[Row], float]] = {
        "forward": lambda row: fastest(partial(_forward, probe, row)),
        "training": lambda row: fastest(partial(_train, probe, row)),
        "memory": partial(_kept, probe),
    }
    return asked | ({"decoding": partial(_one_more, probe)} if isinstance(probe, WritingProbe) else {})


def lengthened(config: Any, length: int) -> Any:
    """The same model, or backbone, for rows of such a length, where there is one."""
    if "backbone" in type(config).model_fields:
        return config.replace(backbone=lengthened(config.backbone, length))
    bounds = [name for name in BOUNDS if name in type(config).model_fields]
    if not bounds or config.position.kind == ONE_HOT:
        return config
    return config.replace(**dict.fromkeys(bounds, length if config.position.kind == LEARNED else None))


def fastest(call: Callable[[], object]) -> float:
    """Seconds of the fastest of a few calls."""
    call()
    times = []
    for _ in range(N_TRIALS):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
        if times[-1] > LONGEST:
            break
    return min(times)


def exponent(lengths: list[int], times: list[float]) -> float | None:
    """The slope of log time over log length in the longer half: 1 is linear, 2 quadratic."""
    first = len(lengths) // 2
    x, y = [math.log(n) for n in lengths[first:]], [math.log(t) for t in times[first:]]
    return statistics.linear_regression(x, y).slope if len(x) > 1 else None


def crossover(lengths: list[int], slow: list[float], fast: list[float]) -> float | None:
    """The length from which `fast` stays below `slow`, between two measured ones on a log scale; None: never."""
    gaps = [math.log(s / f) for s, f in zip(slow, fast, strict=False)]
    below = [i for i, gap in enumerate(gaps) if gap <= 0]
    if not gaps or gaps[-1] <= 0:
        return None
    if not below:
        return float(lengths[0])
    i = below[-1]
    share = -gaps[i] / (gaps[i + 1] - gaps[i])
    return math.exp(math.log(lengths[i]) * (1 - share) + math.log(lengths[i + 1]) * share)


def crossovers(entrants: list[dict[str, Any]], yardstick: str) -> list[dict[str, Any]]:
    """Where each model's training becomes cheaper than the yardstick's, as compare.json says it.

    Args:
        entrants: of compare.json, with their costs as far as these were measured.
        yardstick: the word of the one that the others are set beside.
    """
    costs = {entrant["word"]: entrant["cost"] for entrant in entrants if entrant.get("cost")}
    if yardstick not in costs:
        return []
    slow = costs.pop(yardstick)
    return [
        {
            "slow": yardstick,
            "fast": word,
            "length": crossover(slow["lengths"], slow["training"], cost["training"]),
            "of": "training",
        }
        for word, cost in costs.items()
    ]


def _forward(probe: Probe, row: Row) -> None:
    with torch.inference_mode():
        probe.model.eval()(*row)


def _train(probe: Probe, row: Row) -> None:
    probe.model.train()
    probe.losses(row).sum().backward()
    probe.model.zero_grad()


def _kept(probe: Probe, row: Row) -> int:
    """Bytes of all tensors that the backward pass waits for, each storage once, weights left out."""
    weights = {weight.untyped_storage().data_ptr() for weight in probe.model.parameters()}
    kept: dict[int, int] = {}

    def note(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    probe.model.train()
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        loss = probe.losses(row).sum()
    del loss
    return sum(kept.values())


@torch.inference_mode()
def _one_more(probe: WritingProbe, row: Row) -> float:
    probe.model.eval()
    writer, tokens = probe.writer(row), row[-1]
    assert tokens is not None, "what writes has a token to go on from"
    _, state = writer.advance(tokens, writer.init_state(1))
    times = []
    for _ in range(N_TOKENS):
        started = time.perf_counter()
        _, state = writer.advance(tokens[:, :1], state)
        times.append(time.perf_counter() - started)
    return statistics.median(times)
