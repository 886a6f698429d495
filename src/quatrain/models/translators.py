"""Named encoder-decoders: each a function from the numbers that matter to a complete config."""

from __future__ import annotations

from collections.abc import Callable

from quatrain.layers.embedding import EmbeddingConfig
from quatrain.layers.feedforward import MLPConfig
from quatrain.layers.heads import HeadConfig
from quatrain.layers.norms import LayerNormConfig
from quatrain.mixers import AttentionConfig, CrossAttentionConfig
from quatrain.models.encoder_decoder import DecoderConfig, EncoderConfig, EncoderDecoderConfig
from quatrain.positions import NoAttentionConfig, SinusoidalConfig


def transformer_base(
    vocab_size: int = 37_000,
    src_vocab_size: int | None = None,
    d_model: int = 512,
    n_layers: int = 6,
    n_heads: int = 8,
    max_seq_len: int = 512,
) -> EncoderDecoderConfig:
    """The Transformer of Vaswani et al. 2017: post-norm, ReLU, sinusoidal positions, one table for all, smoothed.

    The defaults are the base model of the paper's table 3.
    """
    ffn = MLPConfig(activation="relu", bias=True)
    unplaced = NoAttentionConfig()
    return EncoderDecoderConfig(
        vocab_size=vocab_size,
        src_vocab_size=src_vocab_size,
        d_model=d_model,
        encoder=EncoderConfig(
            n_layers=n_layers, mixer=AttentionConfig(n_heads=n_heads, position=unplaced, causal=False), ffn=ffn
        ),
        decoder=DecoderConfig(
            n_layers=n_layers,
            mixer=AttentionConfig(n_heads=n_heads, position=unplaced),
            cross=CrossAttentionConfig(n_heads=n_heads),
            ffn=ffn,
        ),
        max_src_len=max_seq_len,
        max_seq_len=max_seq_len,
        norm=LayerNormConfig(),
        norm_place="post",
        position=SinusoidalConfig(),
        embedding=EmbeddingConfig(scale=d_model**0.5, std=d_model**-0.5),
        dropout=0.1,
        head=HeadConfig(label_smoothing=0.1),
        init_std=d_model**-0.5,
    )


def transformer_big(
    vocab_size: int = 37_000,
    src_vocab_size: int | None = None,
    d_model: int = 1024,
    n_layers: int = 6,
    n_heads: int = 16,
    max_seq_len: int = 512,
) -> EncoderDecoderConfig:
    """The same, wider, and with more dropout: the big model of Vaswani et al. 2017."""
    return transformer_base(vocab_size, src_vocab_size, d_model, n_layers, n_heads, max_seq_len).replace(dropout=0.3)


def translator(
    vocab_size: int,
    src_vocab_size: int | None = None,
    d_model: int = 256,
    n_layers: int = 4,
    n_heads: int = 4,
    max_seq_len: int = 256,
) -> EncoderDecoderConfig:
    """Our default: the paper's parts with the norm before each branch, and half as many layers that write as read.

    Pre-norm trains without a long warm-up; a shallow decoder writes nearly as well and in half the time (Kasai et al.
    2021, https://arxiv.org/abs/2006.10369). It is a Pegasus in Hugging Face's terms, and can be exported as one.
    """
    ffn = MLPConfig(activation="relu", bias=True)
    mixer = AttentionConfig(n_heads=n_heads, position=NoAttentionConfig(), bias=True)
    return EncoderDecoderConfig(
        vocab_size=vocab_size,
        src_vocab_size=src_vocab_size,
        d_model=d_model,
        encoder=EncoderConfig(n_layers=n_layers, mixer=mixer.replace(causal=False), ffn=ffn),
        decoder=DecoderConfig(
            n_layers=max(n_layers // 2, 1),
            mixer=mixer,
            cross=CrossAttentionConfig(n_heads=n_heads, bias=True),
            ffn=ffn,
        ),
        max_src_len=max_seq_len,
        max_seq_len=max_seq_len,
        position=SinusoidalConfig(layout="halves"),
        embedding=EmbeddingConfig(scale=d_model**0.5, std=d_model**-0.5),
        dropout=0.1,
        head=HeadConfig(label_smoothing=0.1),
        init_std=d_model**-0.5,
    )


Translator = Callable[[int, int | None, int, int, int, int], EncoderDecoderConfig]

TRANSLATORS: dict[str, Translator] = {
    "translator": translator,
    "transformer-base": transformer_base,
    "transformer-big": transformer_big,
}
"""Words for `--model`; (vocab_size, src_vocab_size, d_model, n_layers, n_heads, max_seq_len) -> config."""
