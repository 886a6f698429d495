"""What every mixer and model owes training: gradients, exact accumulation, the same again from seed or file."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from quatrain.mixers import Attention
from quatrain.models import IGNORE, SequenceModel
from quatrain.runs import load_weights, weights_of, write_tensors

from .variants import CAUSAL_MIXERS, MODEL_SUBJECTS, MODELS, SUBJECTS, TRAINED, Subject

every_subject = pytest.mark.parametrize("subject", SUBJECTS, ids=str)
every_model = pytest.mark.parametrize("subject", MODEL_SUBJECTS, ids=str)
everything_trained = pytest.mark.parametrize("subject", TRAINED, ids=str)


@everything_trained
def test_every_parameter_gets_a_gradient(subject: Subject) -> None:
    module = subject.ready()
    subject.loss(module, subject.draw(2, 9)).backward()
    for name, weight in module.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name
        assert weight.grad.abs().max() > 0, name


def test_hard_attention_trains_its_values_alone() -> None:
    subject = Subject("hard", CAUSAL_MIXERS["hard"])
    module = subject.ready()
    assert isinstance(module, Attention)
    subject.loss(module, subject.draw(2, 9)).backward()
    assert module.qkv_proj.weight.grad is not None
    q_and_k, v = module.qkv_proj.weight.grad.split([24, 12])
    assert q_and_k.abs().max() == 0
    assert v.abs().max() > 0


@everything_trained
def test_padding_leaves_gradients_as_they_were(subject: Subject) -> None:
    real = subject.draw(1, 6)
    padded = torch.cat([subject.draw(1, 3, seed=7), real], dim=1)
    mask = torch.tensor([[False] * 3 + [True] * 6])
    plain, beside = subject.ready(), subject.ready()
    weights = torch.linspace(-1, 1, plain(real)[0].numel(), dtype=torch.float64).view_as(plain(real)[0])
    (plain(real)[0] * weights).sum().backward()
    (beside(padded, mask)[0, 3:] * weights).sum().backward()
    for (name, one), other in zip(plain.named_parameters(), beside.parameters(), strict=True):
        torch.testing.assert_close(other.grad, one.grad, rtol=0, atol=1e-10, msg=lambda m, n=name: f"{n}: {m}")


@everything_trained
def test_micro_batches_add_up_to_one_batch(subject: Subject) -> None:
    whole, parts, x = subject.ready(), subject.ready(), subject.draw(5, 8)
    weigh = subject.loss
    weigh(whole, x).backward()
    for micro_batch in x.split([2, 1, 2]):
        weigh(parts, micro_batch).backward()
    for (name, one), other in zip(whole.named_parameters(), parts.parameters(), strict=True):
        torch.testing.assert_close(other.grad, one.grad, rtol=0, atol=1e-10, msg=lambda m, n=name: f"{n}: {m}")


@every_model
def test_token_losses_are_the_cross_entropy_of_the_logits(subject: Subject) -> None:
    model, tokens, targets = subject.ready(), subject.draw(2, 9), subject.draw(2, 9, seed=8)
    assert isinstance(model, SequenceModel)
    targets[0, 3] = targets[1, 0] = IGNORE
    losses = model.token_losses(tokens, targets)
    expected = -model(tokens).log_softmax(dim=-1).gather(2, targets.clamp(min=0)[..., None])[..., 0]
    scored = targets != IGNORE
    torch.testing.assert_close(losses[scored].double(), expected[scored].double(), rtol=1e-5, atol=1e-5)
    assert losses.shape == targets.shape
    assert (losses[~scored] == 0).all()


@every_subject
def test_save_and_load_give_the_same_output(subject: Subject, tmp_path: Path) -> None:
    trained, x = subject.ready(), subject.draw(2, 9)
    write_tensors(tmp_path / "model.safetensors", weights_of(trained))
    loaded = subject.build()
    if any(weight.dtype == torch.float64 for weight in trained.parameters()):
        loaded.double()
    load_weights(loaded, load_file(tmp_path / "model.safetensors"), tmp_path)
    assert torch.equal(loaded.eval()(x), trained(x))


@every_subject
def test_the_same_weights_are_written_as_the_same_bytes(subject: Subject, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_tensors(tmp_path / name, weights_of(subject.ready()))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@every_subject
def test_the_same_seed_gives_the_same_start(subject: Subject) -> None:
    starts = []
    for seed in (5, 5):
        torch.manual_seed(seed)
        starts.append(subject.build().state_dict())
    assert starts[0].keys() == starts[1].keys()
    assert all(torch.equal(starts[0][name], starts[1][name]) for name in starts[0])


@every_subject
def test_a_config_survives_the_way_through_plain_values(subject: Subject) -> None:
    values = subject.config.to_dict()
    kind = values.pop("kind")
    assert kind == subject.config.kind
    assert type(subject.config).from_dict(values) == subject.config


def test_the_same_seed_drops_the_same_coordinates() -> None:
    subject = Subject("dropout", MODELS["dropout"])
    model, tokens = subject.ready().train(), subject.draw(2, 9)
    losses = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        losses.append(subject.loss(model, tokens).item())
    assert losses[0] == losses[1] != losses[2]
