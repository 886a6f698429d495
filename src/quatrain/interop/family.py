"""What a family of Hugging Face models is to us: a translation of settings and a map of weights, both ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import torch

from quatrain.config import Config
from quatrain.errors import ConfigError, ConversionError
from quatrain.interop.maps import KeyMap
from quatrain.interop.settings import Settings
from quatrain.layers.feedforward import ACTIVATIONS
from quatrain.mixers import AttentionConfig
from quatrain.models import CausalLM, CausalLMConfig

PartT = TypeVar("PartT", bound=Config)

THEIR_ACTIVATIONS = {
    "gelu_new": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "gelu": "gelu",
    "relu": "relu",
    "relu2": "relu2",
    "silu": "silu",
    "swish": "silu",
    "tanh": "tanh",
    "sigmoid": "sigmoid",
}

IGNORED_SETTINGS = (
    "_name_or_path",
    "architectures",
    "attention_dropout",
    "attn_pdrop",
    "bos_token_id",
    "chunk_size_feed_forward",
    "dtype",
    "embd_pdrop",
    "eos_token_id",
    "gradient_checkpointing",
    "id2label",
    "is_llama_config",
    "label2id",
    "model_type",
    "n_ctx",
    "num_labels",
    "output_attentions",
    "output_hidden_states",
    "pad_token_id",
    "pretraining_tp",
    "problem_type",
    "reorder_and_upcast_attn",
    "resid_pdrop",
    "return_dict",
    "summary_activation",
    "summary_first_dropout",
    "summary_proj_to_labels",
    "summary_type",
    "summary_use_proj",
    "task_specific_params",
    "torch_dtype",
    "torchscript",
    "transformers.js_config",
    "transformers_version",
    "use_cache",
)
"""What changes nothing a trained model computes; dropout acts in training only, where a recipe sets it."""


@dataclass(frozen=True)
class Family:
    """One `model_type` of `transformers`."""

    model_type: str
    architecture: str
    """The class named in config.json."""
    prefix: str
    """What old files leave out in front of every name but the head's."""
    key_map: KeyMap
    ignored_weights: tuple[str, ...]
    """Patterns of stored tensors that are constants, not weights."""
    read: Callable[[Settings], CausalLMConfig]
    """Their settings to ours; refuses what we have no part for."""
    write: Callable[[CausalLMConfig, AttentionConfig], dict[str, Any]]
    """Our settings, settled, to theirs; what they have no word for is left out."""

    def config(self, values: Mapping[str, Any], source: str) -> CausalLMConfig:
        """Our config for a config.json, settled.

        Raises:
            ConversionError: a setting cannot be carried over.
        """
        settings = Settings(values, source)
        settings.insist("is_encoder_decoder", False)
        try:
            config = settled(self.read(settings))
        except ConfigError as error:
            raise ConversionError(f"{source}: these settings fit no model: {error}") from None
        settings.finish(IGNORED_SETTINGS)
        return config

    def settings(self, config: CausalLMConfig) -> dict[str, Any]:
        """The config.json of a config; `obstacles` says whether it stands for the same model."""
        assert isinstance(config.mixer, AttentionConfig)
        common = {"architectures": [self.architecture], "model_type": self.model_type, "dtype": "float32"}
        return common | self.write(config, config.mixer)

    def obstacles(self, config: CausalLMConfig) -> list[str]:
        """What of a settled config this family has no words for: the settings that do not survive the way
        there and back. A gain or bias that only the family has is none: ones and zeros stand for it.
        """
        try:
            back = self.config(self.settings(config), self.model_type)
        except ConversionError as error:
            return [str(error)]
        return [
            f"{name} is {_word(mine)} ({self.model_type}: {_word(theirs)})"
            for name, mine, theirs in _differences(config.to_dict(), back.to_dict())
            if not (name.endswith((".affine", ".bias")) and theirs is True)
        ]


def blank_model(config: CausalLMConfig) -> CausalLM:
    """The model without memory for its weights: shapes only."""
    with torch.device("meta"):
        return config.build()


def shapes(config: CausalLMConfig) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a model's weights, a shared one once."""
    return {name: tuple(weight.shape) for name, weight in blank_model(config).named_parameters()}


def settled(config: CausalLMConfig) -> CausalLMConfig:
    """The same trained model with every derived width written out and what acts in training only at rest."""
    d_ff = shapes(config)["blocks.0.ffn.down_proj.weight"][1]
    mixer = config.mixer
    if isinstance(mixer, AttentionConfig):
        mixer = mixer.replace(
            n_kv_heads=mixer.n_kv_heads or mixer.n_heads,
            d_head=mixer.d_head or config.d_model // mixer.n_heads,
            dropout=0.0,
        )
    return config.replace(mixer=mixer, ffn=config.ffn.replace(d_ff=d_ff), dropout=0.0, zero_init=False)


def row_sizes(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, int]:
    """The rows that the words of key maps stand for, read off the first block's shapes."""
    q, ff = shapes["blocks.0.mixer.out_proj.weight"][1], shapes["blocks.0.ffn.down_proj.weight"][1]
    return {"q": q, "kv": (shapes["blocks.0.mixer.qkv_proj.weight"][0] - q) // 2, "ff": ff}


def as_kind(part: Config, kind: type[PartT]) -> PartT:
    """The part if it is of this kind, else the kind's own default."""
    return part if type(part) is kind else kind()


def read_activation(settings: Settings, name: str, default: str) -> str:
    """Our word for their activation.

    Raises:
        ConversionError: we have none.
    """
    word = settings.take(name, str, default)
    if word not in THEIR_ACTIVATIONS:
        raise settings.refusal(f"{name}={word!r}", f"its activations are {', '.join(sorted(ACTIVATIONS))}")
    return THEIR_ACTIVATIONS[word]


def write_activation(word: str) -> str:
    """Their word for our activation."""
    return next(theirs for theirs, ours in THEIR_ACTIVATIONS.items() if ours == word)


def _differences(mine: Mapping[str, Any], theirs: Mapping[str, Any], path: str = "") -> list[tuple[str, Any, Any]]:
    """(dotted name, mine, theirs) where two configs differ; parts of different kinds are one difference."""
    found = []
    for name, value in mine.items():
        other = theirs[name]
        if isinstance(value, dict) and isinstance(other, dict) and value["kind"] == other["kind"]:
            found += _differences(value, other, f"{path}{name}.")
        elif value != other:
            found.append((f"{path}{name}", value, other))
    return found


def _word(value: Any) -> str:
    return str(value["kind"]) if isinstance(value, dict) else "null" if value is None else str(value)
