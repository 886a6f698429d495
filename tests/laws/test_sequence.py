"""What every mixer and model owes a sequence: causality, streaming, padding, rows and documents apart."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from quatrain.mixers import Mixer
from quatrain.models import SequenceModel
from quatrain.ops.state import select_rows, state_bytes

from .variants import ABSOLUTE, COUNTED, SUBJECTS, VOCAB, Subject

SEQ = 10
EXACT = {"rtol": 0, "atol": 1e-12}

every_subject = pytest.mark.parametrize("subject", SUBJECTS, ids=str)


def advanced(module: Mixer | SequenceModel, x: Tensor, chunks: list[int], mask: Tensor | None = None) -> Tensor:
    """All outputs of decoding x chunk by chunk."""
    state, parts, first = module.init_state(len(x)), [], 0
    for n in chunks:
        chunk = slice(first, first + n)
        y, state = module.advance(x[:, chunk], state, None if mask is None else mask[:, chunk])
        parts.append(y)
        first += n
    return torch.cat(parts, dim=1)


@every_subject
def test_the_future_cannot_change_the_past(subject: Subject) -> None:
    module, x = subject.ready(), subject.draw(2, SEQ)
    other = torch.cat([x[:, :6], subject.draw(2, SEQ - 6, seed=2)], dim=1)
    torch.testing.assert_close(module(other)[:, :6], module(x)[:, :6], **EXACT)


@every_subject
@pytest.mark.parametrize("chunks", [[SEQ], [1] * SEQ, [4, 1, 5]], ids=str)
def test_advancing_in_chunks_equals_one_pass(subject: Subject, chunks: list[int]) -> None:
    module, x = subject.ready(), subject.draw(2, SEQ)
    torch.testing.assert_close(advanced(module, x, chunks), module(x), **EXACT)


PADDED = {
    "left": [False] * 3 + [True] * 7,
    "right": [True] * 7 + [False] * 3,
    "inside": [True, False, True, True, False, True, True, True, False, True],
}


@every_subject
@pytest.mark.parametrize("where", PADDED)
def test_padding_changes_nothing_for_real_positions(subject: Subject, where: str) -> None:
    module, real, padding = subject.ready(), subject.draw(1, 7), subject.draw(1, SEQ, seed=3)
    row = torch.tensor(PADDED[where])
    padded = padding.clone()
    padded[:, row] = real
    beside = subject.draw(1, SEQ, seed=4)
    x, mask = torch.cat([padded, beside]), torch.stack([row, torch.ones(SEQ, dtype=torch.bool)])
    expected = module(real)[0]
    torch.testing.assert_close(module(x, mask)[0, row], expected, **EXACT)
    for chunks in ([SEQ], [1] * SEQ, [2, 5, 3]):
        torch.testing.assert_close(advanced(module, x, chunks, mask)[0, row], expected, **EXACT)


@every_subject
@pytest.mark.parametrize("where", PADDED)
def test_decoding_goes_on_from_a_padded_prompt(subject: Subject, where: str) -> None:
    module, real, new = subject.ready(), subject.draw(1, 7), subject.draw(2, 2, seed=9)
    row = torch.tensor(PADDED[where])
    prompts = subject.draw(2, SEQ, seed=3)
    prompts[0, row] = real[0]
    mask = torch.stack([row, torch.ones(SEQ, dtype=torch.bool)])
    _, state = module.advance(prompts, module.init_state(2), mask)
    y, _ = module.advance(new, state)
    torch.testing.assert_close(y[:1], module(torch.cat([real, new[:1]], dim=1))[:, 7:], **EXACT)
    torch.testing.assert_close(y[1:], module(torch.cat([prompts[1:], new[1:]], dim=1))[:, SEQ:], **EXACT)


@every_subject
def test_a_row_of_nothing_but_padding_stays_finite(subject: Subject) -> None:
    module, x = subject.ready(), subject.draw(2, 5)
    mask = torch.tensor([[False] * 5, [True] * 5])
    y = module(x, mask)
    assert y.isfinite().all()
    torch.testing.assert_close(y[1], module(x[1:])[0], **EXACT)


@every_subject
def test_rows_of_a_batch_do_not_meet(subject: Subject) -> None:
    module, x = subject.ready(), subject.draw(3, SEQ)
    alone = torch.cat([module(row) for row in x.split(1)])
    torch.testing.assert_close(module(x), alone, **EXACT)


@every_subject
def test_documents_packed_into_a_row_do_not_meet(subject: Subject) -> None:
    module, x = subject.ready(), subject.draw(2, SEQ)
    documents = torch.tensor([[1] * 4 + [2] * 6, [1] * 7 + [2] * 3])
    other = x.clone()
    other[0, :4], other[1, :7] = subject.draw(1, 4, seed=5)[0], subject.draw(1, 7, seed=5)[0]
    y, changed = module(x, documents=documents), module(other, documents=documents)
    torch.testing.assert_close(changed[0, 4:], y[0, 4:], **EXACT)
    torch.testing.assert_close(changed[1, 7:], y[1, 7:], **EXACT)


@pytest.mark.parametrize("subject", [s for s in SUBJECTS if s.name not in ABSOLUTE], ids=str)
def test_packed_documents_equal_documents_alone(subject: Subject) -> None:
    module, x = subject.ready(), subject.draw(1, SEQ)
    documents = torch.tensor([[1] * 4 + [2] * 5 + [3]])
    y = module(x, documents=documents)
    alone = torch.cat([module(part) for part in x.split([4, 5, 1], dim=1)], dim=1)
    torch.testing.assert_close(y, alone, **EXACT)


@every_subject
def test_a_state_is_a_value(subject: Subject) -> None:
    module, x = subject.ready(), subject.draw(2, SEQ)
    _, state = module.advance(x[:, :4], module.init_state(2))
    first, _ = module.advance(x[:, 4:], state)
    module.advance(subject.draw(2, 3, seed=6), state)
    again, _ = module.advance(x[:, 4:], state)
    assert torch.equal(first, again)


@every_subject
def test_rows_of_a_state_can_be_dropped_repeated_and_reordered(subject: Subject) -> None:
    module, x = subject.ready(), subject.draw(3, SEQ)
    rows = torch.tensor([2, 0, 2, 2])
    _, state = module.advance(x[:, :6], module.init_state(3))
    y, _ = module.advance(x[rows, 6:], select_rows(state, rows))
    torch.testing.assert_close(y, module(x)[rows, 6:], **EXACT)


@every_subject
@pytest.mark.parametrize("seq_len", [0, 1, 2, 9])
def test_state_size_is_what_is_held(subject: Subject, seq_len: int) -> None:
    module, state = subject.ready(), subject.ready().init_state(3)
    for chunk in subject.draw(3, seq_len).split(2, dim=1) if seq_len else ():
        _, state = module.advance(chunk, state)
    assert state_bytes(state) == 3 * module.state_size(seq_len)


@every_subject
def test_reach_is_how_far_an_input_matters(subject: Subject) -> None:
    module, x = subject.ready(), subject.draw(2, SEQ)
    other = x.clone()
    other[:, 0] = (x[:, 0] + 1) % VOCAB
    changed = (module(x) != module(other)).flatten(2).any(dim=2).any(dim=0)  # (T,)
    reach = SEQ - 1 if module.reach is None else min(module.reach, SEQ - 1)
    assert not changed[reach + 1 :].any()
    assert changed[0]
    assert changed[reach] or subject.name in COUNTED


@every_subject
def test_cost_grows_with_the_sequence_and_counts_every_matrix(subject: Subject) -> None:
    module = subject.ready()
    with FlopCounterMode(display=False) as counter:
        module(subject.draw(1, 1))
    assert module.flops(1) >= counter.get_total_flops()
    assert module.flops(2 * SEQ) >= 2 * module.flops(SEQ) > 0
