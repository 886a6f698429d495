"""Everything the laws are asked of. A new mixer or model is one line here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn

from quatrain.layers.embedding import EmbeddingConfig, NGramEmbeddingConfig
from quatrain.layers.feedforward import GatedConfig, MLPConfig
from quatrain.layers.heads import HeadConfig, SampledHeadConfig
from quatrain.layers.norms import BatchNormConfig, LayerNormConfig, RMSNormConfig
from quatrain.layers.start import TokenStartConfig, ZeroStartConfig
from quatrain.mixers import (
    AdditiveAttentionConfig,
    AttentionConfig,
    BothWaysConfig,
    ConvolutionConfig,
    CrossAttentionConfig,
    CrossMixerConfig,
    CycleConfig,
    FixedVectorConfig,
    GatedDeltaConfig,
    GRUConfig,
    HyenaConfig,
    LinearAttentionConfig,
    LSTMConfig,
    Mixer,
    MixerConfig,
    PointwiseConfig,
    PoolingConfig,
    RNNConfig,
    TokenMLPConfig,
)
from quatrain.mixers.scores import CosineScoreConfig, DotScoreConfig, NormedScoreConfig
from quatrain.models import (
    CausalLMConfig,
    ConditionalModel,
    DecoderConfig,
    EncoderConfig,
    EncoderDecoder,
    EncoderDecoderConfig,
    MaskedLM,
    MaskedLMConfig,
    MixtureConfig,
    ModelConfig,
    NGramConfig,
    SequenceModel,
)
from quatrain.models.backbones import (
    ConvNetConfig,
    FCNConfig,
    ImageBackboneConfig,
    LinearSeriesConfig,
    SeriesBackboneConfig,
    SeriesEncoderConfig,
    TextEncoderConfig,
    ViTConfig,
)
from quatrain.models.encoders import encoder_of
from quatrain.models.presets import PRESETS, SEQUENCE_MIXERS, WITHOUT_BLOCKS, architecture
from quatrain.models.translators import TRANSLATORS, translator_of
from quatrain.positions import (
    AlibiConfig,
    GridSinusoidalConfig,
    LearnedConfig,
    LectureSinusoidalConfig,
    NoAttentionConfig,
    NoInputConfig,
    OneHotConfig,
    RelativeOneHotConfig,
    RotaryConfig,
    SinusoidalConfig,
    T5RelativeConfig,
)

D_MODEL, VOCAB, MAX_SEQ_LEN = 12, 7, 12
SRC_VOCAB = 9


def attention(**settings: object) -> AttentionConfig:
    """Attention of three heads unless told otherwise."""
    return AttentionConfig(**{"n_heads": 3, **settings})


CAUSAL_MIXERS: dict[str, MixerConfig] = {
    "multi_head": attention(),
    "grouped": attention(n_heads=6, n_kv_heads=2, d_head=4),
    "multi_query": attention(n_kv_heads=1),
    "biased": attention(bias=True),
    "window": attention(window=3),
    "window_of_one": attention(window=1),
    "window_grouped_alibi": attention(n_heads=4, n_kv_heads=2, window=4, position=AlibiConfig()),
    "cosine": attention(score=CosineScoreConfig()),
    "qk_norm": attention(score=NormedScoreConfig()),
    "qk_norm_gains": attention(score=NormedScoreConfig(norm=RMSNormConfig(affine=True))),
    "hard": attention(hard=True),
    "no_position": attention(position=NoAttentionConfig()),
    "half_rotary": attention(position=RotaryConfig(fraction=0.5)),
    "alibi": attention(position=AlibiConfig()),
    "t5": attention(position=T5RelativeConfig(n_buckets=6, max_distance=5)),
    "dot": attention(score=DotScoreConfig()),
    "relative": attention(position=RelativeOneHotConfig(clip=2)),
    "rnn": RNNConfig(),
    "lstm": LSTMConfig(),
    "lstm_wide": LSTMConfig(d_hidden=17, bptt=4),
    "gru": GRUConfig(d_hidden=8),
    "conv": ConvolutionConfig(width=3),
    "conv_dilated": ConvolutionConfig(width=3, dilation=2),
    "conv_far": ConvolutionConfig(width=2, dilation=8),
    "conv_of_one": ConvolutionConfig(width=1),
    "conv_plain": ConvolutionConfig(gated=False),
    "conv_full": ConvolutionConfig(width=3, dilation=2, depthwise=False),
    "conv_full_plain": ConvolutionConfig(width=2, depthwise=False, gated=False),
    "pool_mean": PoolingConfig(),
    "pool_max": PoolingConfig(pool="max"),
    "pool_attention": PoolingConfig(pool="attention"),
    "pool_mean_window": PoolingConfig(window=3),
    "pool_max_window": PoolingConfig(pool="max", window=4),
    "pool_attention_window": PoolingConfig(pool="attention", window=7),
    "pool_window_of_one": PoolingConfig(window=1),
    "pointwise": PointwiseConfig(),
    "linear": LinearAttentionConfig(n_heads=3),
    "linear_wide": LinearAttentionConfig(n_heads=2, d_head=5),
    "delta": GatedDeltaConfig(),
    "delta_bare": GatedDeltaConfig(n_heads=2, d_head=5, conv_width=0, gate=False),
    "hyena": HyenaConfig(filter_len=8),
    "hyena_3": HyenaConfig(order=3, filter_len=30, filter_width=7, filter_layers=1, filter_bands=2, bias=False),
}
"""Mixers that hide the future."""
LOOKAHEAD_MIXERS: dict[str, MixerConfig] = {
    "attention": attention(causal=False),
    "attention_window": attention(causal=False, window=2),
    "attention_relative": attention(causal=False, position=RelativeOneHotConfig(clip=2)),
    "conv": ConvolutionConfig(width=3, causal=False),
    "conv_even": ConvolutionConfig(dilation=2, causal=False),
    "conv_full": ConvolutionConfig(width=5, depthwise=False, causal=False),
    "lstm": LSTMConfig(causal=False),
    "gru": GRUConfig(d_hidden=6, bptt=4, causal=False),
    "rnn": RNNConfig(causal=False),
    "both_ways_linear": BothWaysConfig(mixer=LinearAttentionConfig(n_heads=3)),
    "both_ways_delta": BothWaysConfig(mixer=GatedDeltaConfig()),
    "both_ways_hyena": BothWaysConfig(mixer=HyenaConfig(filter_len=8)),
    "token_mlp": TokenMLPConfig(n_positions=MAX_SEQ_LEN, d_hidden=5),
    "pool_mean": PoolingConfig(causal=False),
    "pool_max": PoolingConfig(pool="max", causal=False),
    "pool_attention": PoolingConfig(pool="attention", causal=False),
    "pool_mean_window": PoolingConfig(window=4, causal=False),
    "pool_max_window": PoolingConfig(pool="max", window=5, causal=False),
    "pool_attention_window": PoolingConfig(pool="attention", window=3, causal=False),
}
"""Mixers that see the whole sequence."""


def model(**settings: object) -> CausalLMConfig:
    """A small decoder."""
    base = {"d_model": D_MODEL, "n_layers": 2, "max_seq_len": MAX_SEQ_LEN, "mixer": attention()}
    return CausalLMConfig(vocab_size=VOCAB, **{**base, **settings})


def preset(name: str) -> CausalLMConfig:
    """A preset at this size, tables of n-grams included."""
    config = PRESETS[name](VOCAB, D_MODEL, 2, 3, MAX_SEQ_LEN)
    if isinstance(config.embedding, NGramEmbeddingConfig):
        return config.replace(embedding=config.embedding.replace(n_rows=50, min_count=1, dropout=0.0))
    return config


NO_ATTENTION_POSITION = attention(position=NoAttentionConfig())

MODELS: dict[str, ModelConfig] = {
    **{f"preset_{name}": preset(name) for name in PRESETS},
    "plain": model(),
    "learned": model(position=LearnedConfig(), mixer=NO_ATTENTION_POSITION),
    "sinusoidal": model(position=SinusoidalConfig(), mixer=NO_ATTENTION_POSITION),
    "sinusoidal_halves": model(position=SinusoidalConfig(layout="halves"), mixer=NO_ATTENTION_POSITION),
    "t5_shared": model(mixer=attention(position=T5RelativeConfig(n_buckets=6, max_distance=5, shared=True))),
    "lecture": model(position=LectureSinusoidalConfig(), mixer=NO_ATTENTION_POSITION),
    "onehot": model(position=OneHotConfig(), mixer=NO_ATTENTION_POSITION),
    "window": model(mixer=attention(window=3), max_seq_len=None),
    "lstm": model(mixer=LSTMConfig(), max_seq_len=None),
    "conv": model(mixer=ConvolutionConfig(width=2), max_seq_len=None),
    "hybrid": model(mixer=CycleConfig(mixers=(attention(window=3), PointwiseConfig())), n_layers=3),
    "rmsnorm": model(norm=RMSNormConfig()),
    "norm_without_gain": model(norm=LayerNormConfig(affine=False)),
    "batchnorm": model(norm=BatchNormConfig()),
    "post_norm": model(norm_place="post"),
    "gated": model(ffn=GatedConfig(d_ff=20)),
    "mlp_relu2_biased": model(ffn=MLPConfig(d_ff=20, activation="relu2", bias=True)),
    "untied": model(tied=False),
    "scaled_embedding": model(embedding=EmbeddingConfig(scale=3.0)),
    "ngram_embedding": model(embedding=NGramEmbeddingConfig(orders=(2, 4), n_rows=50, min_count=1, dropout=0.0)),
    "dropout": model(dropout=0.3),
    "sampled_head": model(head=SampledHeadConfig(n_frequent=3, n_sampled=2)),
    "head_scale": model(head=HeadConfig(scale=0.3, label_smoothing=0.2)),
    "head_bias": model(head=HeadConfig(bias=True), tied=False, neighbour_start=0.1),
    **{f"plain_{word}": architecture(word)(VOCAB, D_MODEL, 2, 3, MAX_SEQ_LEN) for word in SEQUENCE_MIXERS},
    **{word: build(VOCAB, D_MODEL, 2, 3, MAX_SEQ_LEN) for word, build in WITHOUT_BLOCKS.items()},
    "ngram": NGramConfig(vocab_size=VOCAB, order=4, start_token=0),
    "mixture": MixtureConfig(
        vocab_size=VOCAB, members=(model(), NGramConfig(vocab_size=VOCAB, order=3, start_token=0))
    ),
    "ngram_without_start": NGramConfig(vocab_size=VOCAB, order=3),
}

ABSOLUTE = {"preset_gpt2", "learned", "sinusoidal", "sinusoidal_halves", "lecture", "onehot", "plain_linear"}
"""Models whose input tells a token's place in the row, so that packing a document moves it."""
COUNTED = {"ngram", "ngram_without_start"}
"""Models that are counted, not trained by gradients."""


