"""Batches are a pure function of the seed and the step; what is changed at random is a picture still."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from quatrain.data import AugmentConfig, ImageExamples
from quatrain.data.images.augment import augmented
from quatrain.errors import ConfigError

from .conftest import drawn

PLAIN = AugmentConfig(shift=0.0)


def part(n: int = 10, augment: AugmentConfig = PLAIN) -> ImageExamples:
    """The odd ones of twice as many pictures."""
    rows = np.arange(1, 2 * n, 2)
    return ImageExamples(
        drawn(2 * n, 1, 5, 4), rows, np.arange(n) % 3, ("a", "b", "c"), [f"p{i}" for i in rows], augment
    )


def test_every_epoch_visits_every_picture_once_in_an_order_of_its_own() -> None:
    examples, seen = part(), []
    batches = examples.batches(seed=3, batch_size=4, seq_len=1)
    for step in range(5):  # two epochs
        seen += [picture.tobytes() for picture in batches.at(step).inputs[0].numpy()]
    assert sorted(seen[:10]) == sorted(seen[10:])
    assert len(set(seen)) == 10
    assert seen[:10] != seen[10:]
    assert batches.epoch_of(5) == 2.0


def test_labels_stay_with_their_pictures() -> None:
    examples = part()
    label_of = {
        examples.pixels[row].tobytes(): label for row, label in zip(examples.rows, examples.labels, strict=True)
    }
    batch = examples.batches(seed=0, batch_size=7, seq_len=1).at(2)
    pixels = (batch.inputs[0] * 255).round().byte().numpy()
    assert [label_of[picture.tobytes()] for picture in pixels] == batch.targets.tolist()


def test_a_batch_depends_on_the_seed_and_the_step_alone() -> None:
    augment = AugmentConfig(shift=0.3, flip=True, erase=0.4)
    one, same, other = (part(augment=augment).batches(seed=seed, batch_size=4, seq_len=1) for seed in (1, 1, 2))
    one.at(0)
    assert torch.equal(one.at(7).inputs[0], same.at(7).inputs[0])
    assert not torch.equal(one.at(7).inputs[0], other.at(7).inputs[0])
    assert not torch.equal(one.at(7).inputs[0], one.at(8).inputs[0])


def test_a_batch_larger_than_the_part_runs_through_several_epochs() -> None:
    batch = part(3).batches(seed=0, batch_size=8, seq_len=1).at(0)
    assert batch.n_targets == 8
    assert np.bincount(batch.targets).max() <= 3


def test_no_picture_in_a_batch_is_refused() -> None:
    with pytest.raises(ConfigError, match="a batch needs at least one picture"):
        part().batches(seed=0, batch_size=0, seq_len=1)


def test_numbers_lie_between_0_and_1() -> None:
    (pixels,) = part().batches(seed=0, batch_size=10, seq_len=1).at(0).inputs
    assert pixels.dtype == torch.float32
    assert 0 <= pixels.min() < pixels.max() <= 1


def test_nothing_is_changed_where_nothing_is_asked_for() -> None:
    pixels = drawn(4, 3, 5, 4)
    assert np.array_equal(augmented(pixels, PLAIN, np.random.default_rng(0)), pixels)


def test_a_shift_moves_a_picture_and_lets_black_in() -> None:
    pixels = np.full((64, 1, 6, 6), 200, np.uint8)
    moved = augmented(pixels, AugmentConfig(shift=0.34), np.random.default_rng(0))
    black = moved == 0
    assert {int(n) for n in black.all(axis=3).sum(axis=2).ravel()} == {0, 1, 2}  # whole rows
    assert {int(n) for n in black.all(axis=2).sum(axis=2).ravel()} == {0, 1, 2}  # whole columns


@pytest.mark.parametrize(("side", "most"), [(6, 0), (8, 1), (28, 2), (32, 2), (64, 5)])
def test_as_much_as_is_moved_unless_asked_for(side: int, most: int) -> None:
    moved = augmented(np.full((64, 1, side, side), 9, np.uint8), AugmentConfig(), np.random.default_rng(0))
    assert (moved == 0).all(axis=3).sum(axis=2).max() == most


def test_half_of_the_pictures_are_mirrored() -> None:
    pixels = drawn(200, 1, 3, 4)
    changed = augmented(pixels, AugmentConfig(shift=0, flip=True), np.random.default_rng(0))
    is_same = (changed == pixels).all(axis=(1, 2, 3))
    is_mirrored = (changed == pixels[..., ::-1]).all(axis=(1, 2, 3))
    assert (is_same | is_mirrored).all()
    assert 70 < is_mirrored.sum() < 130


def test_a_square_of_mean_brightness_is_painted() -> None:
    pixels = drawn(50, 3, 8, 8)
    changed = augmented(pixels, AugmentConfig(shift=0, erase=0.5), np.random.default_rng(0))
    is_painted = (changed != pixels).any(axis=1)
    assert 4 <= is_painted.sum(axis=(1, 2)).max() <= 16
    row, (top, left) = 0, np.argwhere(is_painted[0])[0]
    assert changed[row, :, top, left].tolist() == pixels[row].mean(axis=(1, 2)).astype(int).tolist()


def test_scores_read_every_picture_once_in_order_unchanged() -> None:
    examples = part(augment=AugmentConfig(shift=0.5, erase=0.5))
    found = [(rows, batch) for rows, batch in examples.in_order()]
    assert np.concatenate([rows for rows, _ in found]).tolist() == list(range(10))
    pixels = torch.cat([batch.inputs[0] for _, batch in found])
    assert np.array_equal((pixels * 255).round().byte().numpy(), examples.pixels[examples.rows])
    some = np.array([7, 2])
    ((rows, batch),) = examples.in_order(some)
    assert rows.tolist() == [7, 2]
    assert batch.targets.tolist() == [1, 2]


def test_brightness_is_the_mean_and_deviation_of_each_channel() -> None:
    pixels = drawn(9, 3, 5, 4)
    examples = ImageExamples(pixels, np.arange(9), np.zeros(9, np.int64), ("a", "b"), [""] * 9)
    mean, std = examples.brightness
    numbers = pixels / 255
    assert mean == pytest.approx(numbers.mean(axis=(0, 2, 3)), abs=1e-4)
    assert std == pytest.approx(numbers.std(axis=(0, 2, 3)), abs=1e-4)


def test_black_pictures_have_a_deviation_above_0() -> None:
    black = replace(part(), pixels=np.zeros((20, 1, 5, 4), np.uint8))
    assert black.brightness == ((0.0,), (1e-4,))


def test_plain_rows_are_pixels_and_of_larger_pictures_fewer() -> None:
    assert np.array_equal(part().plain(), part().pixels[1::2].reshape(10, -1))
    large = ImageExamples(drawn(3, 3, 80, 40), np.arange(3), np.zeros(3, np.int64), ("a", "b"), [""] * 3)
    assert large.plain().shape == (3, 3 * 32 * 16)


def test_a_picture_is_shown_as_a_file_in_the_page_and_by_its_name() -> None:
    shown = part().shown(2)
    assert shown["name"] == "p5"
    assert shown["picture"].startswith("data:image/png;base64,iVBOR")
