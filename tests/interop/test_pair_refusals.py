"""What of an encoder-decoder cannot be carried over is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from quatrain import interop
from quatrain.errors import ConversionError
from quatrain.layers.embedding import EmbeddingConfig
from quatrain.layers.norms import RMSNormConfig
from quatrain.layers.start import TokenStartConfig, ZeroStartConfig
from quatrain.mixers.scores import ScoreConfig
from quatrain.models import EncoderDecoderConfig
from quatrain.models.translators import TRANSLATORS, translator_of
from quatrain.positions import SinusoidalConfig, T5RelativeConfig
from quatrain.runs import RunFolder

from .conftest import Save
from .sizes import VOCAB
from .test_refusals import change_weights, edit, quiet

MakeRun = Callable[[EncoderDecoderConfig], RunFolder]


@pytest.mark.parametrize(
    ("variant", "changes", "message"),
    [
        ("marian", {"normalize_before": True}, "normalize_before=True changes .* normalize_before=False only"),
        ("marian", {"static_position_embeddings": False}, "static_position_embeddings=False changes"),
        ("marian", {"activation_function": "mish"}, "activation_function='mish' changes"),
        ("marian", {"tie_word_embeddings": False}, "tie_word_embeddings=False.* one table for source, target and head"),
        ("marian", {"decoder_vocab_size": VOCAB - 2}, f"decoder_vocab_size={VOCAB - 2} changes"),
        ("marian", {"bad_words_ids": [[7]]}, r"bad_words_ids=\[\[7\]\] changes .* the last token alone"),
        ("marian", {"bad_words_ids": [[VOCAB - 1]]}, "where that starts targets with a vector of zeros"),
        ("marian", {"forced_bos_token_id": 3}, "forced_bos_token_id=3 changes"),
        ("marian", {"eos_token_id": ...}, "eos_token_id is not given"),
        ("marian", {"encoder_attention_heads": 5}, "these settings fit no model: n_heads=5 does not divide d_model=24"),
        ("marian", {"is_encoder_decoder": False}, "is_encoder_decoder=False changes"),
        ("marian", {"hidden_size": 25}, "hidden_size=25 changes"),
        ("marian", {"adapters": {"a": 1}}, "no translation is known for adapters"),
        ("pegasus", {"add_final_layer_norm": False}, "add_final_layer_norm=False changes"),
        ("pegasus", {"tie_word_embeddings": False}, "tie_word_embeddings=False changes"),
        (
            "t5",
            {"feed_forward_proj": "gated-mish", "dense_act_fn": ..., "is_gated_act": ...},
            "feed_forward_proj='gated-mish' changes",
        ),
        ("t5", {"dense_act_fn": "silu"}, "dense_act_fn='silu' changes"),
        ("t5", {"d_kv": ...}, "d_kv is not given"),
        ("t5", {"model_type": "mt5"}, "of type 'mt5', which cannot be imported. Did you mean 't5'"),
    ],
)
def test_a_setting_we_have_no_part_for_is_named(
    variant: str, changes: dict[str, Any], message: str, save: Save
) -> None:
    folder = save(variant)
    (folder / "generation_config.json").unlink()
    edit(folder, **changes)
    with pytest.raises(ConversionError, match=message):
        interop.import_hf(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: w.pop("decoder.final_layer_norm.weight"), r"Missing: decoder\.final_layer_norm\.weight\."),
        (lambda w: w.update({"decoder.extra": torch.ones(2)}), r"Not known: decoder\.extra\."),
        (
            lambda w: w.update({"decoder.block.1.layer.1.EncDecAttention.k.weight": torch.ones(7, 24)}),
            r"EncDecAttention\.k\.weight is \(7, 24\) and should be \(30, 24\)\.",
        ),
        (
            lambda w: w.update({"encoder.embed_tokens.weight": w["shared.weight"] + 1}),
            r"encoder\.embed_tokens\.weight differs from shared\.weight",
        ),
    ],
    ids=["missing", "unknown", "misshapen", "another table"],
)
def test_every_weight_is_accounted_for(change: Any, message: str, save: Save) -> None:
    folder = save("t5")
    change_weights(folder, change)
    with pytest.raises(ConversionError, match=message):
        interop.import_hf(folder)


def test_copies_of_a_shared_table_are_dropped(save: Save) -> None:
    folder = save("t5")
    before = interop.import_hf(folder)[1]
    names = ("encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight")
    change_weights(folder, lambda w: w.update({name: w["shared.weight"].clone() for name in names}))
    config, after, _ = interop.import_hf(folder)
    assert before.keys() == after.keys()
    assert config.to_dict()["tied"]


def test_a_missing_file_of_weights_says_how_to_write_it(save: Save) -> None:
    folder = save("t5")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ConversionError, match=r"AutoModelForSeq2SeqLM.from_pretrained\(FOLDER\).save_pretrained"):
        interop.import_hf(folder)


def test_a_missing_tokenizer_of_the_target_is_named(save: Save) -> None:
    folder = save("marian-separate")
    (folder / "target" / "tokenizer.json").unlink()
    with pytest.raises(ConversionError, match=r"target.tokenizer\.json: there is no such file"):
        interop.import_hf(folder)


def base(**changes: Any) -> EncoderDecoderConfig:
    return TRANSLATORS["translator"](VOCAB, None, 12, 2, 3, 13).replace(**changes)


def attention(name: str, **changes: Any) -> EncoderDecoderConfig:
    stack = getattr(base(), name)
    return base(**{name: stack.replace(mixer=stack.mixer.replace(**changes))})


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (base(position=SinusoidalConfig()), r"position\.layout is interleaved \(pegasus: halves\)"),
        (base(embedding=EmbeddingConfig(scale=2.0)), r"embedding\.scale is 2\.0"),
        (base(norm=RMSNormConfig()), "norm is rmsnorm"),
        (base(tied=False), r"tied is False \(pegasus: True\)"),
        (base(embedding_norm=True), "embedding_norm is True"),
        (base(bridge="last"), "bridge is last"),
        (base(start=ZeroStartConfig()), r"nearest is marian, but norm_place is pre \(marian: post\)"),
        (base(start=TokenStartConfig(token=4), norm=RMSNormConfig()), "norm is rmsnorm"),
        (attention("decoder", window=3), r"decoder\.mixer\.window is 3"),
        (attention("encoder", position=T5RelativeConfig()), r"encoder\.mixer\.position is t5"),
        (attention("decoder", n_kv_heads=1), r"decoder\.mixer\.n_kv_heads is 1"),
        (TRANSLATORS["transformer-base"](VOCAB, None, 12, 2, 3, 13), r"position\.layout is interleaved \(marian: halv"),
        (TRANSLATORS["lstm-attention"](VOCAB, None, 12, 2, 3, 13), "a model of kind 'both_ways'|of kind 'lstm'"),
        (translator_of("linear")(VOCAB, None, 12, 2, 3, 13), "a model of kind "),
    ],
    ids=lambda value: "" if isinstance(value, EncoderDecoderConfig) else None,
)
def test_a_model_no_family_can_hold_is_refused_by_what_stands_in_the_way(
    config: EncoderDecoderConfig, message: str, make_run: MakeRun, tmp_path: Path
) -> None:
    with pytest.raises(ConversionError, match=message) as error:
        interop.export_hf(make_run(config), tmp_path / "out")
    assert "Presets that can be exported: translator, marian, t5. " in str(error.value)
    assert "Try: quatrain train DATA --task translate --model translator." in str(error.value)
    assert not (tmp_path / "out").exists()


def test_a_t5_whose_layers_have_tables_of_their_own_is_refused(make_run: MakeRun, tmp_path: Path) -> None:
    config = TRANSLATORS["t5"](VOCAB, None, 12, 2, 3, 13)
    own = config.encoder.mixer.replace(position=T5RelativeConfig(shared=False))
    run = make_run(config.replace(encoder=config.encoder.replace(mixer=own)))
    with pytest.raises(ConversionError, match=r"encoder\.mixer\.position\.shared is False \(t5: True\)"):
        interop.export_hf(run, tmp_path / "out")


def test_a_t5_with_scaled_scores_is_refused(make_run: MakeRun, tmp_path: Path) -> None:
    config = TRANSLATORS["t5"](VOCAB, None, 12, 2, 3, 13)
    scaled = config.decoder.cross.replace(score=ScoreConfig())
    run = make_run(config.replace(decoder=config.decoder.replace(cross=scaled)))
    with pytest.raises(ConversionError, match=r"decoder\.cross\.score is scaled_dot \(t5: dot\)"):
        interop.export_hf(run, tmp_path / "out")


def test_what_ctranslate2_makes_otherwise_is_said(make_run: MakeRun, tmp_path: Path) -> None:
    config = TRANSLATORS["t5"](VOCAB, None, 12, 2, 3, 13)
    told: list[str] = []
    interop.export_folder(make_run(config.replace(head=config.head.replace(scale=1.0))), tmp_path / "out", told.append)
    assert "CTranslate2 multiplies the logits of every T5" in told[1]
    assert "lm_head.weight" not in load_file(tmp_path / "out" / "model.safetensors")
    interop.import_folder(tmp_path / "out", tmp_path / "back", quiet)
