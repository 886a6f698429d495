"""Named encoder-decoders: each a function from the numbers that matter to a complete config."""

from __future__ import annotations

from collections.abc import Callable

from quatrain.layers.embedding import EmbeddingConfig
from quatrain.layers.feedforward import MLPConfig
from quatrain.layers.heads import HeadConfig
from quatrain.layers.norms import LayerNormConfig, RMSNormConfig
from quatrain.layers.start import GivenStartConfig, ZeroStartConfig
from quatrain.mixers import (
    AdditiveAttentionConfig,
    AttentionConfig,
    CrossAttentionConfig,
    CrossMixerConfig,
    FixedVectorConfig,
    LSTMConfig,
    MixerConfig,
)
from quatrain.mixers.scores import DotScoreConfig
from quatrain.models.encoder_decoder import DecoderConfig, EncoderConfig, EncoderDecoderConfig
from quatrain.models.presets import mixers_of
from quatrain.positions import NoAttentionConfig, NoInputConfig, SinusoidalConfig, T5RelativeConfig


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
    mixer = AttentionConfig(n_heads=n_heads, position=NoAttentionConfig())
    return EncoderDecoderConfig(
        vocab_size=vocab_size,
        src_vocab_size=src_vocab_size,
        d_model=d_model,
        encoder=EncoderConfig(n_layers=n_layers, mixer=mixer.ahead(), ffn=ffn),
        decoder=DecoderConfig(n_layers=n_layers, mixer=mixer, cross=CrossAttentionConfig(n_heads=n_heads), ffn=ffn),
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
        encoder=EncoderConfig(n_layers=n_layers, mixer=mixer.ahead(), ffn=ffn),
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


def marian(
    vocab_size: int,
    src_vocab_size: int | None = None,
    d_model: int = 512,
    n_layers: int = 6,
    n_heads: int = 8,
    max_seq_len: int = 512,
) -> EncoderDecoderConfig:
    """Marian, as in the OPUS-MT models: the paper's, with SiLU, a bias everywhere, sines before cosines.

    Junczys-Dowmunt et al. 2018, https://arxiv.org/abs/1804.00344. Where both sides share a vocabulary, targets start
    from zeros: so CTranslate2 starts every Marian.
    """
    base = transformer_base(vocab_size, src_vocab_size, d_model, n_layers, n_heads, max_seq_len)
    ffn = MLPConfig(activation="silu", bias=True)
    mixer = AttentionConfig(n_heads=n_heads, position=NoAttentionConfig(), bias=True)
    return base.replace(
        encoder=EncoderConfig(n_layers=n_layers, mixer=mixer.ahead(), ffn=ffn),
        decoder=DecoderConfig(
            n_layers=n_layers, mixer=mixer, cross=CrossAttentionConfig(n_heads=n_heads, bias=True), ffn=ffn
        ),
        position=SinusoidalConfig(layout="halves"),
        start=ZeroStartConfig() if src_vocab_size is None else GivenStartConfig(),
        head=HeadConfig(label_smoothing=0.1, bias=True),
    )


def t5(
    vocab_size: int = 32_128,
    src_vocab_size: int | None = None,
    d_model: int = 512,
    n_layers: int = 6,
    n_heads: int = 8,
    max_seq_len: int = 512,
) -> EncoderDecoderConfig:
    """T5: Raffel et al. 2020: RMSNorm before each branch, one table of relative positions a stack, no biases.

    Scores are not divided by sqrt(d_head), https://arxiv.org/abs/1910.10683; the defaults are T5-small.
    """
    ffn = MLPConfig(activation="relu")
    mixer = AttentionConfig(n_heads=n_heads, position=T5RelativeConfig(shared=True), score=DotScoreConfig())
    return EncoderDecoderConfig(
        vocab_size=vocab_size,
        src_vocab_size=src_vocab_size,
        d_model=d_model,
        encoder=EncoderConfig(n_layers=n_layers, mixer=mixer.ahead(), ffn=ffn),
        decoder=DecoderConfig(
            n_layers=n_layers,
            mixer=mixer,
            cross=CrossAttentionConfig(n_heads=n_heads, score=DotScoreConfig()),
            ffn=ffn,
        ),
        max_src_len=max_seq_len,
        max_seq_len=max_seq_len,
        norm=RMSNormConfig(eps=1e-6),
        embedding=EmbeddingConfig(std=1.0),
        dropout=0.1,
        head=HeadConfig(scale=d_model**-0.5),
        init_std=0.5 * d_model**-0.5,
    )


def lstm_attention(
    vocab_size: int,
    src_vocab_size: int | None = None,
    d_model: int = 256,
    n_layers: int = 2,
    n_heads: int = 1,
    max_seq_len: int = 256,
) -> EncoderDecoderConfig:
    """A bidirectional LSTM that reads, an LSTM that writes with additive attention: Bahdanau et al. 2015.

    In the blocks of `translator`, so that what differs is what moves information; the paper's cells are gated
    recurrent units, and have no feed-forward layers.
    """
    return _blocks(
        (vocab_size, src_vocab_size, d_model, n_layers, max_seq_len), LSTMConfig(), AdditiveAttentionConfig()
    )


def lstm_bottleneck(
    vocab_size: int,
    src_vocab_size: int | None = None,
    d_model: int = 256,
    n_layers: int = 2,
    n_heads: int = 1,
    max_seq_len: int = 256,
) -> EncoderDecoderConfig:
    """An LSTM whose last vector is all that the LSTM that writes knows of the source: Sutskever et al. 2014.

    It reads forwards, and the last vector is given to every position of the target (as Cho et al. 2014 do), not only
    to the first state.
    """
    config = _blocks((vocab_size, src_vocab_size, d_model, n_layers, max_seq_len), LSTMConfig(), FixedVectorConfig())
    return config.replace(bridge="last", encoder=config.encoder.replace(mixer=LSTMConfig()))


Shape = tuple[int, int | None, int, int, int]
"""(vocab_size, src_vocab_size, d_model, n_layers, max_seq_len)"""


def _blocks(shape: Shape, mixer: MixerConfig, cross: CrossMixerConfig) -> EncoderDecoderConfig:
    """The blocks of `translator` around any mixer: what mixers are compared in."""
    vocab_size, src_vocab_size, d_model, n_layers, max_seq_len = shape
    like = translator(vocab_size, src_vocab_size, d_model, n_layers, 1, max_seq_len)
    return like.replace(
        encoder=like.encoder.replace(mixer=mixer.ahead()),
        decoder=like.decoder.replace(mixer=mixer, cross=cross),
        position=SinusoidalConfig(layout="halves") if mixer.needs_position else NoInputConfig(),
    )


Translator = Callable[[int, int | None, int, int, int, int], EncoderDecoderConfig]

TRANSLATORS: dict[str, Translator] = {
    "translator": translator,
    "transformer-base": transformer_base,
    "transformer-big": transformer_big,
    "marian": marian,
    "t5": t5,
    "lstm-attention": lstm_attention,
    "lstm-bottleneck": lstm_bottleneck,
}
"""Words for `--model`; (vocab_size, src_vocab_size, d_model, n_layers, n_heads, max_seq_len) -> config."""


def translator_of(word: str) -> Translator:
    """What a word for `--model` stands for: a preset, or the blocks of `translator` around a mixer or several.

    Raises:
        ConfigError: nothing is called that; the message names what is nearest.

    Example:
        >>> config = translator_of("hyena")(1000, None, 64, 4, 4, 128)
        >>> config.encoder.mixer.kind, config.decoder.mixer.kind, config.decoder.cross.kind
        ('both_ways', 'hyena', 'attention')
    """
    if word in TRANSLATORS:
        return TRANSLATORS[word]
    mixers = mixers_of(word, TRANSLATORS)

    def build(
        vocab_size: int, src_vocab_size: int | None, d_model: int, n_layers: int, n_heads: int, max_seq_len: int
    ) -> EncoderDecoderConfig:
        shape = (vocab_size, src_vocab_size, d_model, n_layers, max_seq_len)
        return _blocks(shape, mixers(n_heads, max_seq_len), CrossAttentionConfig(n_heads=n_heads, bias=True))

    return build
