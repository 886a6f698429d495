"""Named architectures: each a function from the numbers that matter to a complete config."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from quatrain.errors import ConfigError, suggest
from quatrain.layers.embedding import EmbeddingConfig, NGramEmbeddingConfig
from quatrain.layers.feedforward import GatedConfig, MLPConfig
from quatrain.layers.heads import HeadConfig, SampledHeadConfig
from quatrain.layers.norms import LayerNormConfig, RMSNormConfig
from quatrain.mixers import (
    AttentionConfig,
    ConvolutionConfig,
    CycleConfig,
    GatedDeltaConfig,
    GRUConfig,
    HyenaConfig,
    LinearAttentionConfig,
    LSTMConfig,
    MixerConfig,
    PointwiseConfig,
    PoolingConfig,
    RNNConfig,
)
from quatrain.mixers.scores import NormedScoreConfig
from quatrain.models.causal_lm import CausalLMConfig
from quatrain.models.feedforward_lm import FeedForwardLMConfig
from quatrain.positions import LearnedConfig, NoAttentionConfig, NoInputConfig, RotaryConfig, SinusoidalConfig

SMALL_VOCABULARY = 512
"""Up to here tokens are characters or bytes."""
LARGE_VOCABULARY = 8192
"""From here on a softmax over all tokens costs more than the blocks of a small model."""


def modern(
    vocab_size: int, d_model: int = 256, n_layers: int = 4, n_heads: int = 4, max_seq_len: int = 256
) -> CausalLMConfig:
    """Our default, chosen by measurement (docs/benchmarks.md): what learns most in a given time on a small machine.

    Rotary positions, normed queries and keys, squared ReLU, LayerNorm without gains, branches that start at zero, and
    n-gram embeddings. A large vocabulary is tied, starts from its neighbours in the text, and is learned by a sample.
    """
    plain_norm = LayerNormConfig(affine=False)
    is_large = vocab_size > LARGE_VOCABULARY
    return CausalLMConfig(
        vocab_size=vocab_size,
        d_model=d_model,
        n_layers=n_layers,
        max_seq_len=max_seq_len,
        mixer=AttentionConfig(n_heads=n_heads, score=NormedScoreConfig(norm=plain_norm)),
        ffn=MLPConfig(activation="relu2"),
        norm=plain_norm,
        embedding=_ngrams(vocab_size),
        embedding_norm=True,
        tied=is_large,
        head=SampledHeadConfig() if is_large else HeadConfig(),
        neighbour_start=0.1 if is_large else 0.0,
        init_std=0.5 * d_model**-0.5,
        zero_init=True,
    )


def _ngrams(vocab_size: int) -> NGramEmbeddingConfig:
    """Longer ones of characters than of pieces and words, whose n-grams are rarer and soon learned by heart."""
    if vocab_size <= SMALL_VOCABULARY:
        return NGramEmbeddingConfig(std=0.5, orders=(2, 3, 4, 5, 6), n_rows=98_304, min_count=4, dropout=0.2)
    orders = (2,) if vocab_size > LARGE_VOCABULARY else (2, 3)
    return NGramEmbeddingConfig(std=0.5, orders=orders, n_rows=32_768, min_count=5, dropout=0.3)


def gpt2(
    vocab_size: int = 50_257, d_model: int = 768, n_layers: int = 12, n_heads: int = 12, max_seq_len: int = 1024
) -> CausalLMConfig:
    """GPT-2: Radford et al. 2019.

    The defaults are the 124M model (124,439,808 parameters).
    """
    return CausalLMConfig(
        vocab_size=vocab_size,
        d_model=d_model,
        n_layers=n_layers,
        max_seq_len=max_seq_len,
        mixer=AttentionConfig(n_heads=n_heads, position=NoAttentionConfig(), bias=True),
        ffn=MLPConfig(activation="gelu_tanh", bias=True),
        norm=LayerNormConfig(eps=1e-5, bias=True),
        position=LearnedConfig(),
        tied=True,
    )


def llama(
    vocab_size: int = 32_000, d_model: int = 256, n_layers: int = 4, n_heads: int = 8, max_seq_len: int = 1024
) -> CausalLMConfig:
    """Llama: Touvron et al. 2023, https://arxiv.org/abs/2302.13971: RMSNorm, rotary, SwiGLU, no biases."""
    return CausalLMConfig(
        vocab_size=vocab_size,
        d_model=d_model,
        n_layers=n_layers,
        max_seq_len=max_seq_len,
        mixer=AttentionConfig(n_heads=n_heads, position=RotaryConfig()),
        ffn=GatedConfig(activation="silu"),
        norm=RMSNormConfig(eps=1e-5),
        tied=False,
    )


