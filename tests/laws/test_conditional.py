"""What every conditional model owes: the target's future hidden, the source seen, padding, rows and decoding exact."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from quatrain.errors import ShapeError
from quatrain.models import IGNORE, EncoderDecoder
from quatrain.models.encoder_decoder import EncoderDecoderState
from quatrain.ops.state import compact, select_rows, state_bytes
from quatrain.runs import load_weights, weights_of, write_tensors

from .test_sequence import EXACT, PADDED
from .variants import PAIR_SUBJECTS, VOCAB, PairSubject

SEQ, SRC = 8, 7
CHOOSES = {"hard"}
"""Models that read some positions of the source only."""

every_subject = pytest.mark.parametrize("subject", PAIR_SUBJECTS, ids=str)


def advanced(
    model: EncoderDecoder, state: EncoderDecoderState, tgt: Tensor, chunks: list[int], mask: Tensor | None = None
) -> Tensor:
    """All logits of decoding a target chunk by chunk."""
    parts, first = [], 0
    for n in chunks:
        chunk = slice(first, first + n)
        logits, state = model.advance(tgt[:, chunk], state, None if mask is None else mask[:, chunk])
        parts.append(logits)
        first += n
    return torch.cat(parts, dim=1)


def started(model: EncoderDecoder, src: Tensor, src_mask: Tensor | None = None) -> EncoderDecoderState:
    return model.init_state(model.encode(src, src_mask))


@every_subject
def test_the_future_of_the_target_cannot_change_its_past(subject: PairSubject) -> None:
    model, src, tgt = subject.ready(), subject.src(2, SRC), subject.tgt(2, SEQ)
    other = torch.cat([tgt[:, :5], subject.tgt(2, SEQ - 5, seed=3)], dim=1)
    torch.testing.assert_close(model(src, other)[:, :5], model(src, tgt)[:, :5], **EXACT)


@every_subject
def test_every_position_of_the_source_matters_at_every_position_of_the_target(subject: PairSubject) -> None:
    model, src, tgt = subject.ready(), subject.src(1, SRC), subject.tgt(1, SEQ)
    embedded: list[Tensor] = []
    model.src_embedding.register_forward_hook(lambda *call: embedded.append(call[-1]))
    logits = model(src, tgt) * torch.linspace(1, 2, VOCAB, dtype=torch.float64)
    for t in range(SEQ):
        (gradient,) = torch.autograd.grad(logits[0, t].sum(), embedded[0], retain_graph=True)
        matters = gradient[0].abs().amax(dim=1) > 0  # (S,)
        assert matters.any() if subject.name in CHOOSES else matters.all()


@every_subject
@pytest.mark.parametrize("n_padding", [1, 5])
def test_padding_of_the_source_changes_nothing(subject: PairSubject, n_padding: int) -> None:
    model, src, tgt = subject.ready(), subject.src(2, SRC), subject.tgt(2, SEQ)
    n_real = SRC - n_padding
    mask = torch.tensor([[True] * n_real + [False] * n_padding, [True] * SRC])
    expected = [model(src[:1, :n_real], tgt[:1]), model(src[1:], tgt[1:])]
    torch.testing.assert_close(model(src, tgt, mask), torch.cat(expected), **EXACT)
    longer, wider = subject.src(2, SRC + 4, seed=6), torch.cat([mask, torch.zeros(2, 4, dtype=torch.bool)], dim=1)
    longer[:, :SRC] = src
    torch.testing.assert_close(
        advanced(model, started(model, longer, wider), tgt, [3, 5]), torch.cat(expected), **EXACT
    )


@every_subject
def test_padding_of_the_source_leaves_gradients_as_they_were(subject: PairSubject) -> None:
    plain, beside, src, tgt = subject.ready(), subject.ready(), subject.src(2, SRC), subject.tgt(2, SEQ)
    weights = torch.linspace(-1, 1, SEQ * VOCAB, dtype=torch.float64).view(SEQ, VOCAB)
    mask = torch.tensor([[True] * 4 + [False] * 3, [True] * SRC])
    ((plain(src[:1, :4], tgt[:1]) + plain(src[1:], tgt[1:])) * weights).sum().backward()
    (beside(src, tgt, mask) * weights).sum().backward()
    for (name, one), other in zip(plain.named_parameters(), beside.parameters(), strict=True):
        torch.testing.assert_close(other.grad, one.grad, rtol=0, atol=1e-9, msg=lambda m, n=name: f"{n}: {m}")


@every_subject
def test_a_source_of_nothing_but_padding_stays_finite(subject: PairSubject) -> None:
    model, src, tgt = subject.ready(), subject.src(2, 4), subject.tgt(2, 5)
    logits = model(src, tgt, torch.tensor([[False] * 4, [True] * 4]))
    assert logits.isfinite().all()
    torch.testing.assert_close(logits[1:], model(src[1:], tgt[1:]), **EXACT)


@every_subject
def test_padding_in_front_of_a_source_is_refused(subject: PairSubject) -> None:
    with pytest.raises(ShapeError, match=r"real token behind padding.*on its right"):
        subject.ready()(subject.src(1, 3), subject.tgt(1, 2), torch.tensor([[False, True, True]]))


@every_subject
def test_rows_of_a_batch_do_not_meet(subject: PairSubject) -> None:
    model, src, tgt = subject.ready(), subject.src(3, SRC), subject.tgt(3, SEQ)
    alone = torch.cat([model(*pair) for pair in zip(src.split(1), tgt.split(1), strict=True)])
    torch.testing.assert_close(model(src, tgt), alone, **EXACT)


@every_subject
@pytest.mark.parametrize("chunks", [[SEQ], [1] * SEQ, [3, 1, 4]], ids=str)
def test_advancing_in_chunks_equals_one_pass(subject: PairSubject, chunks: list[int]) -> None:
    model, src, tgt = subject.ready(), subject.src(2, SRC), subject.tgt(2, SEQ)
    torch.testing.assert_close(advanced(model, started(model, src), tgt, chunks), model(src, tgt), **EXACT)


@every_subject
@pytest.mark.parametrize("where", PADDED)
def test_padding_in_a_prompt_of_the_target_changes_nothing(subject: PairSubject, where: str) -> None:
    model, src, real, new = subject.ready(), subject.src(2, SRC), subject.tgt(1, 7), subject.tgt(2, 2, seed=9)
    row, prompts = torch.tensor(PADDED[where]), subject.tgt(2, 10, seed=3)
    prompts[0, row] = real[0]
    mask = torch.stack([row, torch.ones(10, dtype=torch.bool)])
    _, state = model.advance(prompts, started(model, src), mask)
    logits, _ = model.advance(new, state)
    expected = model(src[:1], torch.cat([real, new[:1]], dim=1))[:, 7:]
    torch.testing.assert_close(logits[:1], expected, **EXACT)


@every_subject
def test_rows_of_a_state_can_be_dropped_repeated_and_reordered(subject: PairSubject) -> None:
    model, src, tgt = subject.ready(), subject.src(3, SRC), subject.tgt(3, SEQ)
    mask = torch.tensor([[True] * SRC, [True] * 5 + [False] * 2, [True] * 3 + [False] * 4])
    expected = model(src, tgt, mask)
    _, state = model.advance(tgt[:, :3], started(model, src, mask))
    side_by_side = [0, 0, 1, 1, 2, 2]
    for choice in ([2, 0, 2, 2], side_by_side, [1], [2, 1]):
        rows = torch.tensor(choice)
        chosen = select_rows(state, rows)
        for one in (chosen, compact(chosen)):
            torch.testing.assert_close(advanced(model, one, tgt[rows, 3:], [2, 3]), expected[rows, 3:], **EXACT)
    beams = select_rows(state, torch.tensor(side_by_side))
    swapped = torch.tensor([1, 0, 2, 2, 5, 4])  # as beam search asks: within each sentence
    chosen = select_rows(beams, swapped)
    origin = torch.tensor(side_by_side)[swapped]
    assert chosen.sources.rows_each == 2
    torch.testing.assert_close(advanced(model, chosen, tgt[origin, 3:], [1] * 5), expected[origin, 3:], **EXACT)


@every_subject
def test_beams_share_what_is_remembered_of_their_source(subject: PairSubject) -> None:
    model = subject.ready()
    state = started(model, subject.src(2, SRC))
    beams = select_rows(state, torch.tensor([0, 0, 0, 1, 1, 1]))
    assert beams.sources.values is state.sources.values
    assert state_bytes(beams.sources) - state_bytes(state.sources) == 4 * 8  # four owners more
    assert state_bytes(compact(select_rows(beams, torch.tensor([4]))).sources.values) * 2 == state_bytes(
        state.sources.values
    )


@every_subject
def test_a_state_is_a_value(subject: PairSubject) -> None:
    model, tgt = subject.ready(), subject.tgt(2, SEQ)
    _, state = model.advance(tgt[:, :4], started(model, subject.src(2, SRC)))
    first, _ = model.advance(tgt[:, 4:], state)
    model.advance(subject.tgt(2, 3, seed=6), state)
    again, _ = model.advance(tgt[:, 4:], state)
    assert torch.equal(first, again)


@every_subject
@pytest.mark.parametrize("seq_len", [0, 1, 5])
def test_state_size_is_what_is_held(subject: PairSubject, seq_len: int) -> None:
    model = subject.ready()
    state = started(model, subject.src(3, SRC))
    if seq_len:
        _, state = model.advance(subject.tgt(3, seq_len), state)
    assert state_bytes(state) == 3 * model.state_size(seq_len, SRC)


@every_subject
def test_cost_counts_every_matrix(subject: PairSubject) -> None:
    model = subject.ready()
    with FlopCounterMode(display=False) as counter:
        model(subject.src(1, 1), subject.tgt(1, 1))
    assert model.flops(1, 1) >= counter.get_total_flops()
    assert model.flops(20, 10) > model.flops(10, 10) > model.flops(10, 5) > 0


@every_subject
def test_given_its_sources_it_is_a_language_model_of_targets(subject: PairSubject) -> None:
    model, src, tgt = subject.ready(), subject.src(2, SRC), subject.tgt(4, SEQ)
    view, origin = model.given(model.encode(src)), torch.tensor([0, 0, 1, 1])
    torch.testing.assert_close(view(tgt), model(src[origin], tgt), **EXACT)
    logits, _ = view.advance(tgt[:2], view.init_state(2))
    torch.testing.assert_close(logits, model(src, tgt[:2]), **EXACT)
    assert (view.vocab_size, view.max_seq_len) == (model.vocab_size, model.max_seq_len)
    assert view.state_size(5) == model.state_size(5, SRC)
    with pytest.raises(ShapeError, match="3 rows for 2 sources"):
        view.init_state(3)


@every_subject
def test_every_parameter_gets_a_gradient(subject: PairSubject) -> None:
    model, tgt = subject.ready(), subject.tgt(2, SEQ)
    model.token_losses(subject.src(2, 20)[:, :12], tgt, tgt.roll(-1, dims=1)).sum().backward()
    for name, weight in model.named_parameters():
        if subject.name in CHOOSES and ("cross.q_proj" in name or "cross_residual.norm" in name):
            continue  # no gradient reaches what is compared
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name
        assert weight.grad.abs().max() > 0, name


@every_subject
def test_token_losses_are_the_cross_entropy_of_the_logits(subject: PairSubject) -> None:
    model, src, tgt, targets = subject.ready(), subject.src(2, SRC), subject.tgt(2, SEQ), subject.tgt(2, SEQ, seed=8)
    targets[0, 3:] = targets[1, 0] = IGNORE
    losses = model.token_losses(src, tgt, targets)
    expected = -model(src, tgt).log_softmax(dim=-1).gather(2, targets.clamp(min=0)[..., None])[..., 0]
    torch.testing.assert_close(losses, expected.masked_fill(targets == IGNORE, 0.0), rtol=0, atol=1e-12)


@every_subject
def test_micro_batches_add_up_to_one_batch(subject: PairSubject) -> None:
    whole, parts, src, tgt = subject.ready(), subject.ready(), subject.src(5, SRC), subject.tgt(5, SEQ)
    lengths = torch.tensor([7, 4, 5, 2, 2])
    mask, targets = torch.arange(SRC) < lengths[:, None], tgt.roll(-1, dims=1)
    whole.token_losses(src, tgt, targets, mask).sum().backward()
    for rows in torch.arange(5).split([2, 1, 2]):
        parts.token_losses(src[rows], tgt[rows], targets[rows], mask[rows]).sum().backward()
    for (name, one), other in zip(whole.named_parameters(), parts.parameters(), strict=True):
        if one.grad is not None:
            torch.testing.assert_close(other.grad, one.grad, rtol=0, atol=1e-9, msg=lambda m, n=name: f"{n}: {m}")


@every_subject
def test_save_and_load_give_the_same_output(subject: PairSubject, tmp_path: Path) -> None:
    trained, src, tgt = subject.ready(), subject.src(2, SRC), subject.tgt(2, SEQ)
    write_tensors(tmp_path / "model.safetensors", weights_of(trained))
    loaded = subject.config.build().double()
    load_weights(loaded, load_file(tmp_path / "model.safetensors"), tmp_path)
    assert torch.equal(loaded.eval()(src, tgt), trained(src, tgt))


@every_subject
def test_the_same_seed_gives_the_same_start(subject: PairSubject) -> None:
    starts = []
    for seed in (5, 5):
        torch.manual_seed(seed)
        starts.append(subject.config.build().state_dict())
    assert all(torch.equal(starts[0][name], starts[1][name]) for name in starts[1])


@every_subject
def test_a_config_survives_the_way_through_plain_values(subject: PairSubject) -> None:
    values = subject.config.to_dict()
    assert values.pop("kind") == "encoder_decoder"
    assert type(subject.config).from_dict(values) == subject.config