def translator(word: str, **changes: object) -> EncoderDecoderConfig:
    """A translator at this size, with a vocabulary a side."""
    config = translator_of(word)(VOCAB, SRC_VOCAB, D_MODEL, 2, 3, MAX_SEQ_LEN)
    return config.replace(**changes)


def stacks(mixer: MixerConfig, cross: CrossMixerConfig | None = None, **changes: object) -> EncoderDecoderConfig:
    """An encoder-decoder of two layers each with this mixer and cross mixer."""
    return EncoderDecoderConfig(
        vocab_size=VOCAB,
        src_vocab_size=SRC_VOCAB,
        d_model=D_MODEL,
        encoder=EncoderConfig(n_layers=2, mixer=mixer.ahead()),
        decoder=DecoderConfig(n_layers=2, mixer=mixer, cross=cross or CrossAttentionConfig(n_heads=3)),
        **changes,
    )


CONDITIONAL_MODELS: dict[str, EncoderDecoderConfig] = {
    **{word.replace("-", "_"): translator(word) for word in TRANSLATORS},
    **{f"around_{word}": translator(word) for word in SEQUENCE_MIXERS},
    "hybrid": translator("gru+conv"),
    "one_vocabulary": translator("translator", src_vocab_size=None),
    "one_vocabulary_untied": translator("translator", src_vocab_size=None, tied=False),
    "without_bounds": translator("translator", max_src_len=None, max_seq_len=None),
    "rotary_grouped": stacks(attention(), CrossAttentionConfig(n_heads=6, n_kv_heads=2, d_head=4)),
    "relative": stacks(attention(position=RelativeOneHotConfig(clip=2))),
    "qk_norm": stacks(attention(), CrossAttentionConfig(n_heads=3, score=NormedScoreConfig())),
    "cosine": stacks(attention(), CrossAttentionConfig(n_heads=3, score=CosineScoreConfig())),
    "hard": stacks(attention(), CrossAttentionConfig(n_heads=3, hard=True)),
    "fixed_of_everything": stacks(attention(), FixedVectorConfig()),
    "additive_narrow": stacks(attention(), AdditiveAttentionConfig(d_attention=5)),
    "bottleneck_attention": stacks(attention(), FixedVectorConfig(), bridge="last"),
    "start_zero": stacks(attention(), start=ZeroStartConfig()),
    "start_token": stacks(attention(), start=TokenStartConfig(token=2)),
    "learned": stacks(NO_ATTENTION_POSITION, position=LearnedConfig()),
    "ngram_embedding": stacks(
        attention(), embedding=NGramEmbeddingConfig(orders=(2, 4), n_rows=50, min_count=1, dropout=0.0)
    ),
    "sampled_head": stacks(attention(), head=SampledHeadConfig(n_frequent=3, n_sampled=2)),
    "embedding_norm": stacks(attention(), embedding_norm=True, norm=RMSNormConfig()),
}
"""Models of a target given a source."""


