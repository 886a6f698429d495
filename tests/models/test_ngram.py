"""The n-gram model against dictionaries that count and score one gram at a time."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from quatrain.errors import ConfigError, DataError
from quatrain.models._base import IGNORE
from quatrain.models.ngram import NGram, NGramConfig
from quatrain.ops.state import select_rows, state_bytes

BEGIN = "begin"
"""The oracle's own start of a document: never a word, unlike the model's start token."""


class Dictionaries:
    """Interpolated modified Kneser-Ney, one gram at a time. `None` in a history is a token nobody knows."""

    def __init__(self, events, *, order, vocab_size):
        self.order, self.vocab_size = order, vocab_size
        occurrences = [Counter() for _ in range(order + 1)]
        before = [defaultdict(set) for _ in range(order + 1)]
        for history, word in events:
            padded = (None, *history)
            for k in range(1, order + 1):
                gram = (*history[len(history) - (k - 1) :], word)
                if None not in gram:
                    occurrences[k][gram] += 1
                    before[k][gram].add(padded[len(padded) - k])
        self.counts = [
            {
                gram: n if k == order or (k > 1 and gram[0] == BEGIN) else len(before[k][gram])
                for gram, n in occurrences[k].items()
            }
            for k in range(order + 1)
        ]
        self.discounts = [self._discounts(k) for k in range(order + 1)]

    def _discounts(self, k):
        n = [0] + [list(self.counts[k].values()).count(j) for j in (1, 2, 3, 4)]
        if 0 in n[1:]:
            return [0, 0.5, 1, 1.5]
        found = [j - (j + 1) * n[1] / (n[1] + 2 * n[2]) * n[j + 1] / n[j] for j in (1, 2, 3)]
        return [0, *found] if all(0 < d <= j for j, d in enumerate(found, 1)) else [0, 0.5, 1, 1.5]

    def probability(self, word, history):
        p = 1 / self.vocab_size
        for k in range(1, self.order + 1):
            context = history[len(history) - (k - 1) :]
            after = {gram[-1]: n for gram, n in self.counts[k].items() if gram[:-1] == context}
            if None in context or not after:
                break
            n, total = after.get(word, 0), sum(after.values())
            left_over = sum(self.discounts[k][min(other, 3)] for other in after.values()) / total
            p = max(n - self.discounts[k][min(n, 3)], 0) / total + left_over * p
        return p


def history_of(tokens, *, order, start_token):
    """The last order - 1 tokens as the oracle writes them: BEGIN from a start token on, else None."""
    history, before = list(tokens), None
    if start_token in history:
        last = max(at for at, token in enumerate(history) if token == start_token)
        history, before = history[last + 1 :], BEGIN
    padded = [before] * (order - 1) + history
    return tuple(padded[len(padded) - (order - 1) :])


def events_of(documents, *, order, start_token):
    for document in documents:
        words = document if start_token is None else [*document, start_token]
        opening = [] if start_token is None else [start_token]
        for at in range(1 - len(opening), len(words)):
            yield history_of([*opening, *words[:at]], order=order, start_token=start_token), words[at]


def corpus_of(documents, start_token):
    tokens, starts = [], []
    for document in documents:
        starts.append(len(tokens))
        tokens += [*([] if start_token is None else [start_token]), *document]
    tokens += [] if start_token is None else [start_token]
    return np.array(tokens, dtype=np.uint16), np.array(starts)


def fitted(documents, *, order, vocab_size, start_token):
    model = NGramConfig(vocab_size=vocab_size, order=order, start_token=start_token).build()
    model.fit(*corpus_of(documents, start_token))
    return model.eval()


def probabilities(model, row):
    """P(word | the row up to each position), float64 (T, V), through `token_losses`."""
    tokens = torch.tensor(row).expand(model.vocab_size, len(row))
    words = torch.arange(model.vocab_size)[:, None].expand_as(tokens)
    return model.token_losses(tokens, words).neg().exp().T


def text(*, n_documents=3, length=40, words=5, seed=0):
    draw = np.random.default_rng(seed)
    return [list(map(int, draw.integers(1, words, draw.integers(1, length)))) for _ in range(n_documents)]


def agree(model, oracle, row):
    np.testing.assert_allclose(model.discounts, [d[1:] for d in oracle.discounts[1:]], rtol=0, atol=1e-12)
    histories = [history_of(row[: t + 1], order=model.order, start_token=model.start_token) for t in range(len(row))]
    expected = [[oracle.probability(w, history) for w in range(model.vocab_size)] for history in histories]
    np.testing.assert_allclose(probabilities(model, row), expected, rtol=0, atol=1e-12)


@pytest.fixture(params=[1, 2, 3, 5], ids=lambda order: f"order{order}")
def model(request):
    """Five words of which 4 is never seen; 0 starts and closes documents."""
    return fitted(text(words=4), order=request.param, vocab_size=5, start_token=0)


ROWS = torch.tensor([[0, 1, 3, 2, 2, 1, 0, 3, 3], [2, 2, 4, 1, 0, 0, 1, 1, 2]])


@settings(max_examples=60, deadline=None)
@given(
    documents=st.lists(st.lists(st.integers(1, 4), max_size=25), min_size=1, max_size=4),
    row=st.lists(st.integers(0, 5), min_size=1, max_size=8),
    order=st.integers(1, 5),
    start_token=st.sampled_from([0, None]),
)
def test_probabilities_equal_those_of_dictionaries(documents, row, order, start_token):
    if start_token is None:
        documents = [document for document in documents if document]
    events = list(events_of(documents, order=order, start_token=start_token))
    assume(events)
    model = fitted(documents, order=order, vocab_size=6, start_token=start_token)
    oracle = Dictionaries(events, order=order, vocab_size=6)
    agree(model, oracle, row)


@pytest.mark.parametrize("order", [2, 4])
@pytest.mark.parametrize("start_token", [0, None])
def test_probabilities_of_a_longer_text_use_the_discounts_of_the_formula(order, start_token):
    draw = np.random.default_rng(5)
    documents = [draw.geometric(0.35, n).clip(1, 11).tolist() for n in (700, 1, 400)]
    oracle = Dictionaries(events_of(documents, order=order, start_token=start_token), order=order, vocab_size=12)
    assert oracle.discounts[order] != [0, 0.5, 1, 1.5]
    model = fitted(documents, order=order, vocab_size=12, start_token=start_token)
    agree(model, oracle, row=[0, *documents[2][:6], 11])


def test_a_text_worked_out_by_hand():
    model = NGram(3, order=1)
    model.fit(np.array([2, 0, 0, 1]), np.array([0]))  # targets 0 0 1; no count of 3, so discounts 0.5 1 1.5
    np.testing.assert_allclose(probabilities(model, [2])[0], [1 / 2, 1 / 3, 1 / 6], rtol=0, atol=1e-15)
    assert model.discounts.tolist() == [[0.5, 1.0, 1.5]]


def test_distributions_sum_to_one_after_seen_unseen_and_starting_contexts(model):
    for row in (ROWS[0], ROWS[1], torch.tensor([4, 4, 4, 0])):
        np.testing.assert_allclose(probabilities(model, row.tolist()).sum(1), 1, rtol=0, atol=1e-12)
    assert model(ROWS).double().exp().sum(-1).sub(1).abs().max() < 1e-6


def test_a_word_never_seen_has_a_probability(model):
    p = probabilities(model, [0, 1, 2])
    assert (p[:, 4] > 0).all()
    assert (p[:, 4] < 1 / 5).all()


def test_the_start_token_is_predicted_where_documents_close():
    model = fitted([[1, 2], [1, 2], [2, 1, 2]], order=3, vocab_size=4, start_token=0)
    p = probabilities(model, [0, 1, 2])
    assert p[2, 0] == p[2].max()
    assert p[1, 0] < p[1, 2]


def test_losses_are_the_negative_log_probabilities_of_forward(model):
    targets = torch.tensor([[1, 3, 2, 2, 1, 0, 3, 3, 4], [2, 4, 1, 0, IGNORE, 1, 1, 2, IGNORE]])
    losses = model.token_losses(ROWS, targets)
    by_definition = super(NGram, model).token_losses(ROWS, targets)
    torch.testing.assert_close(losses.float(), by_definition, rtol=1e-6, atol=1e-6)
    assert losses[1, 4] == losses[1, 8] == 0
    assert losses.dtype == torch.float64


def test_forward_is_the_same_in_pieces_of_any_memory(model, monkeypatch):
    whole = model(ROWS)
    monkeypatch.setattr("quatrain.models.ngram.CHUNK_ENTRIES", 5 * 4)  # four positions at once
    assert torch.equal(model(ROWS), whole)


@pytest.mark.parametrize("chunks", [[9], [1] * 9, [4, 1, 4]], ids=str)
def test_advancing_in_chunks_equals_one_pass(model, chunks):
    state, parts = model.init_state(batch_size=2), []
    for chunk in ROWS.split(chunks, dim=1):
        logits, state = model.advance(chunk, state)
        parts.append(logits)
    assert torch.equal(torch.cat(parts, dim=1), model(ROWS))
    assert state.shape == (2, model.order - 1)
    assert state_bytes(select_rows(state, torch.tensor([1]))) == model.state_size(9)


def test_padding_anywhere_changes_nothing(model):
    mask = torch.tensor([[0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1]], dtype=torch.bool)
    padded = torch.full((2, 11), 3)
    padded[mask] = ROWS.flatten()
    assert torch.equal(model(padded, mask)[mask], model(ROWS).flatten(0, 1))
    state, parts = model.init_state(2), []
    for tokens, real in zip(padded.split([3, 5, 3], 1), mask.split([3, 5, 3], 1), strict=True):
        logits, state = model.advance(tokens, state, real)
        parts.append(logits)
    assert torch.equal(torch.cat(parts, 1)[mask], model(ROWS).flatten(0, 1))
    assert torch.equal(state, model.advance(ROWS, model.init_state(2))[1])


def test_the_future_does_not_change_the_past(model):
    changed = ROWS.clone()
    changed[:, 5:] = 1
    assert torch.equal(model(changed)[:, :5], model(ROWS)[:, :5])


@pytest.mark.parametrize("start_token", [0, None])
def test_documents_of_one_row_do_not_meet(start_token):
    model = fitted(text(), order=4, vocab_size=5, start_token=start_token)
    first, second = [0, 1, 3, 2], [2, 2, 4, 1, 3]
    documents = torch.tensor([[1] * 4 + [2] * 5])
    packed = model(torch.tensor([first + second]), documents=documents)
    apart = [model(torch.tensor([document])) for document in (first, second)]
    assert torch.equal(packed, torch.cat(apart, dim=1))
    targets = torch.tensor([[1, 3, 2, 0, 2, 4, 1, 3, 0]])
    losses = model.token_losses(torch.tensor([first + second]), targets, documents=documents)
    assert torch.equal(losses[:, 4:], model.token_losses(torch.tensor([second]), targets[:, 4:]))


def test_counts_do_not_cross_documents():
    joined = fitted([[1, 2], [3, 4]], order=2, vocab_size=6, start_token=None)
    assert joined.token_losses(torch.tensor([[2]]), torch.tensor([[3]])) > math.log(4)  # 2 was never followed
    assert probabilities(joined, [2])[0].tolist() == probabilities(joined, [5])[0].tolist()


def test_a_start_token_hides_what_came_before(model):
    assert torch.equal(model(torch.tensor([[3, 1, 2, 0, 1]]))[:, 3:], model(torch.tensor([[0, 1]])))


def test_a_document_cut_short_has_no_closing_event():
    cut, whole = NGram(4, order=2, start_token=0), NGram(4, order=2, start_token=0)
    cut.fit(np.array([0, 1, 2, 0, 1, 3]), np.array([0, 3]))
    whole.fit(np.array([0, 1, 2, 0, 1, 3, 0]), np.array([0, 3]))
    assert probabilities(cut, [3])[0, 0] < probabilities(whole, [3])[0, 0]


@pytest.mark.parametrize("order", [1, 4])
def test_save_and_load_restores_it_exactly(tmp_path, order):
    model = fitted(text(), order=order, vocab_size=5, start_token=0)
    save_file(model.state_dict(), tmp_path / "model.safetensors")
    restored = NGramConfig.from_dict({"vocab_size": 5, "order": order, "start_token": 0}).build()
    restored.load_state_dict(load_file(tmp_path / "model.safetensors"))
    assert torch.equal(restored(ROWS), model(ROWS))
    assert torch.equal(restored.discounts, model.discounts)


def test_another_order_does_not_load():
    model = fitted(text(), order=3, vocab_size=5, start_token=0)
    with pytest.raises(RuntimeError, match=r"Missing key.*tables\.3\.contexts"):
        NGram(5, order=4).load_state_dict(model.state_dict())


def test_half_precision_changes_nothing(model):
    expected = model(ROWS)
    assert torch.equal(model.to(torch.float16)(ROWS), expected)


def test_fitting_again_replaces_the_counts():
    model = fitted(text(seed=1), order=3, vocab_size=5, start_token=0)
    model.fit(*corpus_of(text(seed=2), 0))
    assert torch.equal(model(ROWS), fitted(text(seed=2), order=3, vocab_size=5, start_token=0)(ROWS))


def test_before_fitting_every_token_is_as_likely():
    torch.testing.assert_close(NGram(5, order=3)(ROWS), torch.full((2, 9, 5), -math.log(5)))


def test_it_has_no_parameters_and_no_bound_on_length(model):
    assert list(model.parameters()) == []
    assert model.max_seq_len is None


@pytest.mark.parametrize(
    ("tokens", "starts", "start_token", "message"),
    [
        ([], [], 0, "The corpus has 0 tokens and none to predict. Give a longer text."),
        ([0], [0], 0, "The corpus has 1 tokens and none to predict. Give a longer text."),
        ([1, 2], [0, 1], None, "The corpus has 2 tokens and none to predict. Give a longer text."),
        (
            [0, 1, 7, 0],
            [0],
            0,
            "tokens[2] is 7, but the model has vocab_size=5. Encode with the model's own tokenizer, or set "
            "vocab_size=8.",
        ),
        (
            [0, 1, 2, 0],
            [0, 2],
            0,
            "The document at offset 2 starts with token 2, not with start_token=0. Put that token before each "
            "document, or set start_token=null.",
        ),
    ],
)
def test_a_corpus_that_cannot_be_counted_is_refused(tokens, starts, start_token, message):
    with pytest.raises(DataError) as error:
        NGram(5, order=3, start_token=start_token).fit(np.array(tokens, np.uint16), np.array(starts, np.int64))
    assert str(error.value) == message


def test_a_corpus_beyond_32_bit_counts_is_refused():
    endless = np.broadcast_to(np.zeros(1, dtype=np.uint16), (2**31,))
    with pytest.raises(DataError, match="has 2147483648 tokens and counts end at"):
        NGram(5, order=3).fit(endless, np.array([0]))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"order": 0}, "order=0 must be at least 1, for a gram has a target. Try order=5."),
        ({"start_token": 5}, "start_token=5 is not one of the 5 ids of vocab_size. Use null for none."),
        (
            {"orders": 3},
            "orders: no setting has this name. Did you mean 'order'? Known: order, start_token, vocab_size.",
        ),
    ],
)
def test_settings_that_make_no_model_are_refused(settings, message):
    with pytest.raises(ConfigError) as error:
        NGramConfig.from_dict({"vocab_size": 5, **settings})
    assert str(error.value) == message


def test_a_model_of_no_order_is_refused():
    with pytest.raises(ConfigError, match="order=0 must be at least 1"):
        NGram(5, order=0)
