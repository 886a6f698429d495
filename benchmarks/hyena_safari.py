"""Our Hyena operator against the published one: equal outputs for equal weights, and how much faster.

python benchmarks/hyena_safari.py SAFARI_FOLDER
python benchmarks/hyena_safari.py SAFARI_FOLDER --length 2048 --batch 8 --order 3

Theirs is src/models/sequence/hyena.py of HazyResearch/safari on the path it takes without fused kernels; what that file
imports from the rest of the repository is replaced by what it needs on a CPU. Forward and backward of both run in
turns in this process, on the same inputs.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor, nn

from quatrain.mixers import Hyena, HyenaConfig

WANTED, AGREES = 1.5, 1e-5
WIDTH, N_BANDS, FREQUENCY = 64, 16, 14.0


def main() -> None:
    """Compare outputs, then time both in turns."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("safari", type=Path, help="a clone of HazyResearch/safari")
    parser.add_argument("--d-model", type=int, default=256, help="width (default: 256)")
    parser.add_argument("--length", type=int, default=8192, help="positions (default: 8192)")
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 2], help="sequences (default: 1 2)")
    parser.add_argument("--order", type=int, default=2, help="as they count (default: 2)")
    parser.add_argument("--rounds", type=int, default=15, help="turns of each (default: 15)")
    parser.add_argument("--threads", type=int, default=2, help="of torch (default: 2)")
    arguments = parser.parse_args()
    file = arguments.safari / "src/models/sequence/hyena.py"
    if not file.is_file():
        parser.error(f"{file}: there is no such file; give a clone of HazyResearch/safari")
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    theirs = published(file).HyenaOperator(
        arguments.d_model,
        arguments.length,
        order=arguments.order,
        filter_order=WIDTH,
        emb_dim=1 + 2 * N_BANDS,
        w=FREQUENCY,
    )
    ours = HyenaConfig(
        order=arguments.order,
        filter_len=arguments.length,
        filter_width=WIDTH,
        filter_bands=N_BANDS,
        filter_frequency=FREQUENCY,
    ).build(arguments.d_model)
    take_weights(ours, theirs)
    print(f"width {arguments.d_model}, length {arguments.length}, order {arguments.order}, {arguments.threads} threads")
    print(
        f"{'batch':>5}  {'differ':>8}  {'safari':>9}  {'Quatrain':>9}  {'ratio':>6}   median ms, forward and backward"
    )
    for batch in arguments.batch:
        x = torch.randn(batch, arguments.length, arguments.d_model)
        with torch.no_grad():
            furthest = (ours(x) - theirs(x)).abs().max().item()
        seconds = in_turns(lambda x=x: update(theirs, x), lambda x=x: update(ours, x), rounds=arguments.rounds)
        slow, fast = (1000 * statistics.median(one) for one in seconds)
        print(f"{batch:5}  {furthest:8.1e}  {slow:9.1f}  {fast:9.1f}  {slow / fast:6.2f}", flush=True)
        if furthest > AGREES:
            sys.exit(f"the outputs differ by more than {AGREES:g}")
        if slow / fast < WANTED:
            sys.exit(f"wanted: {WANTED:g} times as fast")


def update(operator: nn.Module, x: Tensor) -> None:
    """Forward and backward, as inside a network: gradients of the weights and of the input."""
    operator.zero_grad()
    operator(x.detach().requires_grad_()).sum().backward()


def in_turns(*runs: Callable[[], None], rounds: int) -> list[list[float]]:
    """Seconds of each, the first turn left out."""
    found: list[list[float]] = [[] for _ in runs]
    for _ in range(rounds + 1):
        for seconds, run in zip(found, runs, strict=True):
            started = time.perf_counter()
            run()
            seconds.append(time.perf_counter() - started)
    return [seconds[1:] for seconds in found]


