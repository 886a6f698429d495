"""What is added to the input against closed values and the formulas, number by number."""

import math

import pytest
import torch
from torch import Tensor

from quatrain.errors import ConfigError, ShapeError
from quatrain.positions import (
    INPUT_POSITIONS,
    Learned,
    LearnedConfig,
    LectureSinusoidal,
    NoInput,
    OneHot,
    OneHotConfig,
    Sinusoidal,
)

OF_SEQUENCES = sorted(INPUT_POSITIONS.keys() - {"grid"})
"""Kinds that need no rows and columns."""


def normal(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def encoding(position: torch.nn.Module, positions: Tensor, d_model: int) -> Tensor:
    """What is added, (..., T, D), in float64."""
    return position.double()(torch.zeros(1, positions.shape[-1], d_model, dtype=torch.float64), positions)[0]


def test_sinusoidal_of_position_two_in_four_coordinates():
    added = encoding(Sinusoidal(4), torch.tensor([2]), 4)[0]
    expected = torch.tensor([0.909297, -0.416147, 0.019999, 0.999800], dtype=torch.float64)
    torch.testing.assert_close(added, expected, rtol=0, atol=5e-7)


@pytest.mark.parametrize("base", [10_000.0, 50.0])
def test_sinusoidal_is_the_formula_of_vaswani(base):
    expected = [
        [(math.cos if c % 2 else math.sin)(i / base ** ((c - c % 2) / 6)) for c in range(6)] for i in (0, 7, 3000)
    ]
    added = encoding(Sinusoidal(6, base=base), torch.tensor([0, 7, 3000]), 6)
    torch.testing.assert_close(added, torch.tensor(expected, dtype=torch.float64), rtol=0, atol=1e-12)


def test_in_halves_all_sines_stand_before_all_cosines():
    positions = torch.tensor([0, 7, 3000])
    beside = encoding(Sinusoidal(6), positions, 6)
    halves = encoding(INPUT_POSITIONS["sinusoidal"].from_dict({"layout": "halves"}).build(6, None), positions, 6)
    assert torch.equal(halves, torch.cat([beside[:, 0::2], beside[:, 1::2]], dim=1))


def test_lecture_waves_are_harmonics_cosine_first():
    expected = [[(math.sin if c % 2 else math.cos)((c // 2 + 1) * i / 10_000) for c in range(6)] for i in (0, 9, 4000)]
    added = encoding(LectureSinusoidal(6), torch.tensor([0, 9, 4000]), 6)
    torch.testing.assert_close(added, torch.tensor(expected, dtype=torch.float64), rtol=0, atol=1e-12)


def test_lecture_waves_are_blind_to_order_nearby():
    """The Dirichlet kernel's values; the geometric waves fall off at once."""
    offsets = torch.tensor([0, 1, 10, 50, 100, 122])
    similarity = {}
    for part in (LectureSinusoidal(512), Sinusoidal(512)):
        for start in (0, 777):
            codes = torch.nn.functional.normalize(encoding(part, offsets + start, 512), dim=-1)
            similarity[type(part).__name__, start] = codes[1:] @ codes[0]
    for start in (0, 777):
        lecture = torch.tensor([0.99989, 0.98905, 0.7471, 0.2110, 0.0020], dtype=torch.float64)
        geometric = torch.tensor([0.9731, 0.6789, 0.5121, 0.4373, 0.4113], dtype=torch.float64)
        torch.testing.assert_close(similarity["LectureSinusoidal", start], lecture, rtol=0, atol=5e-5)
        torch.testing.assert_close(similarity["Sinusoidal", start], geometric, rtol=0, atol=5e-5)


def test_onehot_adds_a_unit_vector_and_leaves_padding_alone():
    x = normal(1, 4, 5)
    added = OneHot(5, max_seq_len=4)(x, torch.tensor([[-1, 0, 3, 1]])) - x
    expected = torch.zeros(4, 5, dtype=torch.float64)
    expected[1, 0] = expected[2, 3] = expected[3, 1] = 1
    torch.testing.assert_close(added[0], expected, rtol=0, atol=1e-15)


def test_onehot_needs_a_coordinate_for_every_position():
    with pytest.raises(ConfigError) as caught:
        OneHot(6, max_seq_len=8)
    assert str(caught.value) == (
        "onehot positions need a coordinate each: d_model=6 is less than max_seq_len=8. "
        "Use d_model=8, max_seq_len=6, or another position, such as sinusoidal."
    )


def test_learned_adds_its_rows_and_learns_the_positions_it_saw():
    torch.manual_seed(0)
    part, x = Learned(4, max_seq_len=7).double(), normal(2, 3, 4)
    positions = torch.tensor([[0, 1, 2], [-1, 0, 5]])
    y = part(x, positions)
    torch.testing.assert_close(y[1, 2], x[1, 2] + part.table.weight[5], rtol=0, atol=0)
    y[positions >= 0].sum().backward()
    assert part.table.weight.grad.tolist() == [[float(n)] * 4 for n in (2, 1, 1, 0, 0, 1, 0)]


def test_learned_starts_normal_with_a_fiftieth():
    torch.manual_seed(1)
    weight = Learned(64, max_seq_len=512).table.weight
    assert weight.std().item() == pytest.approx(0.02, rel=0.02)
    assert weight.mean().item() == pytest.approx(0.0, abs=5e-4)


@pytest.mark.parametrize("part", [OneHot(9, max_seq_len=4), Learned(9, max_seq_len=4)], ids=["onehot", "learned"])
def test_positions_beyond_the_last_are_refused(part):
    x = torch.zeros(1, 2, 9)
    assert part(x, torch.tensor([2, 3])).shape == (1, 2, 9)
    assert part(x[:, :0], torch.arange(0)).shape == (1, 0, 9)
    with pytest.raises(ShapeError, match=r"position 4 \(counted from 0\) lies beyond max_seq_len=4. Crop the input"):
        part(x, torch.tensor([3, 4]))


@pytest.mark.parametrize("config", [OneHotConfig(), LearnedConfig()], ids=["onehot", "learned"])
def test_a_table_of_positions_needs_a_bound(config):
    with pytest.raises(ConfigError, match=f"{config.kind} positions need to know the longest sequence. Set model.max"):
        config.build(8, None)


@pytest.mark.parametrize("part", [Sinusoidal, LectureSinusoidal])
def test_waves_need_pairs_of_coordinates(part):
    with pytest.raises(ConfigError, match=r"positions fill pairs of coordinates: d_model=5 is odd\. Make it even"):
        part(5)


def test_a_base_of_zero_is_refused():
    with pytest.raises(ConfigError, match=r"base=0\.0 must be positive; Vaswani et al. use 10000."):
        Sinusoidal(4, base=0.0)


def test_no_position_gives_the_input_itself():
    x = normal(2, 3, 4)
    assert NoInput()(x, torch.arange(3)) is x


@pytest.mark.parametrize("kind", OF_SEQUENCES)
def test_one_row_of_positions_stands_for_all_rows(kind):
    torch.manual_seed(0)
    part, x = INPUT_POSITIONS[kind].from_dict({}).build(8, 8), normal(3, 5, 8, dtype=torch.float32)
    positions = torch.arange(2, 7)
    assert torch.equal(part(x, positions), part(x, positions.expand(3, 5)))


@pytest.mark.parametrize("kind", OF_SEQUENCES)
def test_half_precision_in_half_precision_out(kind):
    part = INPUT_POSITIONS[kind].from_dict({}).build(8, 8).bfloat16()
    assert part(torch.zeros(1, 3, 8, dtype=torch.bfloat16), torch.arange(3)).dtype == torch.bfloat16


@pytest.mark.parametrize("word", INPUT_POSITIONS)
def test_words_of_the_table_are_the_kinds_of_its_configs(word):
    assert INPUT_POSITIONS[word].kind == word
    assert INPUT_POSITIONS[word].from_dict({}).to_dict()["kind"] == word


def test_settings_reach_the_part():
    assert INPUT_POSITIONS["sinusoidal"].from_dict({"base": 50.0}).build(8, None).base == 50.0
