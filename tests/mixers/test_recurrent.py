"""Recurrent mixers against torch's cells, against the equations in loops, and on lecture 002's task."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from quatrain.errors import ConfigError
from quatrain.mixers import MIXERS, GRUConfig, LSTMConfig, Recurrent, RNNConfig
from quatrain.mixers.recurrent import RecurrentConfig

KINDS: dict[str, type[RecurrentConfig]] = {"rnn": RNNConfig, "lstm": LSTMConfig, "gru": GRUConfig}
ORACLES: dict[str, type[nn.RNNBase]] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
every_kind = pytest.mark.parametrize("kind", KINDS)


def built(kind: str, d_model: int = 5, **settings: object) -> Recurrent:
    torch.manual_seed(0)
    mixer = KINDS[kind](**settings).build(d_model).double()
    with torch.no_grad():
        for weight in mixer.parameters():
            weight.normal_(std=0.5)
    return mixer


def random(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@every_kind
def test_it_is_torchs_layer_and_a_projection_with_their_gradients(kind: str) -> None:
    ours, x = built(kind, d_hidden=3), random(2, 7, 5).requires_grad_()
    oracle = ORACLES[kind](5, 3, batch_first=True).double()
    oracle.load_state_dict(ours.cell.state_dict())
    a, b = ours(x), oracle(x)[0] @ ours.out_proj.weight.T
    torch.testing.assert_close(a, b, rtol=0, atol=1e-14)
    (dx,) = torch.autograd.grad(b.square().sum(), x, retain_graph=True)
    a.square().sum().backward()
    b.square().sum().backward(inputs=list(oracle.parameters()))
    torch.testing.assert_close(x.grad, dx, rtol=0, atol=1e-13)
    for one, other in zip(ours.cell.parameters(), oracle.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, rtol=0, atol=1e-12)


@every_kind
def test_one_position_after_another_is_torchs_layer_with_its_gradients(kind: str) -> None:
    ours, x, other = built(kind, d_hidden=3), *(random(2, 4, 5).requires_grad_() for _ in range(2))
    state, parts = ours.init_state(2), []
    for position in x.split(1, dim=1):
        y, state = ours.advance(position, state)
        parts.append(y)
    whole = ours(other)
    torch.testing.assert_close(torch.cat(parts, dim=1), whole, rtol=0, atol=1e-14)
    torch.cat(parts, dim=1).square().sum().backward()
    whole.square().sum().backward()
    torch.testing.assert_close(x.grad, other.grad, rtol=0, atol=1e-13)


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def loops(kind: str, weights: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """The equations, a row and a position at a time."""
    w, v, b, d = (weights[f"cell.{name}_l0"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    n = v.shape[1]
    y = np.zeros((*x.shape[:2], n))
    for row in range(len(x)):
        h, c = np.zeros(n), np.zeros(n)
        for t in range(x.shape[1]):
            into, back = w @ x[row, t] + b, v @ h + d
            if kind == "rnn":
                h = np.tanh(into + back)
            elif kind == "lstm":
                i, f, g, o = (into + back).reshape(4, n)
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                h = sigmoid(o) * np.tanh(c)
            else:
                reset, keep = sigmoid((into + back)[: 2 * n]).reshape(2, n)
                h = keep * h + (1 - keep) * np.tanh(into[2 * n :] + reset * back[2 * n :])
            y[row, t] = h
    return y @ weights["out_proj.weight"].T


@every_kind
def test_it_is_the_equations_in_loops_with_their_gradients(kind: str) -> None:
    mixer, x, weigh = built(kind, d_hidden=3), random(2, 6, 5).requires_grad_(), random(2, 6, 5).flip(1)
    weights = {name: weight.detach().numpy().copy() for name, weight in mixer.named_parameters()}
    values = x.detach().numpy().copy()
    y = mixer(x)
    np.testing.assert_allclose(y.detach().numpy(), loops(kind, weights, values), rtol=0, atol=1e-13)
    (y * weigh).sum().backward()
    gradients = {name: weight.grad for name, weight in mixer.named_parameters()} | {"x": x.grad}
    step = 1e-6
    for name, tensor in (weights | {"x": values}).items():
        for place in np.random.default_rng(0).choice(tensor.size, 3, replace=False):
            losses = []
            for sign in (1, -1):
                tensor.flat[place] += sign * step
                losses.append((loops(kind, weights, values) * weigh.numpy()).sum())
                tensor.flat[place] -= sign * step
            slope = (losses[0] - losses[1]) / (2 * step)
            assert gradients[name].flatten()[place].item() == pytest.approx(slope, abs=1e-8), name


@every_kind
def test_truncation_leaves_the_forward_pass_and_stops_the_gradient_at_its_stretch(kind: str) -> None:
    whole, cut = built(kind), built(kind, bptt=4)
    x, other = random(2, 10, 5).requires_grad_(), random(2, 10, 5).requires_grad_()
    y, expected = cut(x), whole(other)
    torch.testing.assert_close(y, expected, rtol=0, atol=1e-15)
    y[:, 9].sum().backward()
    expected[:, 9].sum().backward()
    assert x.grad is not None
    assert other.grad is not None
    assert x.grad[:, :8].abs().max() == 0
    assert (x.grad[:, 8:].abs().amax(dim=2) > 0).all()
    torch.testing.assert_close(x.grad[:, 8:], other.grad[:, 8:], rtol=0, atol=1e-14)
    assert (other.grad.abs().amax(dim=2) > 0).all()


def test_a_latch_set_by_hand_remembers_one_b_among_a_thousand_as() -> None:
    """theory.md section 9: h = tanh(4h - 2 + 8[x = B]) from h = -1; lecture 002's task no n-gram solves."""
    mixer = RNNConfig(d_hidden=1).build(2).double()
    b, start = [0.0, 1.0], [-9.0, 0.0]
    with torch.no_grad():
        for name, value in {"weight_ih_l0": [[1.0, 8.0]], "weight_hh_l0": [[4.0]], "bias_ih_l0": [-2.0]}.items():
            mixer.cell.get_parameter(name).copy_(torch.tensor(value))
        mixer.out_proj.weight.copy_(torch.tensor([[1.0], [0.0]]))
        x = torch.zeros(1, 1001, 2, dtype=torch.float64)
        x[0, 0] = torch.tensor(start)  # h = tanh(-11), which is -1
        h, state = mixer.advance(x, mixer.init_state(1))
        assert h[0, :, 0].max() < -0.9999
        after, state = mixer.advance(torch.tensor([[b]], dtype=torch.float64), state)
        assert after[0, 0, 0] > 0.9
        latched, _ = mixer.advance(torch.zeros(1, 1000, 2, dtype=torch.float64), state)
    assert latched[0, :, 0].min() > 0.9
    assert latched[0, -1, 0].item() == pytest.approx(0.9444, abs=1e-4)