def qwen3(
    vocab_size: int = 32_000, d_model: int = 256, n_layers: int = 4, n_heads: int = 8, max_seq_len: int = 1024
) -> CausalLMConfig:
    """Qwen3: Yang et al. 2025, https://arxiv.org/abs/2505.09388: Llama with normed queries and keys, tied."""
    llama_like = llama(vocab_size, d_model, n_layers, n_heads, max_seq_len)
    mixer = AttentionConfig(
        n_heads=n_heads,
        position=RotaryConfig(theta=1_000_000.0),
        score=NormedScoreConfig(norm=RMSNormConfig(affine=True, eps=1e-6)),
    )
    return llama_like.replace(mixer=mixer, norm=RMSNormConfig(eps=1e-6), tied=True)


def plain(mixer: MixerConfig, vocab_size: int, d_model: int, n_layers: int, max_seq_len: int) -> CausalLMConfig:
    """The blocks of `modern` around any mixer, with one vector a token: what the mixers are compared in."""
    plain_norm = LayerNormConfig(affine=False)
    return CausalLMConfig(
        vocab_size=vocab_size,
        d_model=d_model,
        n_layers=n_layers,
        max_seq_len=max_seq_len,
        mixer=mixer,
        ffn=MLPConfig(activation="relu2"),
        norm=plain_norm,
        position=SinusoidalConfig() if mixer.needs_position else NoInputConfig(),
        embedding=EmbeddingConfig(std=0.5),
        embedding_norm=True,
        tied=False,
        init_std=0.5 * d_model**-0.5,
        zero_init=True,
    )


def dan(
    vocab_size: int, d_model: int = 256, n_layers: int = 1, n_heads: int = 1, max_seq_len: int = 256
) -> FeedForwardLMConfig:
    """Deep averaging network: Iyyer et al. 2015: the mean of all embeddings so far, then a feed-forward network."""
    return FeedForwardLMConfig(vocab_size=vocab_size, d_model=d_model, d_hidden=4 * d_model, n_layers=2)


def bengio(
    vocab_size: int, d_model: int = 256, n_layers: int = 1, n_heads: int = 1, max_seq_len: int = 256
) -> FeedForwardLMConfig:
    """Bengio et al. 2003: a feed-forward network over the last four tokens, a learned 5-gram."""
    window = ConvolutionConfig(width=4, depthwise=False, gated=False, dilation_growth=1)
    return FeedForwardLMConfig(vocab_size=vocab_size, d_model=d_model, d_hidden=4 * d_model, mixer=window)


Mixed = Callable[[int, int], MixerConfig]
"""(n_heads, max_seq_len) -> the mixer."""

SHARP = NormedScoreConfig(norm=LayerNormConfig(affine=True))
"""Normed queries and keys with gains: without them no score is above sqrt(d_head), too flat for a thousand keys."""

