"""Named classifiers of texts: each a function from the numbers that matter to a complete config."""

from __future__ import annotations

from collections.abc import Callable

from quatrain.layers.embedding import EmbeddingConfig
from quatrain.layers.feedforward import MLPConfig
from quatrain.layers.norms import LayerNormConfig
from quatrain.mixers import MixerConfig
from quatrain.models.backbones import TextEncoderConfig
from quatrain.models.classifier import ClassifierConfig
from quatrain.models.presets import mixers_of
from quatrain.positions import NoInputConfig, SinusoidalConfig

TextClassifier = Callable[[int, tuple[str, ...], int, int, int, int], ClassifierConfig]
"""(vocab_size, classes, d_model, n_layers, n_heads, max_seq_len) -> config."""


def dan(
    vocab_size: int, classes: tuple[str, ...], d_model: int, n_layers: int, n_heads: int, max_seq_len: int
) -> ClassifierConfig:
    """Deep averaging network: Iyyer et al. 2015: the mean of the words' vectors, then a feed-forward network."""
    encoder = TextEncoderConfig(
        vocab_size=vocab_size,
        d_model=d_model,
        n_layers=0,
        max_seq_len=max_seq_len,
        norm_place="post",
        embedding=EmbeddingConfig(std=0.1),
        token_dropout=0.3,
    )
    return ClassifierConfig(
        backbone=encoder, n_classes=len(classes), classes=classes, hidden=True, activation="relu", dropout=0.3,
        init_std=d_model**-0.5,
    )  # fmt: skip


def encoded(
    mixer: MixerConfig, vocab_size: int, classes: tuple[str, ...], d_model: int, n_layers: int, max_seq_len: int
) -> ClassifierConfig:
    """Blocks around any mixer, read both ways, the mean of all positions, and a layer behind it.

    What keeps small data from being learned by heart was chosen by measurement (docs/classification.md).
    """
    encoder = TextEncoderConfig(
        vocab_size=vocab_size,
        d_model=d_model,
        n_layers=n_layers,
        max_seq_len=max_seq_len,
        mixer=mixer.ahead(),
        ffn=MLPConfig(activation="relu2"),
        norm=LayerNormConfig(),
        position=SinusoidalConfig() if mixer.needs_position else NoInputConfig(),
        embedding=EmbeddingConfig(std=0.1),
        embedding_norm=True,
        dropout=0.5,
        token_dropout=0.3,
        init_std=0.5 * d_model**-0.5,
        zero_init=True,
    )
    return ClassifierConfig(
        backbone=encoder, n_classes=len(classes), classes=classes, hidden=True, dropout=0.5, label_smoothing=0.1,
        init_std=0.5 * d_model**-0.5,
    )  # fmt: skip


WITHOUT_BLOCKS: dict[str, TextClassifier] = {"dan": dan}
"""Words for models older than blocks."""


def text_classifier(word: str) -> TextClassifier:
    """What a word for `--model` stands for: blocks around a mixer, a hybrid (words joined by `+`), or older.

    Raises:
        ConfigError: nothing is called that; the message names what is nearest.
    """
    if word in WITHOUT_BLOCKS:
        return WITHOUT_BLOCKS[word]
    mixer = mixers_of(word, WITHOUT_BLOCKS)

    def build(
        vocab_size: int, classes: tuple[str, ...], d_model: int, n_layers: int, n_heads: int, max_seq_len: int
    ) -> ClassifierConfig:
        return encoded(mixer(n_heads, max_seq_len), vocab_size, classes, d_model, n_layers, max_seq_len)

    return build
