"""Named text encoders: each a function from the numbers that matter to a complete config."""

from __future__ import annotations

from collections.abc import Callable

from quatrain.layers.embedding import EmbeddingConfig
from quatrain.layers.feedforward import MLPConfig
from quatrain.layers.norms import LayerNormConfig
from quatrain.mixers import AttentionConfig, MixerConfig
from quatrain.mixers.scores import NormedScoreConfig
from quatrain.models.backbones import TextEncoderConfig
from quatrain.models.presets import mixers_of
from quatrain.positions import LearnedConfig, NoAttentionConfig, NoInputConfig, SinusoidalConfig

TextEncoderOf = Callable[[int, int, int, int, int], TextEncoderConfig]
"""(vocab_size, d_model, n_layers, n_heads, max_seq_len) -> config."""


def encoder(
    vocab_size: int, d_model: int = 256, n_layers: int = 4, n_heads: int = 4, max_seq_len: int = 128
) -> TextEncoderConfig:
    """Our default: the blocks of `modern`, looking both ways: what learns most in a given time on a small machine.

    Rotary positions, normed queries and keys, squared ReLU, LayerNorm without gains, branches that start at zero.
    """
    mixer = AttentionConfig(n_heads=n_heads, score=NormedScoreConfig(norm=LayerNormConfig(affine=False)), causal=False)
    return _plain(mixer, vocab_size, d_model, n_layers, max_seq_len)


def bert(
    vocab_size: int = 30_522, d_model: int = 768, n_layers: int = 12, n_heads: int = 12, max_seq_len: int = 512
) -> TextEncoderConfig:
    """BERT: Devlin et al. 2019: post-norm, GELU, learned positions, two segments, biases everywhere.

    The defaults are the base model (109,482,240 parameters, the pooler of next-sentence prediction included).
    """
    return TextEncoderConfig(
        vocab_size=vocab_size,
        d_model=d_model,
        n_layers=n_layers,
        max_seq_len=max_seq_len,
        mixer=AttentionConfig(n_heads=n_heads, position=NoAttentionConfig(), causal=False, bias=True, dropout=0.1),
        ffn=MLPConfig(activation="gelu", bias=True),
        norm=LayerNormConfig(eps=1e-12),
        norm_place="post",
        position=LearnedConfig(),
        embedding_norm=True,
        dropout=0.1,
    )


def _sized(d_model: int, n_layers: int, n_heads: int) -> TextEncoderOf:
    """BERT of a size of its own, whatever the dial says."""

    def build(vocab_size: int, _width: int, _depth: int, _heads: int, max_seq_len: int) -> TextEncoderConfig:
        return bert(vocab_size, d_model, n_layers, n_heads, max_seq_len)

    return build


SIZED: dict[str, TextEncoderOf] = {
    "bert-tiny": _sized(128, 2, 2),
    "bert-mini": _sized(256, 4, 4),
    "bert-small": _sized(512, 4, 8),
    "bert-medium": _sized(512, 8, 8),
    "bert-base": _sized(768, 12, 12),
}
"""Words for BERT in the sizes of Turc et al. 2019, https://arxiv.org/abs/1908.08962."""

ENCODERS: dict[str, TextEncoderOf] = {
    "encoder": encoder,
    "bert": bert,
    **SIZED,
}
"""Words for whole encoders."""


def encoder_of(word: str) -> TextEncoderOf:
    """What a word for an encoder stands for: one of ENCODERS, or blocks around mixers that look both ways.

    Raises:
        ConfigError: nothing is called that; the message names what is nearest.
    """
    if word in ENCODERS:
        return ENCODERS[word]
    mixer = mixers_of(word, ENCODERS)

    def build(vocab_size: int, d_model: int, n_layers: int, n_heads: int, max_seq_len: int) -> TextEncoderConfig:
        return _plain(mixer(n_heads, max_seq_len).ahead(), vocab_size, d_model, n_layers, max_seq_len)

    return build


def _plain(mixer: MixerConfig, vocab_size: int, d_model: int, n_layers: int, max_seq_len: int) -> TextEncoderConfig:
    """The blocks of our default around any mixer."""
    return TextEncoderConfig(
        vocab_size=vocab_size,
        d_model=d_model,
        n_layers=n_layers,
        max_seq_len=max_seq_len,
        mixer=mixer,
        ffn=MLPConfig(activation="relu2"),
        norm=LayerNormConfig(affine=False),
        position=SinusoidalConfig() if mixer.needs_position else NoInputConfig(),
        embedding=EmbeddingConfig(std=0.5),
        embedding_norm=True,
        init_std=0.5 * d_model**-0.5,
        zero_init=True,
    )
