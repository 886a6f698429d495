"""What a mixer owes that sees the whole sequence: padding, rows and documents apart, gradients, no decoding."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from quatrain.errors import ConfigError
from quatrain.mixers import Mixer

from .test_sequence import EXACT, PADDED, SEQ
from .variants import LOOKAHEAD_SUBJECTS, Subject

every_subject = pytest.mark.parametrize("subject", LOOKAHEAD_SUBJECTS, ids=str)


def mixer_of(subject: Subject) -> Mixer:
    mixer = subject.ready()
    assert isinstance(mixer, Mixer)
    return mixer


@every_subject
def test_the_future_is_seen(subject: Subject) -> None:
    mixer, x = mixer_of(subject), subject.draw(2, SEQ)
    other = torch.cat([x[:, :-1], x[:, -1:] + 9], dim=1)
    assert not mixer.is_causal
    assert (mixer(other) != mixer(x))[:, :-1].any()


@every_subject
@pytest.mark.parametrize("where", PADDED)
def test_padding_changes_nothing_for_real_positions(subject: Subject, where: str) -> None:
    mixer, real, x = mixer_of(subject), subject.draw(1, 7), subject.draw(2, SEQ, seed=3)
    row = torch.tensor(PADDED[where])
    x[0, row] = real[0]
    y = mixer(x, torch.stack([row, torch.ones(SEQ, dtype=torch.bool)]))
    torch.testing.assert_close(y[0, row], mixer(real)[0], **EXACT)
    torch.testing.assert_close(y[1:], mixer(x[1:]), **EXACT)


@every_subject
def test_a_row_of_nothing_but_padding_stays_finite(subject: Subject) -> None:
    mixer, x = mixer_of(subject), subject.draw(2, 5)
    y = mixer(x, torch.tensor([[False] * 5, [True] * 5]))
    assert y.isfinite().all()
    torch.testing.assert_close(y[1:], mixer(x[1:]), **EXACT)


@every_subject
def test_rows_of_a_batch_do_not_meet(subject: Subject) -> None:
    mixer, x = mixer_of(subject), subject.draw(3, SEQ)
    torch.testing.assert_close(mixer(x), torch.cat([mixer(row) for row in x.split(1)]), **EXACT)


@every_subject
def test_packed_documents_equal_documents_alone(subject: Subject) -> None:
    mixer, x = mixer_of(subject), subject.draw(1, SEQ)
    y = mixer(x, documents=torch.tensor([[1] * 4 + [2] * 5 + [3]]))
    alone = torch.cat([mixer(part) for part in x.split([4, 5, 1], dim=1)], dim=1)
    torch.testing.assert_close(y, alone, **EXACT)


@every_subject
def test_reach_is_how_far_an_input_matters(subject: Subject) -> None:
    mixer, x = mixer_of(subject), subject.draw(2, SEQ)
    other = torch.cat([x[:, :1] + 9, x[:, 1:]], dim=1)
    changed = (mixer(other) != mixer(x)).any(dim=2).any(dim=0)  # (T,)
    reach = SEQ - 1 if mixer.reach is None else mixer.reach
    assert changed[reach]
    assert not changed[reach + 1 :].any()


@every_subject
def test_every_parameter_gets_a_gradient(subject: Subject) -> None:
    mixer = mixer_of(subject)
    subject.loss(mixer, subject.draw(2, 9)).backward()
    for name, weight in mixer.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name
        assert weight.grad.abs().max() > 0, name


@every_subject
def test_padding_leaves_gradients_as_they_were(subject: Subject) -> None:
    real, padding = subject.draw(1, 6), subject.draw(1, 3, seed=7)
    plain, beside = mixer_of(subject), mixer_of(subject)
    weights = torch.linspace(-1, 1, real[0].numel(), dtype=real.dtype).view_as(real[0])
    (plain(real)[0] * weights).sum().backward()
    mask = torch.tensor([[True] * 6 + [False] * 3])
    (beside(torch.cat([real, padding], dim=1), mask)[0, :6] * weights).sum().backward()
    for (name, one), other in zip(plain.named_parameters(), beside.parameters(), strict=True):
        torch.testing.assert_close(other.grad, one.grad, rtol=0, atol=1e-10, msg=lambda m, n=name: f"{n}: {m}")


@every_subject
def test_cost_counts_every_matrix(subject: Subject) -> None:
    mixer = mixer_of(subject)
    with FlopCounterMode(display=False) as counter:
        mixer(subject.draw(1, 1))
    assert mixer.flops(1) >= counter.get_total_flops()
    assert mixer.flops(2 * SEQ) >= 2 * mixer.flops(SEQ) > 0


@every_subject
def test_decoding_is_declined_and_the_way_out_named(subject: Subject) -> None:
    mixer = mixer_of(subject)
    with pytest.raises(ConfigError, match=r"looks at the whole sequence.*Use forward, or build it with causal=true"):
        mixer.advance(subject.draw(2, 1), mixer.init_state(2))


@every_subject
def test_a_config_survives_the_way_through_plain_values(subject: Subject) -> None:
    values = subject.config.to_dict()
    assert values.pop("kind") == subject.config.kind
    assert type(subject.config).from_dict(values) == subject.config
