"""The moving average of a model whose norms measure their batches."""

from __future__ import annotations

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

from quatrain.layers.norms import BatchNorm
from quatrain.training.average import Average


def test_statistics_of_batches_are_averaged_as_torch_averages_them() -> None:
    model = nn.Sequential(nn.Linear(3, 4), BatchNorm(4), nn.Linear(4, 2))
    model[1].register_buffer("constant", torch.tensor([0.1, 1 / 3]))
    model[1].register_buffer("table", torch.ones(2), persistent=False)

    def decayed(old: torch.Tensor, new: torch.Tensor, n: torch.Tensor | int) -> torch.Tensor:
        decay = min(0.9, int(n) / (9 + int(n)))  # the n-th update, from 1
        return decay * old + (1 - decay) * new

    ours, theirs = Average(model, 0.9), AveragedModel(model, avg_fn=decayed, use_buffers=True)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.01)
    for n in range(1, 20):
        model(torch.randn(16, 3) + n).square().mean().backward()
        optimiser.step()
        optimiser.zero_grad()
        ours.update()
        theirs.n_averaged.fill_(n)  # at 0, torch would take the first weights as they are
        theirs.update_parameters(model)
    own, expected = {k: v.clone() for k, v in model.state_dict().items()}, theirs.module.state_dict()
    with ours.in_place():
        for name, value in model.state_dict().items():
            torch.testing.assert_close(value, expected[name], rtol=1e-5, atol=1e-6)
    assert torch.equal(ours.weights["1.constant"], own["1.constant"]), "what never changes stays as it is"
    assert "1.table" not in ours.weights
    assert not torch.allclose(ours.weights["1.running_mean"], own["1.running_mean"])
    for name, value in model.state_dict().items():
        assert torch.equal(value, own[name])