SEQUENCE_MIXERS: dict[str, Mixed] = {
    "transformer": lambda n_heads, _: AttentionConfig(n_heads=n_heads, score=SHARP),
    "window": lambda n_heads, max_seq_len: AttentionConfig(
        n_heads=n_heads, score=SHARP, window=max(max_seq_len // 8, 8)
    ),
    "lstm": lambda *_: LSTMConfig(),
    "gru": lambda *_: GRUConfig(),
    "rnn": lambda *_: RNNConfig(),
    "conv": lambda *_: ConvolutionConfig(),
    "pool": lambda *_: PoolingConfig(),
    "linear": lambda n_heads, _: LinearAttentionConfig(n_heads=n_heads),
    "delta": lambda n_heads, _: GatedDeltaConfig(n_heads=n_heads),
    "hyena": lambda _, max_seq_len: HyenaConfig(filter_len=max_seq_len),
    "mlp": lambda *_: PointwiseConfig(),
}
"""Words for stacks of the same blocks that differ in what moves information between positions."""

ALIASES = {"attention": "transformer", "pointwise": "mlp"}
"""Words of MIXERS for the same in a pattern."""

Preset = Callable[[int, int, int, int, int], CausalLMConfig]

PRESETS: dict[str, Preset] = {"modern": modern, "gpt2": gpt2, "llama": llama, "qwen3": qwen3}
"""Words for `--model`; (vocab_size, d_model, n_layers, n_heads, max_seq_len) -> config."""

Architecture = Callable[[int, int, int, int, int], CausalLMConfig | FeedForwardLMConfig]

WITHOUT_BLOCKS: dict[str, Architecture] = {"dan": dan, "bengio": bengio}
"""Words for models older than blocks."""


def architecture(word: str) -> Architecture:
    """What a word for `--model` stands for: a preset, blocks around a mixer, a hybrid (words joined by `+`), or older.

    Raises:
        ConfigError: nothing is called that; the message names what is nearest.
    """
    whole: dict[str, Architecture] = {**PRESETS, **WITHOUT_BLOCKS}
    if word in whole:
        return whole[word]
    mixer = mixers_of(word, [*whole, "ngram"])

    def build(vocab_size: int, d_model: int, n_layers: int, n_heads: int, max_seq_len: int) -> CausalLMConfig:
        return plain(mixer(n_heads, max_seq_len), vocab_size, d_model, n_layers, max_seq_len)

    return build


def mixers_of(word: str, whole: Iterable[str]) -> Mixed:
    """What a word of `SEQUENCE_MIXERS`, or several joined by `+`, stand for: a mixer, or a pattern of them.

    Args:
        whole: words that stand for whole models, which could have been meant.

    Raises:
        ConfigError: nothing is called that; the message names what is nearest.
    """
    parts = parts_of(word)
    unknown = [part for part in parts if part not in SEQUENCE_MIXERS]
    if unknown:
        known = [*SEQUENCE_MIXERS, *ALIASES] if len(parts) > 1 else [*whole, *SEQUENCE_MIXERS]
        where = f" in the pattern {word}" if len(parts) > 1 else ""
        raise ConfigError(f"no model is called {unknown[0]!r}{where}. {suggest(unknown[0], known)}")

    def build(n_heads: int, max_seq_len: int) -> MixerConfig:
        mixers = tuple(SEQUENCE_MIXERS[part](n_heads, max_seq_len) for part in parts)
        return mixers[0] if len(mixers) == 1 else CycleConfig(mixers=mixers)

    return build


def parts_of(word: str) -> list[str]:
    """The architectures in a word, each under the first of its names.

    Example:
        >>> parts_of("hyena+attention")
        ['hyena', 'transformer']
    """
    return [ALIASES.get(part, part) for part in word.replace(",", "+").split("+")]


def fitting_heads(d_model: int, d_head: int = 64) -> int:
    """The number of heads whose width is even and nearest to `d_head`."""
    counts = [n for n in range(1, d_model // 2 + 1) if d_model % n == 0 and d_model // n % 2 == 0]
    return min(counts, key=lambda n: abs(d_model / n - d_head), default=1)
