from __future__ import annotations

import pytest
import torch


@pytest.fixture(scope="package")
def gpt2():
    """A tiny GPT-2 of random weights, sharp enough that texts differ and some end early."""
    transformers = pytest.importorskip("transformers")
    config = transformers.GPT2Config(
        vocab_size=13, n_positions=64, n_embd=12, n_layer=2, n_head=3, bos_token_id=0, eos_token_id=0,
        initializer_range=0.3, tie_word_embeddings=False,
    )  # fmt: skip
    torch.manual_seed(4)
    return transformers.GPT2LMHeadModel(config).eval()
