"""Patches against torch's convolution and unfolding."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from quatrain.layers.pixels import PatchEmbedding, Standardise


def embedding(image_size: tuple[int, int], patch_size: tuple[int, int]) -> PatchEmbedding:
    torch.manual_seed(0)
    return PatchEmbedding(image_size, patch_size, 3, 5).double()


def test_a_patch_embedding_is_a_convolution_whose_stride_is_its_kernel() -> None:
    embed, pixels = embedding((4, 9), (2, 3)), torch.rand(2, 3, 4, 9, dtype=torch.float64, requires_grad=True)
    kernel = embed.proj.weight.view(5, 3, 2, 3)
    expected = F.conv2d(pixels, kernel, embed.proj.bias, stride=(2, 3)).flatten(2).mT
    torch.testing.assert_close(embed(pixels), expected, rtol=0, atol=1e-12)
    ours, theirs = (
        torch.autograd.grad(y.square().sum(), (pixels, embed.proj.weight)) for y in (embed(pixels), expected)
    )
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-10)


def test_patches_are_those_of_unfold() -> None:
    embed, pixels = embedding((4, 9), (2, 3)), torch.rand(2, 3, 4, 9, dtype=torch.float64)
    unfolded = F.unfold(pixels, (2, 3), stride=(2, 3)).mT
    torch.testing.assert_close(embed(pixels), embed.proj(unfolded), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("image_size", "padding"), [((5, 7), (0, 2, 0, 1)), ((6, 8), (0, 1, 0, 0))])
def test_what_patches_do_not_tile_is_continued_with_zeros(
    image_size: tuple[int, int], padding: tuple[int, ...]
) -> None:
    pixels = torch.rand(1, 3, *image_size, dtype=torch.float64)
    whole = F.pad(pixels, padding)
    ours = embedding(image_size, (2, 3))(pixels)
    torch.testing.assert_close(ours, embedding(tuple(whole.shape[2:]), (2, 3))(whole), rtol=0, atol=1e-12)


def test_standardise_takes_off_the_mean_of_each_channel() -> None:
    scale = Standardise((0.1, 0.5), (0.2, 0.25))
    pixels = torch.tensor([0.3, 0.75])[None, :, None, None].expand(1, 2, 2, 3)
    torch.testing.assert_close(scale(pixels), torch.ones(1, 2, 2, 3))


def test_standardise_keeps_nothing_in_the_weights() -> None:
    assert not Standardise((0.1,), (0.2,)).state_dict()
