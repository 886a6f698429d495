"""Feed-forward layers against NumPy and the layers of `transformers`."""

import math

import pytest
import torch
from torch import Tensor
from transformers.models.gpt2.configuration_gpt2 import GPT2Config
from transformers.models.gpt2.modeling_gpt2 import GPT2MLP
from transformers.models.llama.configuration_llama import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaMLP

from quatrain.errors import ConfigError
from quatrain.layers.feedforward import (
    ACTIVATIONS,
    FEED_FORWARDS,
    FeedForward,
    GatedConfig,
    GatedFeedForward,
    MLPConfig,
)

DEFINITIONS = {
    "relu": lambda x: max(x, 0.0),
    "gelu": lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2,
    "gelu_tanh": lambda x: x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2,
    "relu2": lambda x: max(x, 0.0) ** 2,
    "silu": lambda x: x / (1 + math.exp(-x)),
    "tanh": math.tanh,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
}


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("word", ACTIVATIONS)
def test_an_activation_is_its_formula(word):
    x = torch.tensor([-3.0, -0.5, 0.0, 0.25, 2.0], dtype=torch.float64)
    expected = torch.tensor([DEFINITIONS[word](number) for number in x.tolist()], dtype=torch.float64)
    torch.testing.assert_close(ACTIVATIONS[word](x), expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("word", ACTIVATIONS)
def test_a_layer_is_its_formula(word):
    torch.manual_seed(0)
    x = normal(2, 3, 4)
    plain = MLPConfig(d_ff=6, activation=word, bias=True).build(4, 0.0).double()
    inner = x @ plain.up_proj.weight.T + plain.up_proj.bias
    expected = inner.detach().clone().apply_(DEFINITIONS[word]) @ plain.down_proj.weight.T + plain.down_proj.bias
    torch.testing.assert_close(plain(x), expected, rtol=0, atol=1e-12)

    gated = GatedConfig(d_ff=6, activation=word).build(4, 0.0).double()
    gate, up = x @ gated.gate_up_proj.weight[:6].T, x @ gated.gate_up_proj.weight[6:].T
    expected = (gate.detach().clone().apply_(DEFINITIONS[word]) * up) @ gated.down_proj.weight.T
    torch.testing.assert_close(gated(x), expected, rtol=0, atol=1e-12)


def test_gated_and_its_gradients_are_those_of_llama():
    torch.manual_seed(0)
    theirs = LlamaMLP(LlamaConfig(hidden_size=4, intermediate_size=6, num_attention_heads=1)).double()
    ours = GatedConfig(d_ff=6).build(4, 0.0).double()
    fused = torch.cat([theirs.gate_proj.weight, theirs.up_proj.weight]).detach()
    ours.load_state_dict({"gate_up_proj.weight": fused, "down_proj.weight": theirs.down_proj.weight.detach()})
    x, their_x = normal(2, 3, 4).requires_grad_(), normal(2, 3, 4).requires_grad_()
    y, their_y, weights = ours(x), theirs(their_x), normal(2, 3, 4, seed=1)
    torch.testing.assert_close(y, their_y, rtol=0, atol=1e-12)
    (y * weights).sum().backward()
    (their_y * weights).sum().backward()
    their_fused = torch.cat([theirs.gate_proj.weight.grad, theirs.up_proj.weight.grad])
    torch.testing.assert_close(x.grad, their_x.grad, rtol=0, atol=1e-12)
    torch.testing.assert_close(ours.gate_up_proj.weight.grad, their_fused, rtol=0, atol=1e-12)
    torch.testing.assert_close(ours.down_proj.weight.grad, theirs.down_proj.weight.grad, rtol=0, atol=1e-12)


def test_mlp_and_its_gradients_are_those_of_gpt2():
    torch.manual_seed(0)
    theirs = GPT2MLP(20, GPT2Config(n_embd=5, resid_pdrop=0.0)).double()
    ours = MLPConfig(activation="gelu_tanh", bias=True).build(5, 0.0).double()
    pairs = [(ours.up_proj, theirs.c_fc), (ours.down_proj, theirs.c_proj)]
    for own, their in pairs:
        own.load_state_dict({"weight": their.weight.detach().T, "bias": their.bias.detach()})
    x, weights = normal(2, 3, 5), normal(2, 3, 5, seed=1)
    y, their_y = ours(x), theirs(x)
    torch.testing.assert_close(y, their_y, rtol=0, atol=1e-12)
    (y * weights).sum().backward()
    (their_y * weights).sum().backward()
    for own, their in pairs:
        torch.testing.assert_close(own.weight.grad, their.weight.grad.T, rtol=0, atol=1e-12)
        torch.testing.assert_close(own.bias.grad, their.bias.grad, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("d_model", "plain", "gated"), [(3, 12, 8), (4, 16, 16), (384, 1536, 1024), (512, 2048, 1368)])
def test_a_width_not_given_follows_the_stream(d_model, plain, gated):
    assert MLPConfig().build(d_model, 0.0).up_proj.weight.shape == (plain, d_model)
    assert GatedConfig().build(d_model, 0.0).gate_up_proj.weight.shape == (2 * gated, d_model)


@pytest.mark.parametrize("layer", [FeedForward, GatedFeedForward])
def test_dropout_takes_inner_coordinates_and_scales_the_rest(layer):
    torch.manual_seed(0)
    ffn, x = layer(600, 600, activation=torch.sigmoid, dropout=0.25).double(), normal(1, 600)
    torch.nn.init.eye_(ffn.down_proj.weight)  # shows the inner coordinates
    expected = ffn.eval()(x)
    ratio = ffn.train()(x) / expected
    kept = ratio.abs() > 0.5
    torch.testing.assert_close(ratio[kept], torch.full_like(ratio[kept], 4 / 3), rtol=0, atol=1e-12)
    assert kept.double().mean().item() == pytest.approx(0.75, abs=0.06)


@pytest.mark.parametrize("kind", FEED_FORWARDS)
def test_an_unknown_activation_is_refused_with_the_nearest(kind):
    with pytest.raises(ConfigError) as caught:
        FEED_FORWARDS[kind].from_dict({"activation": "gleu"})
    assert str(caught.value) == (
        "activation: no activation is called 'gleu'. Did you mean 'gelu'? "
        "Known: gelu, gelu_tanh, relu, relu2, sigmoid, silu, tanh."
    )


@pytest.mark.parametrize("kind", FEED_FORWARDS)
def test_a_layer_of_no_width_is_refused(kind):
    with pytest.raises(ConfigError, match=r"d_ff=0 must be at least 1, or null for 16\."):
        FEED_FORWARDS[kind].from_dict({"d_ff": 0}).build(4, 0.0)


@pytest.mark.parametrize("kind", FEED_FORWARDS)
def test_a_config_survives_plain_values(kind):
    config = FEED_FORWARDS[kind](d_ff=7, activation="relu2", bias=True)
    values = config.to_dict()
    assert values == {"kind": kind, "d_ff": 7, "activation": "relu2", "bias": True}
    values.pop("kind")
    assert FEED_FORWARDS[kind].from_dict(values) == config
