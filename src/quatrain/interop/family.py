"""What a family of Hugging Face models is to us: a translation of settings and a map of weights, both ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from torch import Tensor

from quatrain.config import Config
from quatrain.data.tokenizers import END_OF_TEXT
from quatrain.errors import ConfigError, ConversionError
from quatrain.interop.kind import ConfigT, Kind
from quatrain.interop.maps import KeyMap, Weights
from quatrain.interop.settings import Settings
from quatrain.layers.feedforward import ACTIVATIONS

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
    "_num_labels",
    "activation_dropout",
    "add_bias_logits",
    "architectures",
    "attention_dropout",
    "attention_probs_dropout_prob",
    "attn_pdrop",
    "bos_token_id",
    "chunk_size_feed_forward",
    "classif_dropout",
    "classifier_dropout",
    "decoder_layerdrop",
    "do_sample",
    "dropout",
    "dropout_rate",
    "directionality",
    "dtype",
    "early_stopping",
    "embd_pdrop",
    "encoder_layerdrop",
    "eos_token_id",
    "encoder_stride",
    "extra_pos_embeddings",
    "finetuning_task",
    "force_bos_token_to_be_generated",
    "forced_eos_token_id",
    "gradient_checkpointing",
    "hidden_dropout_prob",
    "id2label",
    "init_std",
    "initializer_factor",
    "is_llama_config",
    "label2id",
    "length_penalty",
    "max_length",
    "min_length",
    "model_type",
    "n_ctx",
    "no_repeat_ngram_size",
    "num_beams",
    "num_labels",
    "output_attentions",
    "output_hidden_states",
    "output_past",
    "pad_token_id",
    "pooler_fc_size",
    "pooler_num_attention_heads",
    "pooler_num_fc_layers",
    "pooler_size_per_head",
    "pooler_type",
    "prefix",
    "pretraining_tp",
    "problem_type",
    "qa_dropout",
    "reorder_and_upcast_attn",
    "resid_pdrop",
    "return_dict",
    "seq_classif_dropout",
    "summary_activation",
    "summary_first_dropout",
    "summary_proj_to_labels",
    "summary_type",
    "summary_use_proj",
    "task_specific_params",
    "tie_weights_",
    "tokenizer_class",
    "torch_dtype",
    "torchscript",
    "transformers.js_config",
    "transformers_version",
    "use_cache",
)
"""What changes nothing a trained model computes; dropout acts in training only, where a recipe sets it, and beams and
lengths are chosen when a text is written."""


@dataclass(frozen=True, kw_only=True)
class Family(Generic[ConfigT]):
    """One `model_type` of `transformers`."""

    model_type: str
    architecture: str
    """The class named in config.json."""
    kind: Kind[ConfigT]
    prefix: str
    """What old files leave out in front of every name but the head's."""
    key_map: Callable[[ConfigT], KeyMap]
    """Our names to theirs, for the model of a settled config."""
    copies: Callable[[ConfigT], Mapping[str, str]]
    """Tensors that files may store although they are another one: its name."""
    constants: Callable[[ConfigT], Mapping[str, Tensor]] = lambda _: {}
    """Tensors that files may store although they are computed: their values."""
    stores_constants: bool = False
    """Whether their own files do."""
    ignored_weights: tuple[str, ...] = ()
    """Patterns of stored tensors that change nothing."""
    read: Callable[[Settings], ConfigT]
    """Their settings to ours; refuses what we have no part for."""
    write: Callable[[ConfigT], dict[str, Any]]
    """Our settings, settled, to theirs; what they have no word for is left out."""
    end: str = END_OF_TEXT
    """The token that ends a text where their files name none."""
    pad_id: int | None = None
    """The only token that can pad; None: any."""
    remarks: Callable[[ConfigT], list[str]] = lambda _: []
    """What someone who exports such a model should be told."""

    def config(self, values: Mapping[str, Any], source: str, weights: Weights | None = None) -> ConfigT:
        """Our config for a config.json, settled.

        Args:
            weights: what lies beside it, for what only they tell; None: as if they were what it says.
        Raises:
            ConversionError: a setting cannot be carried over.
        """
        settings = Settings(values, source, weights)
        settings.insist("is_encoder_decoder", self.kind.is_encoder_decoder)
        try:
            config = self.kind.settled(self.read(settings))
        except ConfigError as error:
            raise ConversionError(f"{source}: these settings fit no model: {error}") from None
        settings.finish(IGNORED_SETTINGS)
        return config

    def settings(self, config: ConfigT) -> dict[str, Any]:
        """The config.json of a config; `obstacles` says whether it stands for the same model."""
        common = {"architectures": [self.architecture], "model_type": self.model_type, "dtype": "float32"}
        return common | self.write(config)

    def obstacles(self, config: ConfigT, pad_id: int | None = None) -> list[str]:
        """What of a settled config this family has no words for: the settings that do not survive the way
        there and back. A gain or bias that only the family has is none: ones and zeros stand for it.

        Args:
            pad_id: the token that pads; None: it is not known.
        """
        if None not in (pad_id, self.pad_id) and pad_id != self.pad_id:
            return [f"token {pad_id} pads ({self.model_type}: token {self.pad_id})"]
        try:
            back = self.respelt(config)
        except ConversionError as error:
            return [str(error).removesuffix(".")]
        return [
            f"{name} is {_word(mine)} ({self.model_type}: {_word(theirs)})"
            for name, mine, theirs in _differences(config.to_dict(), back.to_dict())
            if not (name.endswith((".affine", ".bias")) and theirs is True)
        ]

    def respelt(self, config: ConfigT) -> ConfigT:
        """A settled config on the way there and back.

        Raises:
            ConversionError: what the family makes of it fits no model.
        """
        eos_id = -1  # no tokenizer is at hand, and no other token may be taken for it
        beside = self.kind.side_settings(config, eos_id)
        read = {word: value for word, value in beside.items() if word in self.kind.side_words}
        return self.config(self.settings(config) | read, self.model_type)


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
        if isinstance(value, dict) and isinstance(other, dict) and value.get("kind") == other.get("kind"):
            found += _differences(value, other, f"{path}{name}.")
        elif value != other:
            found.append((f"{path}{name}", value, other))
    return found


def _word(value: Any) -> str:
    return str(value["kind"]) if isinstance(value, dict) else "null" if value is None else str(value)