def text_encoder(word: str, **changes: object) -> TextEncoderConfig:
    """An encoder at this size; every weight of it starts away from zero."""
    return encoder_of(word)(VOCAB, D_MODEL, 2, 3, MAX_SEQ_LEN).replace(**{"zero_init": False, **changes})


def masked(word: str, *, tied: bool = True, next_sentence: bool = True, **changes: object) -> MaskedLMConfig:
    """A masked language model at this size."""
    return MaskedLMConfig(backbone=text_encoder(word, **changes), tied=tied, next_sentence=next_sentence)


ENCODED_MODELS: dict[str, MaskedLMConfig] = {
    "encoder": masked("encoder"),
    "bert": masked("bert", dropout=0.0, mixer=attention(causal=False, position=NoAttentionConfig(), bias=True)),
    **{f"around_{word}": masked(word) for word in SEQUENCE_MIXERS},
    "hybrid": masked("gru+conv"),
    "without_segments": masked("encoder", n_segments=0),
    "without_pairs": masked("encoder", next_sentence=False),
    "untied": masked("encoder", tied=False),
    "without_bound": masked("encoder", max_seq_len=None),
    "ngram_embedding": masked(
        "encoder", embedding=NGramEmbeddingConfig(orders=(2, 4), n_rows=50, min_count=1, dropout=0.0)
    ),
    "norm_with_gains": masked("encoder", norm=RMSNormConfig(affine=True)),
    "post_norm": masked("encoder", norm_place="post"),
}
"""Models that read a text whole."""
PLACED = {"bert", "around_linear"}
"""Encoders whose input tells a token's place in the row, so that packing a document moves it."""

