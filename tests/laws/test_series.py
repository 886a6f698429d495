"""What every backbone of series owes: rows apart, gradients, the same again from seed or file, a true cost."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from quatrain.errors import ShapeError
from quatrain.models import Classifier, ClassifierConfig
from quatrain.models.backbones import SeriesBackboneConfig
from quatrain.runs import load_weights, weights_of, write_tensors

from .variants import INPUT_LEN, N_COLUMNS, SERIES_BACKBONES, as_if_trained

every_backbone = pytest.mark.parametrize("config", SERIES_BACKBONES.values(), ids=SERIES_BACKBONES.keys())
EXACT = {"rtol": 0, "atol": 1e-12}


def classifier(config: SeriesBackboneConfig) -> ClassifierConfig:
    return ClassifierConfig(backbone=config, n_classes=4)


def ready(config: SeriesBackboneConfig) -> Classifier:
    return as_if_trained(classifier(config).build(), torch.Generator().manual_seed(0))


def draw(batch: int, seed: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, INPUT_LEN, N_COLUMNS, dtype=torch.float64, generator=generator)


@every_backbone
def test_rows_of_a_batch_do_not_meet(config: SeriesBackboneConfig) -> None:
    model, values = ready(config), draw(3)
    torch.testing.assert_close(model(values), torch.cat([model(row) for row in values.split(1)]), **EXACT)


@every_backbone
def test_every_number_matters(config: SeriesBackboneConfig) -> None:
    model, values = ready(config), draw(1)
    model(values.requires_grad_()).square().sum().backward()
    assert values.grad is not None
    assert (values.grad != 0).all()


@every_backbone
def test_columns_are_brought_to_scale_by_the_model(config: SeriesBackboneConfig) -> None:
    model = ready(config)
    unscaled = ready(config.replace(mean=(), std=()))
    scaled = (draw(2) - torch.tensor([0.5, -3.0])) / torch.tensor([0.2, 4.0])
    torch.testing.assert_close(model(draw(2)), unscaled(scaled), rtol=0, atol=1e-5)  # the scale is kept in float32


@every_backbone
def test_a_small_spread_far_from_zero_is_kept_where_numbers_come_in_float64(config: SeriesBackboneConfig) -> None:
    torch.manual_seed(0)
    model = classifier(config.replace(mean=(1e6, 1e6), std=(1e-3, 1e-3))).build().eval()
    near, far = model(1e6 + 1e-3 * draw(2)), model.backbone.scale(1e6 + 1e-3 * draw(2))
    assert near.dtype == torch.float32
    torch.testing.assert_close(far, draw(2).float(), rtol=0, atol=1e-5)


@every_backbone
def test_every_parameter_gets_a_gradient(config: SeriesBackboneConfig) -> None:
    model = ready(config)
    (model(draw(3)) * torch.linspace(-1, 2, 12, dtype=torch.float64).view(3, 4)).sum().backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name
        assert weight.grad.abs().max() > 0, name


@every_backbone
def test_in_training_windows_meet_in_batch_norm_and_nowhere_else(config: SeriesBackboneConfig) -> None:
    model, values = ready(config).train(), draw(3)
    is_alone = torch.allclose(model(values)[:2], model(values[:2]), **EXACT)
    assert is_alone == (config.kind != "fcn")


@every_backbone
def test_vectors_are_as_wide_as_it_says(config: SeriesBackboneConfig) -> None:
    backbone = config.build()
    vectors, mask = backbone(draw(2).float())
    assert (vectors.shape[0], vectors.shape[2]) == (2, backbone.d_model)
    assert mask is None


def test_each_position_has_a_vector_in_which_those_of_all_columns_stand_side_by_side() -> None:
    config = SERIES_BACKBONES["patches_by_column"]
    backbone = as_if_trained(config.build(), torch.Generator().manual_seed(0))
    alone = as_if_trained(config.replace(n_columns=1, mean=(), std=()).build(), torch.Generator().manual_seed(0))
    values, d_model = draw(2), config.d_model
    vectors = backbone(values).vectors
    for column in range(N_COLUMNS):
        scaled = backbone.scale(values)[:, :, [column]]
        own = vectors[..., column * d_model : (column + 1) * d_model]
        torch.testing.assert_close(own, alone(scaled).vectors, **EXACT)


@every_backbone
def test_save_and_load_give_the_same_output(config: SeriesBackboneConfig, tmp_path: Path) -> None:
    trained, values = ready(config), draw(2)
    write_tensors(tmp_path / "model.safetensors", weights_of(trained))
    loaded = classifier(config).build().double()
    load_weights(loaded, load_file(tmp_path / "model.safetensors"), tmp_path)
    assert torch.equal(loaded.eval()(values), trained(values))


@every_backbone
def test_a_config_survives_the_way_through_plain_values(config: SeriesBackboneConfig) -> None:
    values = classifier(config).to_dict()
    values.pop("kind")
    assert ClassifierConfig.from_dict(values).backbone == config


@every_backbone
def test_cost_counts_every_matrix_and_kernel(config: SeriesBackboneConfig) -> None:
    backbone = as_if_trained(config.build(), torch.Generator().manual_seed(0))
    with FlopCounterMode(display=False) as counter:
        backbone(draw(1))
    counted = counter.get_total_flops()
    assert 0.99 * counted <= backbone.flops(1) <= 1.5 * counted + 5000  # edges are; attention is not all counted there


@every_backbone
def test_a_window_of_another_shape_is_refused(config: SeriesBackboneConfig) -> None:
    with pytest.raises(ShapeError, match="a window has 11 rows of 3 columns, and this model reads 11 of 2"):
        config.build()(torch.zeros(1, 11, 3))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mean": (1.0,), "std": (1.0,)}, "must have n_columns=2 numbers"),
        ({"mean": (1.0, 2.0), "std": ()}, "must have n_columns=2 numbers"),
        ({"mean": (1.0, 2.0), "std": (1.0, 0.0)}, "must be above 0"),
    ],
)
def test_a_scale_that_cannot_be_is_refused(settings: dict[str, tuple[float, ...]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SERIES_BACKBONES["fcn"].replace(**settings)


@pytest.mark.parametrize("settings", [{"kernels": (4, 3, 3)}, {"kernels": (3, 3)}, {"widths": ()}])
def test_convolutions_that_cannot_be_are_refused(settings: dict[str, tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match="kernels="):
        SERIES_BACKBONES["fcn"].replace(**settings)
