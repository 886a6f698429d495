"""Encoders of text, bare and under the heads that tell something of a text."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from quatrain.data.framing import MASKS, Framing
from quatrain.data.tokenizers import Tokenizer
from quatrain.interop.bodies import BodyKind, body_of, vectors_of
from quatrain.interop.kind import MOST_POSITIONS, ROWS, ConfigT, Vocabulary
from quatrain.layers.embedding import EmbeddingConfig
from quatrain.models import (
    Classifier,
    ClassifierConfig,
    Embedder,
    EmbedderConfig,
    MaskedLM,
    MaskedLMConfig,
    ModelConfig,
    TaggerConfig,
)
from quatrain.models.backbones import TextEncoder, TextEncoderConfig
from quatrain.models.encoders import ENCODERS


class EncoderKind(BodyKind[ConfigT]):
    """A text encoder, whatever stands on it."""

    body_type = TextEncoderConfig
    frames = True

    def at_rest(self, config: ConfigT) -> ConfigT:
        """Whole tokens stay, too."""
        body = body_of(config)
        assert isinstance(body, TextEncoderConfig)
        embedding = body.embedding.replace(std=EmbeddingConfig().std)
        return super().at_rest(config.replace(backbone=body.replace(embedding=embedding, token_dropout=0.0)))

    def vocabularies(self, config: ConfigT) -> list[Vocabulary]:
        """One."""
        body = body_of(config)
        assert isinstance(body, TextEncoderConfig)
        return [Vocabulary("tokenizer.json", "", body.vocab_size)]

    def tokenizer_settings(self, config: ConfigT, tokenizer: Tokenizer) -> dict[str, Any]:
        """What frames a text, pads it and hides tokens of it, and what of a text the model reads."""
        body = body_of(config)
        assert isinstance(body, TextEncoderConfig)
        bound = {} if body.max_seq_len is None else {"model_max_length": body.max_seq_len}
        segments = ["token_type_ids"] if body.n_segments > 1 else []
        return special_tokens(tokenizer) | bound | {"model_input_names": ["input_ids", *segments, "attention_mask"]}

    def token_settings(self, config: ConfigT, tokenizer: Tokenizer) -> dict[str, Any]:
        """What pads."""
        return {"pad_token_id": Framing(tokenizer).pad_id}

    def draw(
        self, body: TextEncoder, theirs: Any, generator: torch.Generator
    ) -> tuple[tuple[Tensor | None, ...], dict[str, Tensor]]:
        """One row of it is padded; with two segments where the encoder tells some apart."""
        seq_len = min(body.max_seq_len or MOST_POSITIONS, MOST_POSITIONS)
        tokens, pad_id = (
            torch.randint(body.vocab_size, (ROWS, seq_len), generator=generator),
            theirs.config.pad_token_id,
        )
        mask = torch.arange(seq_len) < torch.tensor([[seq_len], [seq_len // 2 + 1]])
        tokens = tokens.where(tokens != pad_id, (tokens + 1) % body.vocab_size)  # some count positions without it
        tokens = tokens.where(mask, 0 if pad_id is None else pad_id)
        named = {"input_ids": tokens, "attention_mask": mask.long()}
        if body.segments is None:
            return (tokens, mask, None), named
        segments = torch.arange(seq_len).ge(seq_len // 3).long().clamp(max=len(body.segments.weight) - 1)
        segments = segments.expand(ROWS, -1)
        return (tokens, mask, segments), named | {"token_type_ids": segments}


class EmbedderKind(EncoderKind[EmbedderConfig]):
    """No head."""

    config_type = EmbedderConfig
    auto_class = "AutoModel"
    task = "embed"
    train = "quatrain train DATA --task masked --model bert"

    def presets(self) -> dict[str, EmbedderConfig]:
        """Encoders that a person can train."""
        return {word: EmbedderConfig(backbone=encoder) for word, encoder in _encoders().items()}

    def answers(self, model: nn.Module, inputs: tuple[Any, ...], theirs: Any) -> tuple[Tensor, Tensor]:
        """Vectors, and what the pooler makes of the first ones."""
        assert isinstance(model, Embedder)
        return vectors_of(model, inputs, theirs, inputs[1])


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
        """Started at random."""
        return super().at_rest(config).replace(neighbour_start=0.0)

    def presets(self) -> dict[str, MaskedLMConfig]:
        """Encoders that a person can train, with a head like their blocks."""
        return {
            word: MaskedLMConfig(backbone=encoder, activation=encoder.ffn.activation, norm=encoder.norm)
            for word, encoder in _encoders().items()
        }

    def answers(self, model: nn.Module, inputs: tuple[Any, ...], theirs: Any) -> tuple[Tensor, Tensor]:
        """Logits of tokens."""
        return model(*inputs)[inputs[1]], theirs.logits[inputs[1]]


class PreTrainingKind(MaskedKind):
    """A head that tells hidden tokens, and one that tells whether the second text follows on the first."""

    auto_class = "AutoModelForPreTraining"

    def holds(self, config: ModelConfig) -> bool:
        """One that is asked both."""
        return EncoderKind.holds(self, config) and isinstance(config, MaskedLMConfig) and config.next_sentence

    def presets(self) -> dict[str, MaskedLMConfig]:
        """The same with both heads."""
        return {word: config.replace(next_sentence=True) for word, config in super().presets().items()}

    def answers(self, model: nn.Module, inputs: tuple[Any, ...], theirs: Any) -> tuple[Tensor, Tensor]:
        """Logits of tokens, then those of what follows."""
        assert isinstance(model, MaskedLM)
        assert model.next_head is not None, "its config says that it is asked"
        vectors, mask = model.backbone(*inputs).vectors, inputs[1]
        mine = (model.head(vectors)[mask], model.next_head(vectors))
        expected = (theirs.prediction_logits[mask], theirs.seq_relationship_logits)
        return torch.cat([part.flatten() for part in mine]), torch.cat([part.flatten() for part in expected])


class ClassifierKind(EncoderKind[ClassifierConfig]):
    """A head that tells the class of a text."""

    config_type = ClassifierConfig
    auto_class = "AutoModelForSequenceClassification"
    task = "classify"
    train = "quatrain train DATA --from RUN_OF_A_BERT --set model.pooling=first --set model.hidden=true"

    def at_rest(self, config: ClassifierConfig) -> ClassifierConfig:
        """Without dropout and smoothing."""
        return super().at_rest(config).replace(dropout=0.0, label_smoothing=0.0)

    def presets(self) -> dict[str, ClassifierConfig]:
        """None by a word: those that can go start from an encoder."""
        return {}

    def answers(self, model: nn.Module, inputs: tuple[Any, ...], theirs: Any) -> tuple[Tensor, Tensor]:
        """Logits of classes."""
        assert isinstance(model, Classifier)
        return model(*inputs), theirs.logits


class TaggerKind(EncoderKind[TaggerConfig]):
    """A head that tells the tag of each word."""

    config_type = TaggerConfig
    auto_class = "AutoModelForTokenClassification"
    task = "tag"
    train = "quatrain train DATA --from RUN_OF_A_BERT --set model.head=softmax"

    def at_rest(self, config: TaggerConfig) -> TaggerConfig:
        """Without dropout."""
        return super().at_rest(config).replace(dropout=0.0)

    def presets(self) -> dict[str, TaggerConfig]:
        """None by a word: those that can go start from an encoder."""
        return {}

    def answers(self, model: nn.Module, inputs: tuple[Any, ...], theirs: Any) -> tuple[Tensor, Tensor]:
        """Scores of tags."""
        return model(*inputs)[inputs[1]], theirs.logits[inputs[1]]


def _encoders() -> dict[str, TextEncoderConfig]:
    """Words for encoders, each with a small config of it."""
    return {word: encoder(9, 8, 1, 2, 8) for word, encoder in ENCODERS.items()}


def special_tokens(tokenizer: Tokenizer) -> dict[str, str]:
    """Their words for the tokens that start a text, end it, pad it, hide another and stand for what is unknown."""
    framing, backend = Framing(tokenizer), tokenizer.backend
    frame = framing.frame([""])[0].tokens.tolist()
    ids = {"cls_token": frame[0], "sep_token": frame[-1], "pad_token": framing.pad_id}
    named = {word: str(backend.id_to_token(token)) for word, token in ids.items()}
    special = {entry.content for entry in backend.get_added_tokens_decoder().values() if entry.special}
    unknown = getattr(backend.model, "unk_token", None)
    others = dict.fromkeys(MASKS, "mask_token") | {unknown: "unk_token"}
    return named | {word: str(token) for token, word in others.items() if token in special}


EMBEDDER, MASKED, PRETRAINING = EmbedderKind(), MaskedKind(), PreTrainingKind()
CLASSIFIER, TAGGER = ClassifierKind(), TaggerKind()
