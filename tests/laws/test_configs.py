"""Whatever a config holds, it comes back from a dictionary, from TOML and from dotted settings as it was."""

from __future__ import annotations

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from pydantic import BeforeValidator

import quatrain.api
import quatrain.comparison
import quatrain.interop  # noqa: F401  (with api and comparison: every config there is)
from quatrain.config import Config, override, read_toml
from quatrain.data import DataConfig, LabelledConfig, MaskedConfig, PairsConfig, SeriesConfig, TaggedConfig
from quatrain.data.config import ImagesConfig, LabelledSeriesConfig
from quatrain.data.tasks import TASKS
from quatrain.errors import ConfigError
from quatrain.layers.pooling import LastPoolingConfig
from quatrain.models import CausalLMConfig, ClassifierConfig, TaggerConfig
from quatrain.models.backbones import LanguageBodyConfig
from quatrain.models.body import body_config
from quatrain.models.embedder import EmbedderConfig
from quatrain.training import TrainConfig
from quatrain.training.config import TransferConfig
from quatrain.training.optim import OPTIMISERS

from .variants import (
    CAUSAL_MIXERS,
    CONDITIONAL_MODELS,
    ENCODED_MODELS,
    IMAGE_BACKBONES,
    LOOKAHEAD_MIXERS,
    MODELS,
    SERIES_BACKBONES,
    VOCAB,
    model,
)

BODIES = {name: LanguageBodyConfig(lm=lm) for name, lm in MODELS.items() if isinstance(lm, CausalLMConfig)}
BACKBONES = {
    **{f"language-{name}": body for name, body in BODIES.items()},
    **{f"text-{name}": lm.backbone for name, lm in ENCODED_MODELS.items()},
    **{f"image-{name}": backbone for name, backbone in IMAGE_BACKBONES.items()},
    **{f"series-{name}": backbone for name, backbone in SERIES_BACKBONES.items()},
}
ALL_MODELS = {
    **MODELS,
    **{f"conditional-{name}": config for name, config in CONDITIONAL_MODELS.items()},
    **{f"masked-{name}": config for name, config in ENCODED_MODELS.items()},
    **{f"lookahead-{name}": model(mixer=mixer) for name, mixer in {**CAUSAL_MIXERS, **LOOKAHEAD_MIXERS}.items()},
    **{f"classifier-{name}": ClassifierConfig(backbone=body, n_classes=3) for name, body in BACKBONES.items()},
    **{f"tagger-{name}": TaggerConfig(backbone=body, tags=("O", "B-x")) for name, body in BODIES.items()},
    **{f"embedder-{name}": EmbedderConfig(backbone=body) for name, body in BODIES.items()},
}
DATA = {
    "text": DataConfig(path="x"),
    "masked": MaskedConfig(path="x"),
    "pairs": PairsConfig(path="x"),
    "labelled": LabelledConfig(path="x"),
    "series": SeriesConfig(path="x"),
    "windows": LabelledSeriesConfig(path="x"),
    "images": ImagesConfig(path="x"),
    "tagged": TaggedConfig(path="x"),
    **{name: task() for name, task in TASKS.items()},
}
PLAIN = TrainConfig(data=DataConfig(path="x"), model=model(), transfer=TransferConfig(path="runs/a", how="lora"))
RECIPES = {
    **{name: PLAIN.replace(model=config) for name, config in ALL_MODELS.items()},
    **{f"data-{name}": PLAIN.replace(data=data) for name, data in DATA.items()},
    **{f"optim-{name}": PLAIN.replace(optim=optim()) for name, optim in OPTIMISERS.items()},
}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())
def test_a_recipe_survives_dictionaries_files_and_settings(recipe: TrainConfig, tmp_path: Path) -> None:
    assert TrainConfig.from_dict(recipe.to_dict()) == recipe
    (tmp_path / "recipe.toml").write_text(recipe.to_toml(), encoding="utf-8")
    assert TrainConfig.from_dict(read_toml(tmp_path / "recipe.toml")) == recipe
    assert override(recipe, ["train.seed=0"]) == recipe
    for part in (recipe.data, recipe.model, recipe.optim):
        assert type(part).from_dict(part.to_dict()) == part


def _subclasses(cls: type[Config]) -> Iterator[type[Config]]:
    for sub in cls.__subclasses__():
        if sub.__module__.startswith("quatrain."):
            yield sub
            yield from _subclasses(sub)


def _bare(annotation: Any) -> Iterator[type[Config]]:
    """Classes of configs that an annotation names without a table of words."""
    if get_origin(annotation) is Annotated:
        first, *others = get_args(annotation)
        if not any(isinstance(other, BeforeValidator) for other in others):
            yield from _bare(first)
    elif get_origin(annotation) in (Union, types.UnionType, tuple):
        for part in get_args(annotation):
            yield from _bare(part)
    elif isinstance(annotation, type) and issubclass(annotation, Config):
        yield annotation


EVERY = sorted({*_subclasses(Config)}, key=lambda cls: f"{cls.__module__}.{cls.__name__}")


@pytest.mark.parametrize("cls", EVERY, ids=lambda cls: cls.__name__)
def test_where_no_table_of_words_stands_one_class_alone_may(cls: type[Config]) -> None:
    for name, field in cls.model_fields.items():
        if any(isinstance(other, BeforeValidator) for other in field.metadata):
            continue
        for part in _bare(field.annotation):
            assert not [*_subclasses(part)], f"{name}: no word in a file says which {part.__name__} is meant"


def test_another_word_where_one_class_alone_may_stand_is_refused() -> None:
    recipe = PLAIN.replace(model=ClassifierConfig(backbone=BODIES["plain"], n_classes=3, pooling=LastPoolingConfig()))
    said = r"model\.backbone\.lm\.kind: 'ngram' cannot stand here, only 'causal_lm'"
    with pytest.raises(ConfigError, match=said):
        override(recipe, ["model.backbone.lm.kind=ngram"])
    assert override(recipe, ["model.backbone.lm.dropout=0.5"]).model.backbone.lm.dropout == 0.5
    with pytest.raises(ConfigError, match=r"model\.backbone\.lm\.drpout: no setting has this name. Did you mean"):
        override(recipe, ["model.backbone.lm.drpout=0.5"])


def test_only_a_decoder_among_language_models_has_a_body() -> None:
    for name, config in MODELS.items():
        if name in BODIES:
            assert body_config(config) == BODIES[name]
            assert BODIES[name].build().vocab_size == VOCAB
        else:
            with pytest.raises(ConfigError, match="has no body that another model could start from"):
                body_config(config)
