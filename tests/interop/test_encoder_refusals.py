"""What of an encoder cannot be carried over is refused by name, with what to type next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from quatrain import __version__, interop
from quatrain.data.config import TokenizerConfig
from quatrain.data.tokenizers import Tokenizer
from quatrain.errors import ConversionError
from quatrain.interop.families import expressible
from quatrain.layers.pooling import FirstPoolingConfig
from quatrain.mixers import LSTMConfig
from quatrain.models import ClassifierConfig, EmbedderConfig, MaskedLMConfig, ModelConfig, TaggerConfig
from quatrain.models.backbones import ConvNetConfig, FCNConfig, LanguageBodyConfig
from quatrain.models.causal_lm import CausalLMConfig
from quatrain.models.encoders import bert, encoder
from quatrain.models.vision import Pictures, VisionSize, vit
from quatrain.runs import RunFolder, weights_of, write_tensors

from .encoders import TEXTS, SaveEncoder
from .test_refusals import change_weights, edit


@pytest.mark.parametrize(
    ("variant", "changes", "message"),
    [
        ("bert", {"position_embedding_type": "relative_key"}, "position_embedding_type='relative_key' changes"),
        ("bert", {"is_decoder": True}, "is_decoder=True changes"),
        ("bert", {"add_cross_attention": True}, "add_cross_attention=True changes"),
        ("bert", {"pruned_heads": {"0": [1]}}, "pruned_heads=.* changes"),
        ("bert", {"hidden_act": "mish"}, "hidden_act='mish' changes .* its activations are gelu"),
        ("bert", {"hidden_size": 25}, "these settings fit no model: n_heads=3 does not divide d_model=25"),
        ("bert", {"quantization_config": {"bits": 8}}, "no translation is known for quantization_config"),
        ("bert", {"auto_map": {"AutoModel": "x.Y"}}, "which brings code of its own"),
        ("bert", {"architectures": ["BertForQuestionAnswering"]}, "a BertForQuestionAnswering, whose head has no"),
        ("bert", {"architectures": ["BertForMaskedLM"]}, r"Missing: cls\.predictions"),
        ("bert-masked", {"tie_word_embeddings": False}, "tie_word_embeddings=False changes"),
        ("bert-classes", {"problem_type": "multi_label_classification"}, "problem_type='multi_label_classification'"),
        ("bert-classes", {"id2label": {"0": "score"}, "label2id": {"score": 0}}, "1 class changes"),
        ("bert-classes", {"id2label": {"0": "a", "2": "b"}}, "it needs a name for each of 0 to 1"),
        ("roberta", {"pad_token_id": 0}, "pad_token_id=0 changes"),
        ("roberta", {"position_embedding_type": "relative_key_query"}, "position_embedding_type="),
        ("distilbert", {"dim": ...}, "dim is not given"),
        ("vit", {"qkv_bias": False}, "qkv_bias=False changes"),
        ("vit", {"image_size": 10}, r"image_size=\(10, 10\) in patches of \(4, 4\) changes"),
        ("vit", {"image_size": [8, 8, 8]}, r"image_size=\[8, 8, 8\] changes"),
        ("vit", {"pooler_output_size": 12}, "pooler_output_size=12 changes"),
        (
            "vit",
            {"architectures": ["ViTForMaskedImageModeling"]},
            "Known: ViTForImageClassification, ViTModel|ViTModel",
        ),
    ],
)
def test_a_setting_we_have_no_part_for_is_named(
    variant: str, changes: dict[str, Any], message: str, save_encoder: SaveEncoder
) -> None:
    folder = save_encoder(variant)
    edit(folder, **changes)
    with pytest.raises(ConversionError, match=message):
        interop.import_hf(folder)


def test_a_head_without_counterpart_says_how_to_take_the_body(save_encoder: SaveEncoder) -> None:
    folder = save_encoder("roberta")
    edit(folder, architectures=["RobertaForMultipleChoice"])
    with pytest.raises(ConversionError, match=r"AutoModel\.from_pretrained\(FOLDER\)\.save_pretrained\(OTHER_FOLDER\)"):
        interop.import_hf(folder)


def test_weights_of_another_head_are_not_passed_over(save_encoder: SaveEncoder) -> None:
    folder = save_encoder("bert-classes")
    change_weights(folder, lambda weights: weights.update({"qa_outputs.weight": torch.ones(2, 24)}))
    with pytest.raises(ConversionError, match=r"Not known: qa_outputs\.weight"):
        interop.import_hf(folder)


def test_a_vocabulary_without_a_frame_is_refused(save_encoder: SaveEncoder) -> None:
    folder = save_encoder("bert")
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.txt").write_text("the\nstorm\n", encoding="utf-8")
    with pytest.raises(ConversionError, match=r"vocab\.txt: this is not the vocabulary of a BERT"):
        interop.import_hf(folder)


BODY = bert(9, 8, 1, 2, 8)
HEADED = {"n_classes": 2, "pooling": FirstPoolingConfig(), "hidden": True}
VIT = vit(Pictures((8, 8), 1, 2), VisionSize(8, 1, 2, (4, 4)))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (EmbedderConfig(backbone=encoder(9, 8, 1, 2, 8)), "backbone.mixer.position is rotary"),
        (MaskedLMConfig(backbone=BODY.replace(norm_place="pre"), norm=BODY.norm), "backbone.norm_place is pre"),
        (MaskedLMConfig(backbone=BODY, norm=BODY.norm, activation="relu"), r"activation is relu \(bert: gelu\)"),
        (MaskedLMConfig(backbone=BODY, norm=BODY.norm, tied=False), "tied is False"),
        (ClassifierConfig(backbone=BODY, n_classes=2, hidden=True), r"pooling is mean .*model\.pooling=first"),
        (ClassifierConfig(backbone=BODY.replace(mixer=LSTMConfig()), **HEADED), "of kind 'lstm'"),
        (ClassifierConfig(backbone=BODY.replace(n_layers=0), **HEADED), "of kind 'no blocks'"),
        (
            ClassifierConfig(backbone=LanguageBodyConfig(lm=CausalLMConfig(vocab_size=9)), **HEADED),
            "of kind 'classifier' on language",
        ),
        (
            ClassifierConfig(backbone=ConvNetConfig(), n_classes=2),
            r"of kind 'classifier' on convnet\. Presets.*: vit-.*--model vit --set model\.backbone\.class_token=true",
        ),
        (
            ClassifierConfig(backbone=FCNConfig(n_columns=1, input_len=8), n_classes=2),
            "on fcn. None of them reads series: use the run where",
        ),
        (TaggerConfig(backbone=BODY, tags=("O", "B-x")), r"head is crf .*--set model\.head=softmax"),
        (VIT.replace(pooling=ClassifierConfig(backbone=BODY, n_classes=2).pooling), "pooling is mean"),
        (VIT.replace(backbone=VIT.backbone.replace(class_token=False)), "backbone.class_token is False"),
    ],
)
def test_a_model_no_family_can_hold_is_refused_by_what_stands_in_the_way(config: ModelConfig, message: str) -> None:
    with pytest.raises(ConversionError, match=message):
        expressible(config)


def test_the_padding_decides_whether_a_model_may_be_a_roberta(tmp_path: Path) -> None:
    config = MaskedLMConfig(backbone=BODY.replace(n_segments=1), norm=BODY.norm)
    assert expressible(config, pad_id=1)[0].model_type == "roberta"
    assert expressible(config, pad_id=3)[0].model_type == "bert"


def test_nothing_is_written_where_a_model_cannot_go(tmp_path: Path) -> None:
    tokenizer = Tokenizer.train(TEXTS, TokenizerConfig(name="wordpiece", vocab_size=70, framed=True))
    config = EmbedderConfig(backbone=encoder(tokenizer.vocab_size, 8, 1, 2, 8))
    run = RunFolder(tmp_path / "run")
    run.path.mkdir()
    run.write_config(config, __version__, task="embed")
    write_tensors(run.weights_path, weights_of(config.build()))
    tokenizer.save(run.path / "tokenizer.json")
    with pytest.raises(ConversionError, match="Presets that can be exported: bert, bert-tiny"):
        interop.export_hf(run, tmp_path / "out")
    assert not (tmp_path / "out").exists()
