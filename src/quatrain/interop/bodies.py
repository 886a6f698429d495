"""What models have in common that read an example whole: a body made of blocks, and a head on it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from quatrain.interop.kind import ConfigT, Kind, Shapes
from quatrain.mixers import AttentionConfig
from quatrain.models import Embedder, ModelConfig
from quatrain.models.backbones import TextEncoderConfig, ViTConfig

FIRST = "backbone.stack.blocks.0."

Body = TextEncoderConfig | ViTConfig


class BodyKind(Kind[ConfigT]):
    """A body that looks both ways, whatever stands on it."""

    body_type: ClassVar[type[Body]]
    """What reads the examples."""
    is_encoder_decoder = False
    use = "quatrain predict"
    adds_eos = False

    def holds(self, config: ModelConfig) -> bool:
        """A model of this kind on such a body."""
        return super().holds(config) and isinstance(body_of(config), self.body_type)

    def settled(self, config: ConfigT) -> ConfigT:
        """With the widths of heads and feed-forward layers written out, as it starts and trains by default."""
        body = body_of(config)
        mixer, d_ff = body.mixer, self.shapes(config)[f"{FIRST}ffn.down_proj.weight"][1]
        assert isinstance(mixer, AttentionConfig), "anything else is a stranger"
        mixer = mixer.replace(
            n_kv_heads=mixer.n_kv_heads or mixer.n_heads,
            d_head=mixer.d_head or body.d_model // mixer.n_heads,
            dropout=0.0,
        )
        plain = body.replace(mixer=mixer, ffn=body.ffn.replace(d_ff=d_ff), dropout=0.0, zero_init=False)
        return self.at_rest(config.replace(backbone=plain))

    def at_rest(self, config: ConfigT) -> ConfigT:
        """The same body and head without what acts in training only."""
        return config.replace(init_std=body_of(config).init_std)

    def stranger(self, config: ConfigT) -> str | None:
        """A mixer other than attention, or no blocks."""
        body = body_of(config)
        if not body.n_layers:
            return "no blocks"
        return None if isinstance(body.mixer, AttentionConfig) else body.mixer.kind

    def row_sizes(self, shapes: Shapes) -> dict[str, int]:
        """q, kv and ff, read off the first block."""
        q = shapes[f"{FIRST}mixer.out_proj.weight"][1]
        kv = (shapes[f"{FIRST}mixer.qkv_proj.weight"][0] - q) // 2
        return {"q": q, "kv": kv, "ff": shapes[f"{FIRST}ffn.down_proj.weight"][1]}

    def side_settings(self, config: ConfigT, eos_id: int) -> dict[str, Any]:
        """Nothing: no text is written."""
        return {}

    def logits(self, model: nn.Module, theirs: Any, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """What the head says of a random batch."""
        inputs, named = self.draw(model.backbone, theirs, generator)
        return self.answers(model, inputs, theirs(**named))

    @abstractmethod
    def draw(
        self, body: Any, theirs: Any, generator: torch.Generator
    ) -> tuple[tuple[Tensor | None, ...], dict[str, Tensor]]:
        """A random batch: the inputs of a body, and the same as `transformers` names them."""

    @abstractmethod
    def answers(self, model: nn.Module, inputs: tuple[Any, ...], theirs: Any) -> tuple[Tensor, Tensor]:
        """What the model says of a batch, and the same of what `transformers` gave for it; nothing of padding."""


def vectors_of(
    model: Embedder, inputs: tuple[Any, ...], theirs: Any, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Vectors, those of padding left out, and what the pooler makes of the first ones."""
    vectors, expected = model(*inputs).vectors, theirs.last_hidden_state
    kept = torch.ones(vectors.shape[:2], dtype=torch.bool) if mask is None else mask
    if model.pooler is None:
        return vectors[kept], expected[kept]
    pooled = model.pooler(vectors[:, 0]).tanh()
    return torch.cat([vectors[kept], pooled]), torch.cat([expected[kept], theirs.pooler_output])


def body_of(config: Any) -> Body:
    """The body of a model on one."""
    body: Body = config.backbone
    return body
