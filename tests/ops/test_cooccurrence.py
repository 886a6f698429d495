"""Vectors from co-occurrence: tokens that stand in the same places lie close together."""

from __future__ import annotations

import torch

from quatrain.ops.cooccurrence import cooccurrence_vectors


def test_tokens_used_alike_have_similar_vectors() -> None:
    """Sentences `noun verb noun stop`: nouns 0-4 and verbs 5-9 stand in different places, 10 stops."""
    generator = torch.Generator().manual_seed(0)
    nouns = torch.randint(0, 5, (3000, 2), generator=generator)
    verbs = torch.randint(5, 10, (3000, 1), generator=generator)
    stops = torch.full((3000, 1), 10)
    tokens = torch.cat([nouns[:, :1], verbs, nouns[:, 1:], stops], dim=1).flatten()
    vectors = cooccurrence_vectors(tokens, 12, 4, window=2, generator=generator)
    assert vectors.shape == (12, 4)
    unit = torch.nn.functional.normalize(vectors[:10], dim=1)
    likeness = unit @ unit.T
    assert likeness[:5, :5].mean() > 0.8
    assert likeness[5:, 5:].mean() > 0.8
    assert likeness[:5, 5:].mean() < 0.4


def test_the_root_mean_square_is_about_one_and_unseen_tokens_are_zero() -> None:
    tokens = torch.randint(0, 30, (5000,), generator=torch.Generator().manual_seed(0))
    vectors = cooccurrence_vectors(tokens, 33, 8, window=2, generator=torch.Generator().manual_seed(1))
    assert 0.8 < vectors[:30].square().mean().sqrt() < 1.1
    assert vectors[30:].abs().max() < 1e-3


def test_the_generator_decides() -> None:
    tokens = torch.randint(0, 30, (500,), generator=torch.Generator().manual_seed(0))
    first, second = (
        cooccurrence_vectors(tokens, 30, 8, window=2, generator=torch.Generator().manual_seed(1)) for _ in range(2)
    )
    assert torch.equal(first, second)
