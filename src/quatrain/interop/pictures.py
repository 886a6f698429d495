"""Vision transformers, bare and under the head that tells what a picture shows."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from quatrain.data.tokenizers import Tokenizer
from quatrain.interop.bodies import BodyKind, body_of, vectors_of
from quatrain.interop.kind import ROWS, ConfigT, Vocabulary
from quatrain.models import Classifier, ClassifierConfig, Embedder, EmbedderConfig
from quatrain.models.backbones import ViT, ViTConfig
from quatrain.models.vision import PUBLISHED, VISION, Pictures, VisionSize, vision_model


class PictureKind(BodyKind[ConfigT]):
    """Patches of pictures, whatever stands on them."""

    body_type = ViTConfig
    side_file = "preprocessor_config.json"
    side_words = ("do_normalize", "do_rescale", "image_mean", "image_std", "rescale_factor")
    train = "quatrain train PICTURES --model vit --set model.backbone.class_token=true --set model.pooling=first"

    def at_rest(self, config: ConfigT) -> ConfigT:
        """With the scale of each channel written out."""
        body = body_of(config)
        assert isinstance(body, ViTConfig)
        each = {name: values * (body.n_channels // len(values)) for name, values in scale_of(body).items()}
        return super().at_rest(config.replace(backbone=body.replace(**each)))

    def vocabularies(self, config: ConfigT) -> list[Vocabulary]:
        """None."""
        return []

    def tokenizer_settings(self, config: ConfigT, tokenizer: Tokenizer) -> dict[str, Any]:
        """Nothing: there are no tokens."""
        return {}

    def token_settings(self, config: ConfigT, tokenizer: Tokenizer) -> dict[str, Any]:
        """Nothing: there are no tokens."""
        return {}

    def side_settings(self, config: ConfigT, eos_id: int) -> dict[str, Any]:
        """How a picture is brought to size and scale."""
        body = body_of(config)
        assert isinstance(body, ViTConfig)
        height, width = body.image_size
        return {
            "image_processor_type": "ViTImageProcessor",
            "do_resize": True,
            "size": {"height": height, "width": width},
            "do_rescale": True,
            "rescale_factor": 1 / 255,
            "do_normalize": True,
            **{f"image_{name}": list(values) for name, values in scale_of(body).items()},
        }

    def draw(
        self, body: ViT, theirs: Any, generator: torch.Generator
    ) -> tuple[tuple[Tensor | None, ...], dict[str, Tensor]]:
        """Pictures of noise."""
        dtype = body.embedding.proj.weight.dtype
        pixels = torch.rand(ROWS, body.n_channels, *body.image_size, generator=generator, dtype=dtype)
        return (pixels,), {"pixel_values": body.standardise(pixels)}


class PictureClassifierKind(PictureKind[ClassifierConfig]):
    """A head that tells what a picture shows."""

    config_type = ClassifierConfig
    auto_class = "AutoModelForImageClassification"
    task = "classify"

    def at_rest(self, config: ClassifierConfig) -> ClassifierConfig:
        """Without dropout and smoothing."""
        return super().at_rest(config).replace(dropout=0.0, label_smoothing=0.0)

    def presets(self) -> dict[str, ClassifierConfig]:
        """Words of `--model` for pictures."""
        size = VisionSize(d_model=8, n_layers=1, n_heads=2, patch_size=(4, 4))
        return {word: vision_model(word)(Pictures((32, 32), 1, 2), size) for word in (*VISION, *PUBLISHED)}

    def answers(self, model: nn.Module, inputs: tuple[Any, ...], theirs: Any) -> tuple[Tensor, Tensor]:
        """Logits of classes."""
        assert isinstance(model, Classifier)
        return model(*inputs), theirs.logits


class PictureEmbedderKind(PictureKind[EmbedderConfig]):
    """No head."""

    config_type = EmbedderConfig
    auto_class = "AutoModel"
    task = "embed"

    def presets(self) -> dict[str, EmbedderConfig]:
        """The bodies of those."""
        return {word: EmbedderConfig(backbone=config.backbone) for word, config in PICTURE_CLASSIFIER.presets().items()}

    def answers(self, model: nn.Module, inputs: tuple[Any, ...], theirs: Any) -> tuple[Tensor, Tensor]:
        """Vectors, and what the pooler makes of the first ones."""
        assert isinstance(model, Embedder)
        return vectors_of(model, inputs, theirs)


def scale_of(body: ViTConfig) -> dict[str, tuple[float, ...]]:
    """Mean and standard deviation of pixels."""
    return {"mean": body.mean, "std": body.std}


PICTURE_EMBEDDER, PICTURE_CLASSIFIER = PictureEmbedderKind(), PictureClassifierKind()
