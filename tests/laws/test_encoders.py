"""What a model owes that reads a text whole: padding, rows and documents apart, gradients, the same weights kept."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from quatrain.models import IGNORE, MaskedLM
from quatrain.runs import load_weights, weights_of, write_tensors

from .variants import ENCODED_SUBJECTS, PLACED, EncodedSubject

every_model = pytest.mark.parametrize("subject", ENCODED_SUBJECTS, ids=str)
packable = pytest.mark.parametrize(
    "subject", [subject for subject in ENCODED_SUBJECTS if subject.name not in PLACED], ids=str
)


def outputs(model: MaskedLM, tokens: Tensor, *inputs: Tensor | None) -> tuple[Tensor, ...]:
    """Logits of tokens, and of pairs where they are asked."""
    logits = model(tokens, *inputs)
    vectors = model.backbone(tokens, *inputs).vectors
    return (logits,) if model.next_head is None else (logits, model.next_head(vectors))


@every_model
def test_padding_changes_nothing(subject: EncodedSubject) -> None:
    model, tokens = subject.ready(), subject.draw(2, 7)
    padded = torch.cat([tokens, subject.draw(2, 3, seed=4)], dim=1)
    token_mask = torch.arange(10).expand(2, 10) < 7
    segments = (torch.arange(10) >= 3).long().expand(2, 10)
    alone = outputs(model, tokens, None, segments[:, :7])
    beside = outputs(model, padded, token_mask, segments)
    torch.testing.assert_close(beside[0][:, :7], alone[0], rtol=0, atol=1e-12)
    for one, other in zip(beside[1:], alone[1:], strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


@every_model
def test_rows_do_not_meet(subject: EncodedSubject) -> None:
    model, tokens = subject.ready(), subject.draw(3, 8)
    other = tokens.clone()
    other[1] = subject.draw(1, 8, seed=9)[0]
    for one, changed in zip(outputs(model, tokens), outputs(model, other), strict=True):
        torch.testing.assert_close(one[[0, 2]], changed[[0, 2]], rtol=0, atol=1e-12)


@packable
def test_documents_packed_into_a_row_equal_documents_alone(subject: EncodedSubject) -> None:
    model, tokens = subject.ready(), subject.draw(2, 9)
    documents = torch.tensor([[1, 1, 1, 1, 2, 2, 2, 2, 2]]).expand(2, 9)
    packed = model(tokens, None, None, documents)
    torch.testing.assert_close(packed[:, :4], model(tokens[:, :4]), rtol=0, atol=1e-12)
    torch.testing.assert_close(packed[:, 4:], model(tokens[:, 4:]), rtol=0, atol=1e-12)


@every_model
def test_documents_packed_into_a_row_do_not_meet(subject: EncodedSubject) -> None:
    model, tokens = subject.ready(), subject.draw(2, 9)
    documents = torch.tensor([[1, 1, 1, 1, 2, 2, 2, 2, 2]]).expand(2, 9)
    other = torch.cat([tokens[:, :4], subject.draw(2, 5, seed=8)], dim=1)
    one, changed = (model(rows, None, None, documents) for rows in (tokens, other))
    torch.testing.assert_close(one[:, :4], changed[:, :4], rtol=0, atol=1e-12)


@every_model
def test_every_parameter_gets_a_gradient(subject: EncodedSubject) -> None:
    model, tokens = subject.ready().train(), subject.draw(4, 12)
    segments = (torch.arange(12) >= 5).long().expand(4, 12)
    sum(
        (part * torch.linspace(-1, 2, part[0].numel()).view_as(part[0])).sum()
        for part in outputs(model, tokens, None, segments)
    ).backward()
    missing = [name for name, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert missing == []


@every_model
def test_hidden_losses_are_those_of_all_logits(subject: EncodedSubject) -> None:
    model, tokens = subject.ready(), subject.draw(2, 9)
    targets = subject.draw(2, 9, seed=3)
    targets[:, ::2] = IGNORE
    with torch.no_grad():
        losses = model.hidden_losses(model.backbone(tokens), targets)
        expected = torch.nn.functional.cross_entropy(
            model(tokens).transpose(1, 2), targets, ignore_index=IGNORE, reduction="none"
        )
    torch.testing.assert_close(losses.double(), expected[targets != IGNORE], rtol=0, atol=1e-6)


@every_model
def test_save_and_load_give_the_same_output(subject: EncodedSubject, tmp_path: Path) -> None:
    trained, tokens = subject.ready(), subject.draw(2, 9)
    write_tensors(tmp_path / "model.safetensors", weights_of(trained))
    loaded = subject.config.build().double().eval()
    load_weights(loaded, load_file(tmp_path / "model.safetensors"), tmp_path)
    assert all(map(torch.equal, outputs(loaded, tokens), outputs(trained, tokens)))


@every_model
def test_the_same_seed_gives_the_same_start(subject: EncodedSubject) -> None:
    starts = []
    for seed in (5, 5):
        torch.manual_seed(seed)
        starts.append(subject.config.build().state_dict())
    assert all(torch.equal(starts[0][name], starts[1][name]) for name in starts[0])


@every_model
def test_a_config_survives_the_way_through_plain_values(subject: EncodedSubject) -> None:
    values = subject.config.to_dict()
    assert values.pop("kind") == "masked_lm"
    assert type(subject.config).from_dict(values) == subject.config


@pytest.mark.filterwarnings("ignore")  # torch's own, from inside its compiler
def test_traced_whole_gives_the_same_output_and_gradients() -> None:
    subject = next(subject for subject in ENCODED_SUBJECTS if subject.name == "encoder")
    plain, traced, tokens = subject.ready(), subject.ready(), subject.draw(2, 9)
    expected = plain(tokens)
    weights = torch.linspace(-1, 1, expected.numel(), dtype=torch.float64).view_as(expected)
    y = torch.compile(traced, backend="aot_eager", fullgraph=True)(tokens)
    torch.testing.assert_close(y, expected, rtol=0, atol=1e-12)
    (y * weights).sum().backward()
    (expected * weights).sum().backward()
    for (name, one), other in zip(plain.named_parameters(), traced.named_parameters(), strict=True):
        if one.grad is not None:
            torch.testing.assert_close(other[1].grad, one.grad, rtol=0, atol=1e-10, msg=lambda m, n=name: f"{n}: {m}")