IMAGE_SIZE, N_CHANNELS = (7, 6), 3


def patches(mixer: MixerConfig, **settings: object) -> ViTConfig:
    """Blocks on patches of which the last ones stand over the edge."""
    base = {"image_size": IMAGE_SIZE, "n_channels": N_CHANNELS, "patch_size": (2, 3), "d_model": D_MODEL}
    return ViTConfig(**{**base, "mixer": mixer, "std": (0.2, 0.3, 0.4), "mean": (0.5, 0.4, 0.3), **settings})


def convnet(**settings: object) -> ConvNetConfig:
    """A small one."""
    return ConvNetConfig(**{"image_size": IMAGE_SIZE, "n_channels": N_CHANNELS, "widths": (3, 4, 5), **settings})


IMAGE_BACKBONES: dict[str, ImageBackboneConfig] = {
    "vit": patches(attention(causal=False, position=NoAttentionConfig(), bias=True), class_token=True),
    "vit_grid": patches(attention(causal=False, position=NoAttentionConfig()), position=GridSinusoidalConfig()),
    "vit_grid_class": patches(attention(causal=False), position=GridSinusoidalConfig(), class_token=True),
    "vit_post_norm": patches(attention(causal=False), norm_place="post", embedding_norm=True, ffn=GatedConfig(d_ff=20)),
    "vit_hybrid": patches(CycleConfig(mixers=(attention(causal=False), PointwiseConfig())), n_layers=3),
    "mlp_mixer": patches(TokenMLPConfig(n_positions=8, d_hidden=5), position=NoInputConfig()),
    "lstm_rows": patches(LSTMConfig(causal=False), patch_size=(1, 6)),
    "gru": patches(GRUConfig(d_hidden=6, causal=False)),
    "conv": patches(ConvolutionConfig(width=3, causal=False)),
    "hyena": patches(BothWaysConfig(mixer=HyenaConfig(filter_len=8))),
    "convnet": convnet(),
    "convnet_vgg": convnet(n_blocks=0, activation="gelu"),
    "convnet_deep": convnet(widths=(3, 5), n_blocks=2),
}
"""What reads pictures."""


