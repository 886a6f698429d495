"""What every backbone of pictures owes: rows apart, gradients, the same again from seed or file, a true cost."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from quatrain.errors import ShapeError
from quatrain.models import Classifier, ClassifierConfig
from quatrain.models.backbones import ImageBackboneConfig
from quatrain.runs import load_weights, weights_of, write_tensors

from .variants import IMAGE_BACKBONES, IMAGE_SIZE, N_CHANNELS, as_if_trained

every_backbone = pytest.mark.parametrize("config", IMAGE_BACKBONES.values(), ids=IMAGE_BACKBONES.keys())
EXACT = {"rtol": 0, "atol": 1e-12}


def classifier(config: ImageBackboneConfig) -> ClassifierConfig:
    return ClassifierConfig(backbone=config, n_classes=4)


def ready(config: ImageBackboneConfig) -> Classifier:
    return as_if_trained(classifier(config).build(), torch.Generator().manual_seed(0))


def draw(batch: int, seed: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(batch, N_CHANNELS, *IMAGE_SIZE, dtype=torch.float64, generator=generator)


@every_backbone
def test_rows_of_a_batch_do_not_meet(config: ImageBackboneConfig) -> None:
    model, pixels = ready(config), draw(3)
    torch.testing.assert_close(model(pixels), torch.cat([model(row) for row in pixels.split(1)]), **EXACT)


@every_backbone
def test_every_pixel_matters(config: ImageBackboneConfig) -> None:
    model, pixels = ready(config), draw(1)
    model.double()(pixels.requires_grad_()).square().sum().backward()
    assert pixels.grad is not None
    touched = (pixels.grad != 0).any(dim=1)[0]
    pooled = touched[: IMAGE_SIZE[0] // 2 * 2] if config.kind == "convnet" else touched  # an odd row has no partner
    assert pooled.any(dim=1).all()
    assert pooled.any(dim=0).all()


@every_backbone
def test_there_are_as_many_vectors_as_it_says(config: ImageBackboneConfig) -> None:
    backbone = config.build()
    vectors, mask = backbone(draw(2).float())
    assert vectors.shape == (2, backbone.max_seq_len, backbone.d_model)
    assert mask is None


@every_backbone
def test_every_parameter_gets_a_gradient(config: ImageBackboneConfig) -> None:
    model = ready(config)
    (model(draw(3)) * torch.linspace(-1, 2, 12, dtype=torch.float64).view(3, 4)).sum().backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name
        assert weight.grad.abs().max() > 0, name


@every_backbone
def test_micro_batches_add_up_to_one_batch_where_no_batch_norm_measures_them(config: ImageBackboneConfig) -> None:
    whole, parts, pixels = ready(config), ready(config), draw(5)
    whole(pixels).square().sum().backward()
    for some in pixels.split([2, 1, 2]):
        parts(some).square().sum().backward()
    for (name, one), other in zip(whole.named_parameters(), parts.parameters(), strict=True):
        torch.testing.assert_close(other.grad, one.grad, rtol=1e-12, atol=1e-9, msg=lambda m, n=name: f"{n}: {m}")


@every_backbone
def test_in_training_pictures_meet_in_batch_norm_and_nowhere_else(config: ImageBackboneConfig) -> None:
    model, pixels = ready(config).train(), draw(3)
    is_alone = torch.allclose(model(pixels)[:2], model(pixels[:2]), **EXACT)
    assert is_alone == (config.kind != "convnet")


def test_one_picture_of_one_place_cannot_train_a_convnet() -> None:
    model = ready(IMAGE_BACKBONES["convnet"]).train()
    with pytest.raises(ShapeError, match=r"cannot train on one picture that is halved down to one place"):
        model(draw(1))


@every_backbone
def test_save_and_load_give_the_same_output(config: ImageBackboneConfig, tmp_path: Path) -> None:
    trained, pixels = ready(config), draw(2)
    write_tensors(tmp_path / "model.safetensors", weights_of(trained))
    loaded = classifier(config).build().double()
    load_weights(loaded, load_file(tmp_path / "model.safetensors"), tmp_path)
    assert torch.equal(loaded.eval()(pixels), trained(pixels))


@every_backbone
def test_the_same_seed_gives_the_same_start(config: ImageBackboneConfig) -> None:
    starts = []
    for seed in (5, 5):
        torch.manual_seed(seed)
        starts.append(config.build().state_dict())
    assert all(torch.equal(starts[0][name], starts[1][name]) for name in starts[0])


@every_backbone
def test_a_config_survives_the_way_through_plain_values(config: ImageBackboneConfig) -> None:
    values = classifier(config).to_dict()
    values.pop("kind")
    assert ClassifierConfig.from_dict(values).backbone == config


@every_backbone
def test_cost_counts_every_matrix_and_kernel(config: ImageBackboneConfig) -> None:
    backbone = as_if_trained(config.build(), torch.Generator().manual_seed(0))
    with FlopCounterMode(display=False) as counter:
        backbone(draw(1))
    counted = counter.get_total_flops()
    assert counted <= backbone.flops(1) <= 1.5 * counted + 5000  # attention and recurrence are not all counted there


@every_backbone
def test_a_picture_of_another_size_is_refused(config: ImageBackboneConfig) -> None:
    with pytest.raises(ShapeError, match=r"pictures of 3x7x5 \(channels, height, width\), but this model reads 3x7x6"):
        config.build()(torch.zeros(1, 3, 7, 5))


@pytest.mark.filterwarnings("ignore")  # torch's own, from inside its compiler
@pytest.mark.parametrize("name", ["vit", "mlp_mixer", "convnet"])
def test_traced_whole_gives_the_same_output(name: str) -> None:
    config, pixels = IMAGE_BACKBONES[name], draw(2)
    plain = ready(config)
    traced = torch.compile(ready(config), backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(traced(pixels), plain(pixels), **EXACT)
