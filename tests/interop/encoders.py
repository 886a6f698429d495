"""Tiny random encoders of `transformers`, of texts and pictures, and a vocabulary of pieces of words for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tokenizers import BertWordPieceTokenizer, ByteLevelBPETokenizer
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertForPreTraining,
    BertForSequenceClassification,
    BertForTokenClassification,
    BertModel,
    BertTokenizer,
    DistilBertConfig,
    DistilBertForMaskedLM,
    DistilBertForSequenceClassification,
    DistilBertForTokenClassification,
    DistilBertModel,
    RobertaConfig,
    RobertaForMaskedLM,
    RobertaForSequenceClassification,
    RobertaForTokenClassification,
    RobertaModel,
    RobertaTokenizer,
    ViTForImageClassification,
    ViTModel,
)
from transformers import ViTConfig as TransformersViTConfig

from .pairs import randomise

TEXTS = ["The lamp is off, the storm is loud.", "A dog runs after three birds.", "Résumé of a storm: wind, rain."]
N_PIECES = 90
VOCAB = 97
"""Pieces and some tokens that no text has; of RoBERTa every byte is a piece, too."""

BERT_SIZES = {
    "vocab_size": VOCAB,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 20,
    "max_position_embeddings": 33,
}
ROBERTA_SIZES = BERT_SIZES | {
    "vocab_size": 283,
    "max_position_embeddings": 35,
    "type_vocab_size": 1,
    "layer_norm_eps": 1e-5,
}
DISTILBERT_SIZES = {
    "vocab_size": VOCAB,
    "dim": 24,
    "n_layers": 3,
    "n_heads": 4,
    "hidden_dim": 20,
    "max_position_embeddings": 33,
}
NAMED = {"id2label": {0: "bad", 1: "so-so", 2: "good"}, "label2id": {"bad": 0, "so-so": 1, "good": 2}}

TAGS = {"id2label": {0: "O", 1: "B-place", 2: "I-place"}, "label2id": {"O": 0, "B-place": 1, "I-place": 2}}
VIT_SIZES = {
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 20,
    "image_size": 8,
    "patch_size": 4,
    "pooler_output_size": 24,
}

ENCODER_VARIANTS: dict[str, Callable[[], Any]] = {
    "bert": lambda: BertModel(BertConfig(**BERT_SIZES)),
    "bert-without-pooler": lambda: BertModel(BertConfig(**BERT_SIZES), add_pooling_layer=False),
    "bert-relu-three-segments": lambda: BertModel(BertConfig(**BERT_SIZES, hidden_act="relu", type_vocab_size=3)),
    "bert-masked": lambda: BertForMaskedLM(BertConfig(**BERT_SIZES)),
    "bert-masked-gelu-new": lambda: BertForMaskedLM(
        BertConfig(**BERT_SIZES | {"num_hidden_layers": 3, "num_attention_heads": 4}, hidden_act="gelu_new")
    ),
    "bert-pretraining": lambda: BertForPreTraining(BertConfig(**BERT_SIZES, layer_norm_eps=1e-5)),
    "bert-classes": lambda: BertForSequenceClassification(BertConfig(**BERT_SIZES, **NAMED)),
    "bert-tags": lambda: BertForTokenClassification(BertConfig(**BERT_SIZES, **TAGS)),
    "roberta": lambda: RobertaModel(RobertaConfig(**ROBERTA_SIZES)),
    "roberta-masked": lambda: RobertaForMaskedLM(RobertaConfig(**ROBERTA_SIZES)),
    "roberta-masked-relu": lambda: RobertaForMaskedLM(RobertaConfig(**ROBERTA_SIZES, hidden_act="relu")),
    "roberta-classes": lambda: RobertaForSequenceClassification(RobertaConfig(**ROBERTA_SIZES, **NAMED)),
    "roberta-tags": lambda: RobertaForTokenClassification(RobertaConfig(**ROBERTA_SIZES, **TAGS)),
    "distilbert": lambda: DistilBertModel(DistilBertConfig(**DISTILBERT_SIZES)),
    "distilbert-waves": lambda: DistilBertModel(DistilBertConfig(**DISTILBERT_SIZES, sinusoidal_pos_embds=True)),
    "distilbert-masked": lambda: DistilBertForMaskedLM(DistilBertConfig(**DISTILBERT_SIZES, activation="relu")),
    "distilbert-classes": lambda: DistilBertForSequenceClassification(DistilBertConfig(**DISTILBERT_SIZES)),
    "distilbert-tags": lambda: DistilBertForTokenClassification(DistilBertConfig(**DISTILBERT_SIZES, **TAGS)),
    "vit": lambda: ViTModel(TransformersViTConfig(**VIT_SIZES)),
    "vit-grey-oblong": lambda: ViTModel(
        TransformersViTConfig(**VIT_SIZES | {"image_size": [12, 8], "patch_size": [4, 2], "num_channels": 1}),
        add_pooling_layer=False,
    ),
    "vit-classes": lambda: ViTForImageClassification(TransformersViTConfig(**VIT_SIZES, **NAMED)),
}


SaveEncoder = Callable[..., Path]
"""`save_encoder("bert")` writes a random model of that variant, with its tokenizer, and returns the folder."""


def random_encoder(variant: str) -> Any:
    """A model of that variant, every weight of which is random."""
    torch.manual_seed(0)
    model = ENCODER_VARIANTS[variant]()
    for weight in model.parameters():
        weight.requires_grad_(True)  # waves are constants only at their start
    randomise(model)
    return model


def write_pieces(folder: Path, variant: str) -> None:
    """Train a tiny tokenizer and save it as `transformers` does; a model of pictures has none."""
    if variant.startswith("vit"):
        return
    if variant.startswith("roberta"):
        pieces = ByteLevelBPETokenizer()
        special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
        pieces.train_from_iterator(TEXTS, vocab_size=280, special_tokens=special, show_progress=False)
        pieces.save_model(str(folder))
        RobertaTokenizer.from_pretrained(folder).save_pretrained(folder)
        return
    write_words(folder)
    BertTokenizer.from_pretrained(folder).save_pretrained(folder)


def write_words(folder: Path, *, lowercase: bool = True) -> None:
    """A vocab.txt as the first BERTs had it, alone."""
    pieces = BertWordPieceTokenizer(lowercase=lowercase)
    pieces.train_from_iterator(TEXTS, vocab_size=N_PIECES, show_progress=False)
    pieces.save_model(str(folder))