INPUT_LEN, N_COLUMNS = 11, 2
SHAPE = {"input_len": INPUT_LEN, "n_columns": N_COLUMNS, "mean": (0.5, -3.0), "std": (0.2, 4.0)}


def moments(mixer: MixerConfig, **settings: object) -> SeriesEncoderConfig:
    """Blocks over the moments of a window, a vector for each."""
    return SeriesEncoderConfig(**{**SHAPE, "d_model": D_MODEL, "readout": "each", "mixer": mixer, **settings})


SERIES_BACKBONES: dict[str, SeriesBackboneConfig] = {
    "attention": moments(attention(causal=False), position=SinusoidalConfig()),
    "patches": moments(attention(causal=False), patch_len=4, stride=2, position=LearnedConfig()),
    "patches_by_column": moments(attention(causal=False), patch_len=4, stride=3, by_column=True),
    "last": moments(attention(causal=False), readout="last"),
    "all": moments(GRUConfig(causal=False), readout="all"),
    "lstm": moments(LSTMConfig(causal=False)),
    "conv": moments(ConvolutionConfig(width=3, causal=False)),
    "hyena": moments(BothWaysConfig(mixer=HyenaConfig(filter_len=INPUT_LEN))),
    "fcn": FCNConfig(**SHAPE, widths=(3, 4, 5)),
    "fcn_of_four": FCNConfig(**SHAPE, widths=(3, 4, 5, 3), kernels=(5, 3, 3, 1), activation="gelu"),
    "linear": LinearSeriesConfig(**SHAPE, width=3),
}
"""What reads windows of series."""


def observe(module: SequenceModel | ConditionalModel, generator: torch.Generator) -> None:
    """Let a model count a text."""
    tokens = torch.randint(1, VOCAB, (90,), generator=generator)
    starts = torch.tensor([0, 30, 55])
    tokens[starts] = 0
    module.observe(tokens, starts, generator)


ModuleT = TypeVar("ModuleT", bound=nn.Module)


