"""Encoder-decoders: `AutoModelForSeq2SeqLM`."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from quatrain.config import Config
from quatrain.data.pairs.vocabulary import SOURCE_TOKENIZER
from quatrain.data.tokenizers import Tokenizer
from quatrain.interop.kind import MOST_POSITIONS, ROWS, Kind, Shapes, Vocabulary
from quatrain.interop.settings import Settings
from quatrain.layers.embedding import EmbeddingConfig
from quatrain.layers.start import GivenStartConfig, StartConfig, TokenStartConfig, ZeroStartConfig
from quatrain.mixers import AttentionConfig, CrossAttentionConfig
from quatrain.models import EncoderDecoder, EncoderDecoderConfig
from quatrain.models.translators import TRANSLATORS

PAD = "<pad>"
"""The token of their vocabularies that starts a target from a zero vector."""

TARGET_FOLDER = "target"
"""In a folder of theirs, the tokenizer of the target, where the two sides have vocabularies of their own."""


class TranslationKind(Kind[EncoderDecoderConfig]):
    """A stack that reads a source and one that writes a target."""

    config_type = EncoderDecoderConfig
    auto_class = "AutoModelForSeq2SeqLM"
    is_encoder_decoder = True
    task = "translate"
    use = "quatrain translate"
    train = "quatrain train DATA --task translate --model translator"
    adds_eos = True
    side_words = (
        "decoder_start_token_id",
        "pad_token_id",
        "eos_token_id",
        "bad_words_ids",
        "forced_bos_token_id",
    )

    def settled(self, config: EncoderDecoderConfig) -> EncoderDecoderConfig:
        """With all widths written out, as it starts and trains by default, and one bound for both sides.

        Positions are computed, so that the larger bound computes the same.
        """
        shapes, d_model = self.shapes(config), config.d_model
        bounds = (config.max_src_len, config.max_seq_len)
        bound = None if None in bounds else max(length for length in bounds if length is not None)
        encoder, decoder = (
            stack.replace(
                mixer=_written_out(stack.mixer, d_model),
                ffn=stack.ffn.replace(d_ff=shapes[f"{name}.blocks.0.ffn.down_proj.weight"][1]),
            )
            for name, stack in (("encoder", config.encoder), ("decoder", config.decoder))
        )
        return config.replace(
            encoder=encoder,
            decoder=decoder.replace(cross=_written_out(config.decoder.cross, d_model)),
            max_src_len=bound,
            max_seq_len=bound,
            dropout=0.0,
            embedding=config.embedding.replace(std=EmbeddingConfig().std),
            head=config.head.replace(label_smoothing=0.0),
            init_std=EncoderDecoderConfig(vocab_size=1).init_std,
            zero_init=False,
        )

    def stranger(self, config: EncoderDecoderConfig) -> str | None:
        """A mixer or cross mixer other than attention."""
        parts = (config.encoder.mixer, config.decoder.mixer, config.decoder.cross)
        return next((part.kind for part in parts if not isinstance(part, AttentionConfig | CrossAttentionConfig)), None)

    def row_sizes(self, shapes: Shapes) -> dict[str, int]:
        """q, kv and ff of each stack, and cross for keys and values of the source, read off the first blocks."""
        sizes = {"cross": shapes["decoder.blocks.0.cross.kv_proj.weight"][0] // 2}
        for stack in ("encoder", "decoder"):
            q = shapes[f"{stack}.blocks.0.mixer.out_proj.weight"][1]
            sizes[f"{stack}.q"] = q
            sizes[f"{stack}.kv"] = (shapes[f"{stack}.blocks.0.mixer.qkv_proj.weight"][0] - q) // 2
            sizes[f"{stack}.ff"] = shapes[f"{stack}.blocks.0.ffn.down_proj.weight"][1]
        return sizes

    def presets(self) -> dict[str, EncoderDecoderConfig]:
        """Those of `--task translate --model`."""
        return {word: preset(9, None, 8, 1, 2, 8) for word, preset in TRANSLATORS.items()}

    def vocabularies(self, config: EncoderDecoderConfig) -> list[Vocabulary]:
        """One for both sides, or one a side."""
        if config.src_vocab_size is None:
            extra = PAD if isinstance(config.start, ZeroStartConfig) else None
            return [Vocabulary("tokenizer.json", "", config.vocab_size, extra)]
        return [
            Vocabulary(SOURCE_TOKENIZER, "", config.src_vocab_size),
            Vocabulary("tokenizer.json", TARGET_FOLDER, config.vocab_size),
        ]

    def tokenizer_settings(self, config: EncoderDecoderConfig, tokenizer: Tokenizer) -> dict[str, Any]:
        """The end of text pads, too, unless another token starts the target.

        CTranslate2 needs a token for the unknown even where there is nothing unknown; GPT-2's own choice.
        """
        end = tokenizer.eos_token
        unknown = getattr(tokenizer.backend.model, "unk_token", None)
        start = config.start
        words = {ZeroStartConfig: PAD, GivenStartConfig: end}
        pad = tokenizer.backend.id_to_token(start.token) if isinstance(start, TokenStartConfig) else words[type(start)]
        bound = {} if config.max_src_len is None else {"model_max_length": config.max_src_len}
        is_known = unknown is not None and tokenizer.backend.token_to_id(unknown) is not None
        return {"eos_token": end, "pad_token": pad, "unk_token": unknown if is_known else end} | bound

    def token_settings(self, config: EncoderDecoderConfig, tokenizer: Tokenizer) -> dict[str, Any]:
        """What starts a target pads, too; a start from zero is a token more, which is never written."""
        return _token_settings(config, tokenizer.eos_id)

    def side_settings(self, config: EncoderDecoderConfig, eos_id: int) -> dict[str, Any]:
        """The same, and how far to go."""
        bound = {} if config.max_seq_len is None else {"max_length": config.max_seq_len}
        start = start_token(config, eos_id)
        never = {"bad_words_ids": [[start]]} if isinstance(config.start, ZeroStartConfig) else {}
        return _token_settings(config, eos_id) | bound | never

    def logits(self, model: nn.Module, theirs: Any, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Of a batch of pairs of unequal length, one source of them padded."""
        assert isinstance(model, EncoderDecoder)
        src_len = min(model.max_src_len or MOST_POSITIONS, MOST_POSITIONS)
        tgt_len = min(model.max_seq_len or MOST_POSITIONS, MOST_POSITIONS) // 2 + 1
        src = torch.randint(model.src_vocab_size, (ROWS, src_len), generator=generator)
        tgt = torch.randint(model.vocab_size, (ROWS, tgt_len), generator=generator)
        src_mask = torch.arange(src_len) < torch.tensor([[src_len], [src_len // 2 + 1]])
        tgt[:, 0] = theirs.config.decoder_start_token_id
        expected = theirs(input_ids=src, attention_mask=src_mask.long(), decoder_input_ids=tgt).logits
        last = model.vocab_size - 1  # theirs may have one token more, to start from zero
        return model(src, tgt.clamp(max=last), src_mask), expected[..., : last + 1]


def _token_settings(config: EncoderDecoderConfig, eos_id: int) -> dict[str, Any]:
    start = start_token(config, eos_id)
    return {
        "bos_token_id": None,
        "decoder_start_token_id": start,
        "eos_token_id": eos_id,
        "forced_eos_token_id": None,
        "pad_token_id": start,
    }


def start_token(config: EncoderDecoderConfig, eos_id: int) -> int:
    """Their `decoder_start_token_id`."""
    if isinstance(config.start, TokenStartConfig):
        return config.start.token
    return config.vocab_size if isinstance(config.start, ZeroStartConfig) else eos_id


def read_start(settings: Settings) -> StartConfig:
    """How a target starts: with the end of text, as ours do, or with a token of its own."""
    eos, pad = settings.take("eos_token_id", int), settings.optional("pad_token_id", int)
    start = settings.take("decoder_start_token_id", int, pad)
    settings.insist("forced_bos_token_id", None)
    return GivenStartConfig() if start == eos else TokenStartConfig(token=start)


def _written_out(part: Any, d_model: int) -> Config:
    """Attention with every width written out, without dropout; anything else as it is."""
    if not isinstance(part, AttentionConfig | CrossAttentionConfig):
        return part
    return part.replace(
        n_kv_heads=part.n_kv_heads or part.n_heads, d_head=part.d_head or d_model // part.n_heads, dropout=0.0
    )


TRANSLATION = TranslationKind()
