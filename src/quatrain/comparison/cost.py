"""What a model costs at growing lengths: time and memory of training, time of one more token, bytes remembered."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from quatrain.models import CausalLMConfig, ModelConfig, SequenceModel

N_TRIALS = 3
"""The fastest of so many counts, after one to warm up."""
LONGEST = 2.0
"""Seconds of a pass after which no longer one is tried."""
LEARNED, ONE_HOT = "learned", "onehot"
"""Positions of which a model has only so many: as many as it is given, or as it is wide."""
N_TOKENS = 8
"""Tokens decoded at each position; the median counts."""


def measure_cost(config: ModelConfig, lengths: tuple[int, ...]) -> dict[str, Any]:
    """Seconds and bytes at each length, one sequence at a time; shorter lists where it took too long, or the
    model has no more positions.

    Returns:
        lengths, forward, training (forward and backward), memory (bytes kept for the backward pass), decoding
        (seconds of one more token at that position), exponent (of training time, over the longer half).
    """
    model = lengthened(config, max(lengths) + N_TOKENS).build()
    measured: dict[str, list[Any]] = {"lengths": [], "forward": [], "training": [], "memory": [], "decoding": []}
    for length in lengths:
        if model.max_seq_len is not None and length > model.max_seq_len - N_TOKENS:
            break
        tokens = torch.randint(model.vocab_size, (1, length), generator=torch.Generator().manual_seed(0))
        measured["lengths"].append(length)
        measured["forward"].append(fastest(partial(_forward, model, tokens)))
        measured["training"].append(fastest(partial(_train, model, tokens)))
        measured["memory"].append(_kept(model, tokens))
        measured["decoding"].append(_one_more(model, tokens))
        if measured["training"][-1] > LONGEST:
            break
    return {**measured, "exponent": exponent(measured["lengths"], measured["training"])}


def lengthened(config: ModelConfig, length: int) -> ModelConfig:
    """The same model for sequences of such a length, where there is one."""
    if not isinstance(config, CausalLMConfig) or config.position.kind == ONE_HOT:
        return config
    return config.replace(max_seq_len=length if config.position.kind == LEARNED else None)


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


def _forward(model: SequenceModel, tokens: torch.Tensor) -> None:
    with torch.inference_mode():
        model.eval()(tokens)


def _train(model: SequenceModel, tokens: torch.Tensor) -> None:
    model.train().token_losses(tokens, tokens.roll(-1, dims=1)).sum().backward()
    model.zero_grad()


def _kept(model: SequenceModel, tokens: torch.Tensor) -> int:
    """Bytes of all tensors that the backward pass waits for, each storage once, weights left out."""
    weights = {weight.untyped_storage().data_ptr() for weight in model.parameters()}
    kept: dict[int, int] = {}

    def note(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        loss = model.train().token_losses(tokens, tokens.roll(-1, dims=1)).sum()
    del loss
    return sum(kept.values())


@torch.inference_mode()
def _one_more(model: SequenceModel, tokens: torch.Tensor) -> float:
    model.eval()
    _, state = model.advance(tokens, model.init_state(1))
    times = []
    for _ in range(N_TOKENS):
        started = time.perf_counter()
        _, state = model.advance(tokens[:, :1], state)
        times.append(time.perf_counter() - started)
    return statistics.median(times)