@torch.no_grad()
def take_weights(ours: Hyena, theirs: nn.Module) -> None:
    """Every weight of theirs that is trained, but the table of positional features, which we compute."""
    weights = dict(theirs.named_parameters())
    network = "filter_fn.implicit_filter"
    n_inner = len(ours.filters.inner_weight)
    pairs = {
        "in_proj.weight": ours.in_proj.weight,
        "in_proj.bias": ours.in_proj.bias,
        "short_filter.weight": ours.short_filter.weight,
        "short_filter.bias": ours.short_filter.bias,
        "out_proj.weight": ours.out_proj.weight,
        "out_proj.bias": ours.out_proj.bias,
        "filter_fn.bias": ours.filters.skip,
        f"{network}.0.weight": ours.filters.first_weight,
        f"{network}.0.bias": ours.filters.first_bias[:, 0],
        f"{network}.1.freq": ours.filters.frequency.T,
        f"{network}.{2 * n_inner + 2}.weight": ours.filters.last_weight,
    }
    for i in range(n_inner):
        pairs[f"{network}.{2 * i + 2}.weight"] = ours.filters.inner_weight[i]
        pairs[f"{network}.{2 * i + 2}.bias"] = ours.filters.inner_bias[i, :, 0]
    assert set(weights) == {*pairs, "filter_fn.pos_emb.z"}, set(weights) ^ set(pairs)
    for name, weight in pairs.items():
        weight.copy_(weights[name])


def published(file: Path) -> ModuleType:
    """Their file as a module, its own imports answered by stand-ins that do what it asks of them on a CPU."""
    stand_ins = {
        "einops": {"rearrange": rearrange, "repeat": None},
        "src": {},
        "src.utils": {},
        "src.utils.registry": {"layer": {}},
        "src.utils.train": {"OptimModule": OptimModule},
        "src.utils.config": {"instantiate": None, "auto_assign_attrs": auto_assign_attrs},
        "src.models": {},
        "src.models.nn": {"Activation": lambda name: nn.Identity()},
    }
    for name, parts in stand_ins.items():
        module = ModuleType(name)
        vars(module).update(parts)
        sys.modules[name] = module
    sys.modules["src.utils"].registry = sys.modules["src.utils.registry"]  # type: ignore[attr-defined]
    spec = importlib.util.spec_from_file_location("safari_hyena", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.instantiate = lambda registry, name, partial: module.HyenaFilter
    return module


class OptimModule(nn.Module):
    """A tensor with a rate of 0 is a buffer, any other a parameter."""

    def register(self, name: str, tensor: Tensor, lr: float | None = None, wd: float = 0.0) -> None:
        """Hold a tensor."""
        if lr == 0.0:
            self.register_buffer(name, tensor)
        else:
            self.register_parameter(name, nn.Parameter(tensor))


def auto_assign_attrs(module: object, **values: object) -> None:
    """Settings as attributes."""
    for name, value in values.items():
        setattr(module, name, value)


def rearrange(x: Tensor, pattern: str, **sizes: int) -> Tensor:
    """The few patterns of that file, by views where einops makes views."""
    before, after = (words(side) for side in pattern.split("->"))
    lengths: dict[str, int] = {"1": 1, **sizes}
    for group, length in zip(before, x.shape, strict=True):
        unknown = [name for name in group if name not in lengths]
        known = 1
        for name in group:
            known *= lengths.get(name, 1)
        for name in unknown:
            lengths[name] = length // known
    names = [name for group in before for name in group]
    x = x.reshape([lengths[name] for name in names])
    x = x.permute([names.index(name) for group in after for name in group if name != "1"])
    shape = []
    for group in after:
        length = 1
        for name in group:
            length *= lengths[name]
        shape.append(length)
    return x.reshape(shape)


def words(side: str) -> list[list[str]]:
    """`b (z l) d` as [[b], [z, l], [d]]."""
    groups: list[list[str]] = []
    inside = False
    for part in side.replace("(", " ( ").replace(")", " ) ").split():
        if part in "()":
            inside = part == "("
            if inside:
                groups.append([])
        elif inside:
            groups[-1].append(part)
        else:
            groups.append([part])
    return groups


if __name__ == "__main__":
    main()
