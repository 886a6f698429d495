"""What every backbone of pictures or series owes: rows apart, gradients, the same again from seed or file, its cost."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from quatrain.errors import ShapeError
from quatrain.models import Classifier, ClassifierConfig
from quatrain.models.backbones import ImageBackboneConfig, SeriesBackboneConfig
from quatrain.runs import load_weights, weights_of, write_tensors

from .variants import (
    IMAGE_BACKBONES,
    IMAGE_SIZE,
    INPUT_LEN,
    N_CHANNELS,
    N_COLUMNS,
    SERIES_BACKBONES,
    as_if_trained,
)

BackboneConfig = ImageBackboneConfig | SeriesBackboneConfig

OF_PICTURES = {f"images-{name}": config for name, config in IMAGE_BACKBONES.items()}
OF_SERIES = {f"series-{name}": config for name, config in SERIES_BACKBONES.items()}
BOTH: dict[str, BackboneConfig] = {**OF_PICTURES, **OF_SERIES}
every_backbone = pytest.mark.parametrize("config", BOTH.values(), ids=BOTH.keys())
every_backbone_of_pictures = pytest.mark.parametrize("config", OF_PICTURES.values(), ids=OF_PICTURES.keys())
every_backbone_of_series = pytest.mark.parametrize("config", OF_SERIES.values(), ids=OF_SERIES.keys())
EXACT = {"rtol": 0, "atol": 1e-12}
BATCH_NORM = ("convnet", "fcn")
"""Kinds whose examples meet in training, where their batch is measured."""


def classifier(config: BackboneConfig) -> ClassifierConfig:
    return ClassifierConfig(backbone=config, n_classes=4)


def ready(config: BackboneConfig) -> Classifier:
    return as_if_trained(classifier(config).build(), torch.Generator().manual_seed(0))


def pictures(batch: int) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.rand(batch, N_CHANNELS, *IMAGE_SIZE, dtype=torch.float64, generator=generator)


def series(batch: int) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(batch, INPUT_LEN, N_COLUMNS, dtype=torch.float64, generator=generator)


def draw(config: BackboneConfig, batch: int) -> Tensor:
    return {"images": pictures, "series": series}[config.reads](batch)


@every_backbone
def test_rows_of_a_batch_do_not_meet(config: BackboneConfig) -> None:
    model, rows = ready(config), draw(config, 3)
    torch.testing.assert_close(model(rows), torch.cat([model(row) for row in rows.split(1)]), **EXACT)


@every_backbone_of_pictures
def test_every_pixel_matters(config: ImageBackboneConfig) -> None:
    model, pixels = ready(config), pictures(1)
    model(pixels.requires_grad_()).square().sum().backward()
    assert pixels.grad is not None
    touched = (pixels.grad != 0).any(dim=1)[0]
    pooled = touched[: IMAGE_SIZE[0] // 2 * 2] if config.kind == "convnet" else touched  # an odd row has no partner
    assert pooled.any(dim=1).all()
    assert pooled.any(dim=0).all()


@every_backbone_of_series
def test_every_number_matters(config: SeriesBackboneConfig) -> None:
    model, values = ready(config), series(1)
    model(values.requires_grad_()).square().sum().backward()
    assert values.grad is not None
    assert (values.grad != 0).all()


@every_backbone_of_series
def test_columns_are_brought_to_scale_by_the_model(config: SeriesBackboneConfig) -> None:
    model = ready(config)
    unscaled = ready(config.replace(mean=(), std=()))
    scaled = (series(2) - torch.tensor([0.5, -3.0])) / torch.tensor([0.2, 4.0])
    torch.testing.assert_close(model(series(2)), unscaled(scaled), rtol=0, atol=1e-5)  # the scale is kept in float32


@every_backbone_of_series
def test_a_small_spread_far_from_zero_is_kept_where_numbers_come_in_float64(config: SeriesBackboneConfig) -> None:
    torch.manual_seed(0)
    model = classifier(config.replace(mean=(1e6, 1e6), std=(1e-3, 1e-3))).build().eval()
    near, far = model(1e6 + 1e-3 * series(2)), model.backbone.scale(1e6 + 1e-3 * series(2))
    assert near.dtype == torch.float32
    torch.testing.assert_close(far, series(2).float(), rtol=0, atol=1e-5)


@every_backbone
def test_every_parameter_gets_a_gradient(config: BackboneConfig) -> None:
    model = ready(config)
    (model(draw(config, 3)) * torch.linspace(-1, 2, 12, dtype=torch.float64).view(3, 4)).sum().backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name
        assert weight.grad.abs().max() > 0, name


@every_backbone
def test_micro_batches_add_up_to_one_batch_where_no_batch_norm_measures_them(config: BackboneConfig) -> None:
    whole, parts, rows = ready(config), ready(config), draw(config, 5)
    whole(rows).square().sum().backward()
    for some in rows.split([2, 1, 2]):
        parts(some).square().sum().backward()
    for (name, one), other in zip(whole.named_parameters(), parts.parameters(), strict=True):
        torch.testing.assert_close(other.grad, one.grad, rtol=1e-12, atol=1e-9, msg=lambda m, n=name: f"{n}: {m}")


@every_backbone
def test_in_training_examples_meet_in_batch_norm_and_nowhere_else(config: BackboneConfig) -> None:
    model, rows = ready(config).train(), draw(config, 3)
    is_alone = torch.allclose(model(rows)[:2], model(rows[:2]), **EXACT)
    assert is_alone == (config.kind not in BATCH_NORM)


def test_one_picture_of_one_place_cannot_train_a_convnet() -> None:
    model = ready(IMAGE_BACKBONES["convnet"]).train()
    with pytest.raises(ShapeError, match=r"cannot train on one picture that is halved down to one place"):
        model(pictures(1))


@every_backbone
def test_vectors_are_as_wide_as_it_says(config: BackboneConfig) -> None:
    backbone = config.build()
    vectors, mask = backbone(draw(config, 2).float())
    assert (vectors.shape[0], vectors.shape[2]) == (2, backbone.d_model)
    assert mask is None


@every_backbone_of_pictures
def test_there_are_as_many_vectors_as_it_says(config: ImageBackboneConfig) -> None:
    backbone = config.build()
    assert backbone(pictures(2).float()).vectors.shape[1] == backbone.max_seq_len


def test_each_position_has_a_vector_in_which_those_of_all_columns_stand_side_by_side() -> None:
    config = SERIES_BACKBONES["patches_by_column"]
    backbone = as_if_trained(config.build(), torch.Generator().manual_seed(0))
    alone = as_if_trained(config.replace(n_columns=1, mean=(), std=()).build(), torch.Generator().manual_seed(0))
    values, d_model = series(2), config.d_model
    vectors = backbone(values).vectors
    for column in range(N_COLUMNS):
        scaled = backbone.scale(values)[:, :, [column]]
        own = vectors[..., column * d_model : (column + 1) * d_model]
        torch.testing.assert_close(own, alone(scaled).vectors, **EXACT)


@every_backbone
def test_save_and_load_give_the_same_output(config: BackboneConfig, tmp_path: Path) -> None:
    trained, rows = ready(config), draw(config, 2)
    write_tensors(tmp_path / "model.safetensors", weights_of(trained))
    loaded = classifier(config).build().double()
    load_weights(loaded, load_file(tmp_path / "model.safetensors"), tmp_path)
    assert torch.equal(loaded.eval()(rows), trained(rows))


@every_backbone
def test_the_same_seed_gives_the_same_start(config: BackboneConfig) -> None:
    starts = []
    for seed in (5, 5):
        torch.manual_seed(seed)
        starts.append(config.build().state_dict())
    assert all(torch.equal(starts[0][name], starts[1][name]) for name in starts[0])


@every_backbone
def test_a_config_survives_the_way_through_plain_values(config: BackboneConfig) -> None:
    values = classifier(config).to_dict()
    values.pop("kind")
    assert ClassifierConfig.from_dict(values).backbone == config


@every_backbone
def test_cost_counts_every_matrix_and_kernel(config: BackboneConfig) -> None:
    backbone = as_if_trained(config.build(), torch.Generator().manual_seed(0))
    with FlopCounterMode(display=False) as counter:
        backbone(draw(config, 1))
    counted = counter.get_total_flops()
    share = {"images": 1.0, "series": 0.99}[config.reads]  # edges of windows are not all counted
    assert share * counted <= backbone.flops(1) <= 1.5 * counted + 5000  # attention and recurrence are not all there


@every_backbone_of_pictures
def test_a_picture_of_another_size_is_refused(config: ImageBackboneConfig) -> None:
    with pytest.raises(ShapeError, match=r"pictures of 3x7x5 \(channels, height, width\), but this model reads 3x7x6"):
        config.build()(torch.zeros(1, 3, 7, 5))


@every_backbone_of_series
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


@pytest.mark.filterwarnings("ignore")  # torch's own, from inside its compiler
@pytest.mark.parametrize("name", ["vit", "mlp_mixer", "convnet"])
def test_traced_whole_gives_the_same_output(name: str) -> None:
    config, pixels = IMAGE_BACKBONES[name], pictures(2)
    plain = ready(config)
    traced = torch.compile(ready(config), backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(traced(pixels), plain(pixels), **EXACT)