def test_the_influence_of_an_input_decays_like_the_spectral_radius() -> None:
    """theory.md section 12: linearised, x_1 matters at t by V^(t-1) W."""
    mixer = RNNConfig(d_hidden=4).build(3).double()
    with torch.no_grad():
        mixer.cell.get_parameter("weight_hh_l0").mul_(0.8)  # orthogonal, so the radius is 0.8
    x = torch.zeros(1, 30, 3, dtype=torch.float64, requires_grad=True)  # around 0 tanh is linear
    jacobian = torch.autograd.functional.jacobian(lambda x: mixer.cell(x)[0][0], x)[:, :, 0, 0]  # (T, H, D)
    norms = jacobian.norm(dim=(1, 2))
    torch.testing.assert_close(norms, norms[0] * 0.8 ** torch.arange(30.0).double(), rtol=1e-5, atol=0)


def test_every_gate_starts_orthogonal_and_an_lstm_remembers() -> None:
    for kind, n_gates in (("rnn", 1), ("lstm", 4), ("gru", 3)):
        mixer = KINDS[kind](d_hidden=6).build(5)
        for gate in mixer.cell.get_parameter("weight_hh_l0").chunk(n_gates):
            torch.testing.assert_close(gate @ gate.T, torch.eye(6), rtol=0, atol=1e-5)
        bounds = [gate.abs().max().item() for gate in mixer.cell.get_parameter("weight_ih_l0").chunk(n_gates)]
        assert max(bounds) <= (6 / (5 + 6)) ** 0.5
        biases = mixer.cell.get_parameter("bias_ih_l0") + mixer.cell.get_parameter("bias_hh_l0")
        expected = [0, 1, 0, 0] if kind == "lstm" else [0] * n_gates
        assert [gate.unique().tolist() for gate in biases.chunk(n_gates)] == [[value] for value in expected]


@every_kind
def test_its_gates_are_named_to_the_optimiser_as_matrices_of_their_own(kind: str) -> None:
    mixer = built(kind, d_hidden=3)
    n_gates = {"rnn": 1, "lstm": 4, "gru": 3}[kind]
    for name in ("weight_ih_l0", "weight_hh_l0"):
        assert mixer.cell.get_parameter(name).fused == (3,) * n_gates


@pytest.mark.parametrize(("kind", "n_gates", "n_parts"), [("rnn", 1, 1), ("lstm", 4, 2), ("gru", 3, 1)])
def test_cost_and_state_are_those_counted_by_hand(kind: str, n_gates: int, n_parts: int) -> None:
    mixer = built(kind, d_hidden=3)
    assert mixer.flops(7) == 7 * 2 * (n_gates * 3 * (5 + 3) + 3 * 5)
    assert mixer.state_size(0) == mixer.state_size(10_000) == n_parts * 3 * 8
    assert mixer.reach is None


def test_the_words_build_them() -> None:
    assert [MIXERS[kind] for kind in KINDS] == list(KINDS.values())


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"d_hidden": 0}, "d_hidden=0 must be at least 1"), ({"bptt": 0}, "bptt=0 must be at least 1, or null")],
)
def test_impossible_settings_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        LSTMConfig.from_dict(settings)
