"""Named taggers: each a function from the numbers that matter to a complete config."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from quatrain.layers.embedding import EmbeddingConfig
from quatrain.layers.feedforward import MLPConfig
from quatrain.layers.tag_heads import ChainedTagsConfig, TagHeadConfig, WordByWordConfig
from quatrain.mixers import LSTMConfig, MixerConfig
from quatrain.models.backbones import BackboneConfig, TextEncoderConfig, WordEncoderConfig
from quatrain.models.presets import Mixed, mixers_of
from quatrain.models.tagger import TaggerConfig
from quatrain.positions import NoInputConfig, SinusoidalConfig


@dataclass(frozen=True)
class Shape:
    """What data and size say of a tagger."""

    reads: str
    """`words`, each with its spelling, or `text` in pieces."""
    vocab_size: int
    tags: tuple[str, ...]
    d_model: int
    n_layers: int
    n_heads: int
    max_seq_len: int | None


TaggerOf = Callable[[Shape], TaggerConfig]


def bilstm(shape: Shape) -> TaggerConfig:
    """Lample et al. 2016, https://arxiv.org/abs/1603.01360: an LSTM each way, all tags in one chain."""
    return _around(LSTMConfig(), shape, ChainedTagsConfig())


def softmax(shape: Shape) -> TaggerConfig:
    """The same, but the tag of each word by itself."""
    return _around(LSTMConfig(), shape, WordByWordConfig())


TAGGERS: dict[str, TaggerOf] = {"tagger": bilstm, "bilstm": bilstm, "bilstm-softmax": softmax}
"""Words for `--model`; the first is the default."""


def tagger_of(word: str) -> TaggerOf:
    """What a word for `--model` stands for: a tagger, or blocks around a mixer (several joined by `+`) with a chain.

    Raises:
        ConfigError: nothing is called that; the message names what is nearest.
    """
    if word in TAGGERS:
        return TAGGERS[word]
    mixer: Mixed = mixers_of(word, TAGGERS)
    return lambda shape: _around(mixer(shape.n_heads, shape.max_seq_len or 512), shape, ChainedTagsConfig())


def _around(mixer: MixerConfig, shape: Shape, head: TagHeadConfig) -> TaggerConfig:
    """A mixer that looks both ways, between words or pieces."""
    reader = _words if shape.reads == "words" else _pieces
    return TaggerConfig(backbone=reader(mixer, shape), tags=shape.tags, head=head, dropout=0.5, init_std=0.1)


def _words(mixer: MixerConfig, shape: Shape) -> BackboneConfig:
    return WordEncoderConfig(
        vocab_size=shape.vocab_size,
        d_model=shape.d_model,
        n_layers=shape.n_layers,
        max_seq_len=shape.max_seq_len,
        mixer=mixer.ahead(),
        position=SinusoidalConfig() if mixer.needs_position else NoInputConfig(),
        dropout=0.5,
        word_dropout=0.1,
        init_std=0.1,
    )


def _pieces(mixer: MixerConfig, shape: Shape) -> BackboneConfig:
    return TextEncoderConfig(
        vocab_size=shape.vocab_size,
        d_model=shape.d_model,
        n_layers=shape.n_layers,
        max_seq_len=shape.max_seq_len,
        mixer=mixer.ahead(),
        ffn=MLPConfig(activation="relu2"),
        position=SinusoidalConfig() if mixer.needs_position else NoInputConfig(),
        embedding=EmbeddingConfig(std=0.1),
        embedding_norm=True,
        dropout=0.3,
        token_dropout=0.1,
        init_std=0.5 * shape.d_model**-0.5,
        zero_init=True,
    )
