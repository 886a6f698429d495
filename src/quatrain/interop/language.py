"""Decoder language models: `AutoModelForCausalLM`."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from quatrain.data.tokenizers import Tokenizer
from quatrain.interop.kind import MOST_POSITIONS, ROWS, Kind, Shapes, Vocabulary
from quatrain.mixers import AttentionConfig
from quatrain.models import CausalLM, CausalLMConfig
from quatrain.models.presets import PRESETS


class LanguageKind(Kind[CausalLMConfig]):
    """A stack of blocks over one sequence."""

    config_type = CausalLMConfig
    auto_class = "AutoModelForCausalLM"
    is_encoder_decoder = False
    task = "language"
    use = "quatrain generate"
    train = "quatrain train DATA --model qwen3"
    adds_eos = False

    def settled(self, config: CausalLMConfig) -> CausalLMConfig:
        """With the widths of heads and feed-forward layers written out, without dropout."""
        d_ff = self.shapes(config)["blocks.0.ffn.down_proj.weight"][1]
        mixer = config.mixer
        if isinstance(mixer, AttentionConfig):
            mixer = mixer.replace(
                n_kv_heads=mixer.n_kv_heads or mixer.n_heads,
                d_head=mixer.d_head or config.d_model // mixer.n_heads,
                dropout=0.0,
            )
        return config.replace(mixer=mixer, ffn=config.ffn.replace(d_ff=d_ff), dropout=0.0, zero_init=False)

    def stranger(self, config: CausalLMConfig) -> str | None:
        """A mixer other than attention."""
        return None if isinstance(config.mixer, AttentionConfig) else config.mixer.kind

    def row_sizes(self, shapes: Shapes) -> dict[str, int]:
        """q, kv and ff, read off the first block."""
        q, ff = shapes["blocks.0.mixer.out_proj.weight"][1], shapes["blocks.0.ffn.down_proj.weight"][1]
        return {"q": q, "kv": (shapes["blocks.0.mixer.qkv_proj.weight"][0] - q) // 2, "ff": ff}

    def presets(self) -> dict[str, CausalLMConfig]:
        """Those of `--model`."""
        return {word: preset(9, 8, 1, 2, 8) for word, preset in PRESETS.items()}

    def vocabularies(self, config: CausalLMConfig) -> list[Vocabulary]:
        """One."""
        return [Vocabulary("tokenizer.json", "", config.vocab_size)]

    def tokenizer_settings(self, config: CausalLMConfig, tokenizer: Tokenizer) -> dict[str, Any]:
        """A text starts and ends with the end-of-text token."""
        bound = {} if config.max_seq_len is None else {"model_max_length": config.max_seq_len}
        return {"bos_token": tokenizer.eos_token, "eos_token": tokenizer.eos_token} | bound

    def token_settings(self, config: CausalLMConfig, tokenizer: Tokenizer) -> dict[str, Any]:
        """The same, as ids."""
        return self.side_settings(config, tokenizer.eos_id)

    def side_settings(self, config: CausalLMConfig, eos_id: int) -> dict[str, Any]:
        """The same."""
        return {"bos_token_id": eos_id, "eos_token_id": eos_id}

    def logits(self, model: nn.Module, theirs: Any, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Of a batch of full length."""
        assert isinstance(model, CausalLM)
        seq_len = min(model.max_seq_len or MOST_POSITIONS, MOST_POSITIONS)
        tokens = torch.randint(model.vocab_size, (ROWS, seq_len), generator=generator)
        return model(tokens), theirs(tokens).logits


LANGUAGE = LanguageKind()
