"""Tiny random models of `transformers`, saved as it saves them, and tiny runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tokenizers
import torch
import transformers
from tokenizers import decoders, models, pre_tokenizers
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from quatrain import __version__
from quatrain.models import CausalLMConfig
from quatrain.runs import RunFolder, weights_of, write_tensors

from .encoders import SaveEncoder, random_encoder, write_pieces
from .pairs import CHANGES, PAIR_VARIANTS, randomise
from .sizes import END, ENDS, LETTERS, VOCAB

Save = Callable[..., Path]

GPT2_SIZES = ENDS | {
    "vocab_size": VOCAB,
    "n_positions": 11,
    "n_embd": 12,
    "n_layer": 2,
    "n_head": 3,
    "n_inner": 20,
}
LLAMA_SIZES = ENDS | {
    "vocab_size": VOCAB,
    "hidden_size": 24,
    "intermediate_size": 20,
    "num_hidden_layers": 2,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "max_position_embeddings": 11,
}
QWEN3_SIZES = LLAMA_SIZES | {"head_dim": 10}

VARIANTS: dict[str, tuple[type, Any]] = {
    "gpt2": (GPT2LMHeadModel, lambda: GPT2Config(**GPT2_SIZES)),
    "gpt2-untied-relu": (
        GPT2LMHeadModel,
        lambda: GPT2Config(**GPT2_SIZES, tie_word_embeddings=False, activation_function="relu"),
    ),
    "llama": (LlamaForCausalLM, lambda: LlamaConfig(**LLAMA_SIZES, rms_norm_eps=1e-3)),
    "llama-tied-biases": (
        LlamaForCausalLM,
        lambda: LlamaConfig(**LLAMA_SIZES, tie_word_embeddings=True, attention_bias=True, mlp_bias=True),
    ),
    "llama-theta": (
        LlamaForCausalLM,
        lambda: LlamaConfig(**LLAMA_SIZES, rope_parameters={"rope_type": "default", "rope_theta": 50.0}),
    ),
    "mistral-window": (MistralForCausalLM, lambda: MistralConfig(**LLAMA_SIZES, sliding_window=4)),
    "mistral": (MistralForCausalLM, lambda: MistralConfig(**LLAMA_SIZES, sliding_window=None)),
    "qwen3": (Qwen3ForCausalLM, lambda: Qwen3Config(**QWEN3_SIZES)),
    "qwen3-tied-window": (
        Qwen3ForCausalLM,
        lambda: Qwen3Config(
            **QWEN3_SIZES,
            tie_word_embeddings=True,
            use_sliding_window=True,
            sliding_window=4,
            max_window_layers=0,
        ),
    ),
}


def random_model(variant: str) -> Any:
    """A model of that variant, every weight of which is random."""
    kind, config = (VARIANTS | PAIR_VARIANTS)[variant]
    model = kind(config())
    randomise(model)
    for change in CHANGES.get(variant, ()):
        change(model)
    return model


def _char_tokenizer() -> tokenizers.Tokenizer:
    vocab = {word: i for i, word in enumerate([END, *LETTERS])}
    backend = tokenizers.Tokenizer(models.WordLevel(vocab, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Split(tokenizers.Regex(r"[\s\S]"), "isolated")
    backend.decoder = decoders.Fuse()
    backend.add_special_tokens([tokenizers.AddedToken(END, special=True, normalized=False)])
    return backend


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """`save("llama")` writes a random model of that variant, with a tokenizer, and returns its folder."""

    def write(variant: str, folder: str = "theirs", **options: Any) -> Path:
        transformers.set_seed(0)
        model = random_model(variant)
        model.save_pretrained(tmp_path / folder, **options)
        (tmp_path / folder / "target").mkdir()  # where the two sides have vocabularies of their own
        for place in ("", "target"):
            _char_tokenizer().save(str(tmp_path / folder / place / "tokenizer.json"))
        return tmp_path / folder

    return write


@pytest.fixture
def save_encoder(tmp_path: Path) -> SaveEncoder:
    """`save_encoder("bert")` writes a random encoder of that variant, with a tokenizer, and returns its folder."""

    def write(variant: str, folder: str = "theirs") -> Path:
        random_encoder(variant).save_pretrained(tmp_path / folder)
        write_pieces(tmp_path / folder, variant)
        return tmp_path / folder

    return write


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[[CausalLMConfig], RunFolder]:
    """A run folder with a random model of this config."""

    def write(config: CausalLMConfig) -> RunFolder:
        torch.manual_seed(0)
        model = config.build()
        with torch.no_grad():
            for weight in model.parameters():
                weight.normal_(std=0.3)
        run = RunFolder(tmp_path / "run")
        run.path.mkdir()
        run.write_config(config, __version__)
        write_tensors(run.weights_path, weights_of(model))
        _char_tokenizer().save(str(run.path / "tokenizer.json"))
        return run

    return write