def as_if_trained(module: ModuleT, generator: torch.Generator) -> ModuleT:
    """In float64, evaluating, every weight random (some start at 0 or 1, hiding faults)."""
    module.double()
    with torch.no_grad():
        for weight in module.parameters():
            weight.normal_(std=0.5, generator=generator)
        for part in module.modules():
            if hasattr(part, "running_var"):
                part.running_mean.normal_(generator=generator)
                part.running_var.uniform_(0.5, 2.0, generator=generator)
    return module.eval()


@dataclass(frozen=True)
class Subject:
    """A mixer or a model under the laws: both answer the same calls."""

    name: str
    config: MixerConfig | ModelConfig

    def build(self) -> Mixer | SequenceModel:
        """As training starts it."""
        return self.config.build(D_MODEL) if isinstance(self.config, MixerConfig) else self.config.build()

    def ready(self, seed: int = 0) -> Mixer | SequenceModel:
        """As if trained."""
        module, generator = self.build(), torch.Generator().manual_seed(seed)
        if isinstance(module, SequenceModel):
            observe(module, generator)
        return as_if_trained(module, generator)

    def draw(self, batch: int, seq: int, seed: int = 1) -> Tensor:
        """An input: vectors for a mixer, tokens for a model."""
        generator = torch.Generator().manual_seed(seed)
        if isinstance(self.config, MixerConfig):
            return torch.randn(batch, seq, D_MODEL, dtype=torch.float64, generator=generator)
        return torch.randint(VOCAB, (batch, seq), generator=generator)

    def loss(self, module: nn.Module, x: Tensor) -> Tensor:
        """Something every output has a part in."""
        if isinstance(module, SequenceModel):
            return module.token_losses(x, x.roll(-1, dims=1)).sum()
        weights = torch.linspace(-1, 2, x[0].numel(), dtype=x.dtype).view_as(x[0])
        return (module(x) * weights).sum()

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class PairSubject:
    """A conditional model under the laws."""

    name: str
    config: EncoderDecoderConfig

    def ready(self, seed: int = 0) -> EncoderDecoder:
        """As if trained."""
        model, generator = self.config.build(), torch.Generator().manual_seed(seed)
        observe(model, generator)
        return as_if_trained(model, generator)

    def src(self, batch: int, seq: int, seed: int = 2) -> Tensor:
        """Sources."""
        size = self.config.src_vocab_size or VOCAB
        return torch.randint(size, (batch, seq), generator=torch.Generator().manual_seed(seed))

    def tgt(self, batch: int, seq: int, seed: int = 1) -> Tensor:
        """Targets."""
        return torch.randint(VOCAB, (batch, seq), generator=torch.Generator().manual_seed(seed))

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class EncodedSubject:
    """A masked language model under the laws."""

    name: str
    config: MaskedLMConfig

    def ready(self, seed: int = 0) -> MaskedLM:
        """As if trained."""
        model, generator = self.config.build(), torch.Generator().manual_seed(seed)
        tokens = torch.randint(1, VOCAB, (90,), generator=generator)
        model.observe(tokens, torch.tensor([0]), generator)
        return as_if_trained(model, generator)

    def draw(self, batch: int, seq: int, seed: int = 1) -> Tensor:
        """Tokens."""
        return torch.randint(VOCAB, (batch, seq), generator=torch.Generator().manual_seed(seed))

    def __str__(self) -> str:
        return self.name


MIXER_SUBJECTS = [Subject(f"mixer-{name}", config) for name, config in CAUSAL_MIXERS.items()]
LOOKAHEAD_SUBJECTS = [Subject(f"lookahead-{name}", config) for name, config in LOOKAHEAD_MIXERS.items()]
MODEL_SUBJECTS = [Subject(name, config) for name, config in MODELS.items()]
SUBJECTS = MIXER_SUBJECTS + MODEL_SUBJECTS
TRAINED = [subject for subject in SUBJECTS if subject.name not in COUNTED]
ENCODED_SUBJECTS = [EncodedSubject(name, config) for name, config in ENCODED_MODELS.items()]
PAIR_SUBJECTS = [PairSubject(name, config) for name, config in CONDITIONAL_MODELS.items()]
