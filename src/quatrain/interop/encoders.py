"""Text encoders, bare and under the heads that tell something of a text."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import torch
from jaxtyping import Bool, Int
from torch import Tensor, nn

from quatrain.data.framing import Framing
from quatrain.data.tokenizers import Tokenizer
from quatrain.interop.kind import MOST_POSITIONS, ROWS, ConfigT, Kind, Shapes, Vocabulary
from quatrain.mixers import AttentionConfig
from quatrain.models import (
    Classifier,
    ClassifierConfig,
    Embedder,
    EmbedderConfig,
    MaskedLM,
    MaskedLMConfig,
    ModelConfig,
)
from quatrain.models.backbones import TextEncoderConfig
from quatrain.models.encoders import ENCODERS

PREFIX = "backbone.stack.blocks.0."


class EncoderKind(Kind[ConfigT]):
    """A text encoder, whatever stands on it."""

    is_encoder_decoder = False
    use = "quatrain predict"
    adds_eos = False
    frames = True

    def holds(self, config: ModelConfig) -> bool:
        """A model of this kind on a text encoder."""
        return super().holds(config) and isinstance(_body(config), TextEncoderConfig)

    def settled(self, config: ConfigT) -> ConfigT:
        """With the widths of heads and feed-forward layers written out, and as it starts and trains by default."""
        body = _body(config)
        d_ff = self.shapes(config)[f"{PREFIX}ffn.down_proj.weight"][1]
        mixer = body.mixer
        if isinstance(mixer, AttentionConfig):
            mixer = mixer.replace(
                n_kv_heads=mixer.n_kv_heads or mixer.n_heads,
                d_head=mixer.d_head or body.d_model // mixer.n_heads,
                dropout=0.0,
            )
        start = TextEncoderConfig(vocab_size=1)
        plain = body.replace(
            mixer=mixer,
            ffn=body.ffn.replace(d_ff=d_ff),
            embedding=body.embedding.replace(std=start.embedding.std),
            dropout=0.0,
            zero_init=False,
        )
        return self.at_rest(config.replace(backbone=plain))

    def at_rest(self, config: ConfigT) -> ConfigT:
        """The same head as it starts and trains by default."""
        return config

    def stranger(self, config: ConfigT) -> str | None:
        """A mixer other than attention."""
        mixer = _body(config).mixer
        return None if isinstance(mixer, AttentionConfig) else mixer.kind

    def row_sizes(self, shapes: Shapes) -> dict[str, int]:
        """q, kv and ff, read off the first block."""
        q = shapes[f"{PREFIX}mixer.out_proj.weight"][1]
        kv = (shapes[f"{PREFIX}mixer.qkv_proj.weight"][0] - q) // 2
        return {"q": q, "kv": kv, "ff": shapes[f"{PREFIX}ffn.down_proj.weight"][1]}

    def presets(self) -> dict[str, ConfigT]:
        """Encoders that a person can train, under this head."""
        return {word: self.on(preset(9, 8, 1, 2, 8)) for word, preset in ENCODERS.items()}

    @abstractmethod
    def on(self, body: TextEncoderConfig) -> ConfigT:
        """A model of this kind on an encoder, such as the families have."""

    def vocabularies(self, config: ConfigT) -> list[Vocabulary]:
        """One."""
        return [Vocabulary("tokenizer.json", "", _body(config).vocab_size)]

    def tokenizer_settings(self, config: ConfigT, tokenizer: Tokenizer) -> dict[str, Any]:
        """What frames a text, pads it and hides tokens of it."""
        body, frame = _body(config), Framing(tokenizer)
        named = {name: token for name, token in zip(NAMES, special_tokens(frame), strict=True) if token is not None}
        bound = {} if body.max_seq_len is None else {"model_max_length": body.max_seq_len}
        segments = ["token_type_ids"] if body.n_segments > 1 else []
        return named | bound | {"model_input_names": ["input_ids", *segments, "attention_mask"]}

    def token_settings(self, config: ConfigT, tokenizer: Tokenizer) -> dict[str, Any]:
        """What pads."""
        return {"pad_token_id": Framing(tokenizer).pad_id}

    def generation_settings(self, config: ConfigT, eos_id: int) -> dict[str, Any]:
        """Nothing is generated."""
        return {}

    def logits(self, model: nn.Module, theirs: Any, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Of a batch, one row of which is padded, with two segments where the encoder tells some apart."""
        body: Any = model.backbone
        seq_len = min(body.max_seq_len or MOST_POSITIONS, MOST_POSITIONS)
        tokens, pad_id = (
            torch.randint(body.vocab_size, (ROWS, seq_len), generator=generator),
            theirs.config.pad_token_id,
        )
        tokens = torch.where(tokens == pad_id, (tokens + 1) % body.vocab_size, tokens)
        mask = torch.arange(seq_len) < torch.tensor([[seq_len], [seq_len // 2 + 1]])
        if pad_id is not None and pad_id < body.vocab_size:
            tokens = tokens.where(mask, pad_id)
        named, segments = {"input_ids": tokens, "attention_mask": mask.long()}, None
        if body.segments is not None:
            n_segments = len(body.segments.weight)
            segments = (torch.arange(seq_len) >= seq_len // 3).long().clamp(max=n_segments - 1).expand(ROWS, -1)
            named["token_type_ids"] = segments
        return self.answers(model, (tokens, mask, segments), theirs(**named))

    @abstractmethod
    def answers(
        self,
        model: nn.Module,
        inputs: tuple[Int[Tensor, "batch seq"], Bool[Tensor, "batch seq"], Int[Tensor, "batch seq"] | None],
        theirs: Any,
    ) -> tuple[Tensor, Tensor]:
        """What the model says of a batch, and the same of what `transformers` gave for it; nothing of padding."""


NAMES = ("cls_token", "sep_token", "pad_token", "mask_token", "unk_token")


def special_tokens(frame: Framing) -> tuple[str | None, ...]:
    """The tokens that start a text, end it, pad it, hide a token and stand for what is unknown."""
    backend = frame.tokenizer.backend
    ids = frame.frame([""])[0].tokens
    unknown = getattr(backend.model, "unk_token", None)
    mask_id = frame.mask_id if frame.can_mask else None
    first, last = (int(ids[0]), int(ids[-1]))
    ends = (backend.id_to_token(token) for token in (first, last, frame.pad_id))
    mask = None if mask_id is None else backend.id_to_token(mask_id)
    return (*ends, mask, unknown if unknown and backend.token_to_id(unknown) is not None else None)


class EmbedderKind(EncoderKind[EmbedderConfig]):
    """No head."""

    config_type = EmbedderConfig
    auto_class = "AutoModel"
    task = "embed"
    train = "quatrain train DATA --task masked --model bert"

    def on(self, body: TextEncoderConfig) -> EmbedderConfig:
        """Bare."""
        return EmbedderConfig(backbone=body)

    def answers(self, model: nn.Module, inputs: Any, theirs: Any) -> tuple[Tensor, Tensor]:
        """Vectors, and what the pooler makes of the first ones."""
        assert isinstance(model, Embedder)
        vectors, mask = model(*inputs).vectors, inputs[1]
        mine, expected = [vectors[mask]], [theirs.last_hidden_state[mask]]
        if model.pooler is not None:
            mine.append(model.pooler(vectors[:, 0]).tanh())
            expected.append(theirs.pooler_output)
        return torch.cat(mine), torch.cat(expected)


class MaskedKind(EncoderKind[MaskedLMConfig]):
    """A head that tells hidden tokens."""

    config_type = MaskedLMConfig
    auto_class = "AutoModelForMaskedLM"
    task = "masked"
    train = "quatrain train DATA --task masked --model bert"

    def holds(self, config: ModelConfig) -> bool:
        """One that is not asked what follows on what."""
        return super().holds(config) and isinstance(config, MaskedLMConfig) and not config.next_sentence

    def at_rest(self, config: MaskedLMConfig) -> MaskedLMConfig:
        """Started at random, with the encoder's scale."""
        return config.replace(neighbour_start=0.0, init_std=config.backbone.init_std)

    def on(self, body: TextEncoderConfig) -> MaskedLMConfig:
        """With the norm and the activation of the encoder."""
        return MaskedLMConfig(backbone=body, activation=body.ffn.activation, norm=body.norm)

    def answers(self, model: nn.Module, inputs: Any, theirs: Any) -> tuple[Tensor, Tensor]:
        """Logits of tokens."""
        return model(*inputs)[inputs[1]], theirs.logits[inputs[1]]


class PreTrainingKind(MaskedKind):
    """A head that tells hidden tokens, and one that tells whether the second text follows on the first."""

    auto_class = "AutoModelForPreTraining"

    def holds(self, config: ModelConfig) -> bool:
        """One that is asked both."""
        return EncoderKind.holds(self, config) and isinstance(config, MaskedLMConfig) and config.next_sentence

    def on(self, body: TextEncoderConfig) -> MaskedLMConfig:
        """Both heads."""
        return super().on(body).replace(next_sentence=True)

    def answers(self, model: nn.Module, inputs: Any, theirs: Any) -> tuple[Tensor, Tensor]:
        """Logits of tokens, then those of what follows."""
        assert isinstance(model, MaskedLM) and model.next_head is not None
        vectors, mask = model.backbone(*inputs).vectors, inputs[1]
        follows = model.next_head(vectors)
        mine = torch.cat([model.head(vectors)[mask].flatten(), follows.flatten()])
        return mine, torch.cat([theirs.prediction_logits[mask].flatten(), theirs.seq_relationship_logits.flatten()])


class ClassifierKind(EncoderKind[ClassifierConfig]):
    """A head that tells the class of a text."""

    config_type = ClassifierConfig
    auto_class = "AutoModelForSequenceClassification"
    task = "classify"
    train = "quatrain train DATA --task classify --model bert"

    def at_rest(self, config: ClassifierConfig) -> ClassifierConfig:
        """Without dropout and smoothing, with the encoder's scale at the start."""
        return config.replace(dropout=0.0, label_smoothing=0.0, init_std=_body(config).init_std)

    def on(self, body: TextEncoderConfig) -> ClassifierConfig:
        """On the first vector, through a layer."""
        return ClassifierConfig(backbone=body, n_classes=2, pooling=FirstPoolingConfig(), hidden=True)

    def answers(self, model: nn.Module, inputs: Any, theirs: Any) -> tuple[Tensor, Tensor]:
        """Logits of classes."""
        assert isinstance(model, Classifier)
        return model(*inputs), theirs.logits


def _body(config: Any) -> TextEncoderConfig:
    body: TextEncoderConfig = config.backbone
    return body


EMBEDDER, MASKED, PRETRAINING, CLASSIFIER = EmbedderKind(), MaskedKind(), PreTrainingKind(), ClassifierKind()
