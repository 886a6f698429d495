"""Compiled equals plain: one variant of each sort, for compiling takes seconds."""

from __future__ import annotations

import shutil

import pytest
import torch

from .variants import CAUSAL_MIXERS, MODELS, Subject

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's own, from inside its compiler


def test_traced_whole_gives_the_same_output_and_gradients() -> None:
    subject = Subject("modern", MODELS["preset_modern"].replace(n_layers=1))
    plain, traced, x = subject.ready(), subject.ready(), subject.draw(2, 9)
    weights = torch.linspace(-1, 1, plain(x).numel(), dtype=torch.float64).view_as(plain(x))
    y, expected = torch.compile(traced, backend="aot_eager", fullgraph=True)(x), plain(x)
    torch.testing.assert_close(y, expected, rtol=0, atol=1e-12)
    (y * weights).sum().backward()
    (expected * weights).sum().backward()
    for (name, one), other in zip(plain.named_parameters(), traced.parameters(), strict=True):
        torch.testing.assert_close(other.grad, one.grad, rtol=0, atol=1e-10, msg=lambda m, n=name: f"{n}: {m}")


@pytest.mark.skipif(not any(map(shutil.which, ("c++", "g++", "clang++"))), reason="torch.compile needs a C++ compiler")
def test_compiled_to_machine_code_gives_the_same_output() -> None:
    subject = Subject("multi_head", CAUSAL_MIXERS["multi_head"])
    plain, x = subject.ready(), subject.draw(2, 9)
    with torch.no_grad():
        y = torch.compile(subject.ready(), fullgraph=True)(x)
        torch.testing.assert_close(y, plain(x), rtol=0, atol=1e-12)
