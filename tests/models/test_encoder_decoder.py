"""The encoder-decoder against torch's Transformer, its sizes against the paper's, its alignments by the equation."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from quatrain.config import override
from quatrain.errors import ConfigError, ShapeError
from quatrain.mixers import AttentionConfig
from quatrain.models import IGNORE, EncoderDecoder, EncoderDecoderConfig
from quatrain.models.translators import TRANSLATORS, transformer_base, transformer_big, translator, translator_of
from quatrain.ops import attention as attention_op
from quatrain.training.optim import AdamWConfig, MuonConfig
from quatrain.training.schedules import InverseSqrtConfig

VOCAB, SRC_VOCAB, D, LAYERS, HEADS = 11, 13, 12, 2, 3


def ready(config: EncoderDecoderConfig, seed: int = 0) -> EncoderDecoder:
    """In float64, evaluating, every weight random."""
    torch.manual_seed(seed)
    model = config.build().double().eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(std=0.3)
    return model


def pairs() -> tuple[Tensor, Tensor, Tensor]:
    """Three sources of different lengths, their mask, and targets."""
    generator = torch.Generator().manual_seed(1)
    src = torch.randint(SRC_VOCAB, (3, 7), generator=generator)
    tgt = torch.randint(VOCAB, (3, 5), generator=generator)
    return src, torch.arange(7) < torch.tensor([[7], [4], [5]]), tgt


def torchs(model: EncoderDecoder) -> nn.Transformer:
    """torch's own, with our weights; it has biases in attention, which are 0 here."""
    theirs = nn.Transformer(D, HEADS, LAYERS, LAYERS, 4 * D, dropout=0.0, batch_first=True).double().eval()
    theirs.encoder.norm = theirs.decoder.norm = None  # the paper has none behind the last layer
    with torch.no_grad():
        for weight in theirs.parameters():
            weight.zero_()
        for ours, layer in zip(model.encoder.stack(), theirs.encoder.layers, strict=True):
            layer.self_attn.in_proj_weight.copy_(ours.mixer.qkv_proj.weight)
            layer.self_attn.out_proj.weight.copy_(ours.mixer.out_proj.weight)
            copy_rest(layer, ours.ffn, [layer.norm1, layer.norm2], [ours.mixer_residual, ours.ffn_residual])
        for ours, layer in zip(model.decoder.stack(), theirs.decoder.layers, strict=True):
            layer.self_attn.in_proj_weight.copy_(ours.mixer.qkv_proj.weight)
            layer.self_attn.out_proj.weight.copy_(ours.mixer.out_proj.weight)
            layer.multihead_attn.in_proj_weight.copy_(torch.cat([ours.cross.q_proj.weight, ours.cross.kv_proj.weight]))
            layer.multihead_attn.out_proj.weight.copy_(ours.cross.out_proj.weight)
            residuals = [ours.mixer_residual, ours.cross_residual, ours.ffn_residual]
            copy_rest(layer, ours.ffn, [layer.norm1, layer.norm2, layer.norm3], residuals)
    return theirs


def copy_rest(layer: nn.Module, ffn: nn.Module, norms: list[nn.Module], residuals: list[nn.Module]) -> None:
    layer.linear1.load_state_dict(ffn.up_proj.state_dict())
    layer.linear2.load_state_dict(ffn.down_proj.state_dict())
    for norm, residual in zip(norms, residuals, strict=True):
        norm.load_state_dict(residual.norm.state_dict())


def paper_positions(n: int) -> Tensor:
    """Vaswani et al. 2017, section 3.5, a coordinate at a time."""
    table = torch.zeros(n, D, dtype=torch.float64)
    for i in range(n):
        for m in range(D // 2):
            angle = i / 10_000 ** (2 * m / D)
            table[i, 2 * m], table[i, 2 * m + 1] = math.sin(angle), math.cos(angle)
    return table


@pytest.mark.filterwarnings("ignore:enable_nested_tensor is True")  # of three heads torch says it cannot be fast
def test_transformer_base_is_torchs_transformer_with_its_gradients() -> None:
    model = ready(transformer_base(VOCAB, SRC_VOCAB, D, LAYERS, HEADS, 9))
    theirs, (src, src_mask, tgt) = torchs(model), pairs()
    tables = [
        part.table.weight.detach().clone().requires_grad_() for part in (model.src_embedding, model.tgt_embedding)
    ]
    hidden = torch.ones(5, 5, dtype=torch.bool).triu(1)
    h = theirs(
        tables[0][src] * D**0.5 + paper_positions(7),
        tables[1][tgt] * D**0.5 + paper_positions(5),
        tgt_mask=hidden,
        src_key_padding_mask=~src_mask,
        memory_key_padding_mask=~src_mask,
    )
    logits, expected = model(src, tgt, src_mask), h @ tables[1].T
    torch.testing.assert_close(logits, expected, rtol=0, atol=1e-10)
    (logits * logits.detach().roll(1)).sum().backward()
    (expected * expected.detach().roll(1)).sum().backward()
    close = {"rtol": 0, "atol": 1e-8}  # of sums over some hundred terms in the hundreds
    torch.testing.assert_close(model.src_embedding.table.weight.grad, tables[0].grad, **close)
    torch.testing.assert_close(model.tgt_embedding.table.weight.grad, tables[1].grad, **close)
    for ours, layer in zip(model.encoder.stack(), theirs.encoder.layers, strict=True):
        torch.testing.assert_close(ours.mixer.qkv_proj.weight.grad, layer.self_attn.in_proj_weight.grad, **close)
        torch.testing.assert_close(ours.ffn.up_proj.weight.grad, layer.linear1.weight.grad, **close)
    for ours, layer in zip(model.decoder.stack(), theirs.decoder.layers, strict=True):
        both = torch.cat([ours.cross.q_proj.weight.grad, ours.cross.kv_proj.weight.grad])
        torch.testing.assert_close(both, layer.multihead_attn.in_proj_weight.grad, **close)
        torch.testing.assert_close(ours.cross_residual.norm.weight.grad, layer.norm2.weight.grad, **close)
        torch.testing.assert_close(ours.ffn.down_proj.bias.grad, layer.linear2.bias.grad, **close)


@pytest.mark.parametrize(("build", "d"), [(transformer_base, 512), (transformer_big, 1024)])
def test_the_papers_models_have_as_many_parameters_as_counted_by_hand(build, d: int) -> None:
    with torch.device("meta"):
        model = build().build()
    ffn = 2 * d * 4 * d + 4 * d + d
    encoder, decoder = 4 * d * d + ffn + 2 * 2 * d, 8 * d * d + ffn + 3 * 2 * d
    by_hand = 37_000 * d + 6 * encoder + 6 * decoder
    assert by_hand == {512: 63_045_632, 1024: 214_171_648}[d]  # the paper's 65 and 213 millions
    assert sum(weight.numel() for weight in model.parameters()) == by_hand


def test_the_papers_rates_can_be_set() -> None:
    schedule = InverseSqrtConfig(warmup_steps=4000)
    optim = AdamWConfig(
        lr=512**-0.5 * 4000**-0.5, betas=(0.9, 0.98), eps=1e-9, weight_decay=0.0, clip=None, schedule=schedule
    )
    rates = [optim.lr * schedule.factor(step - 1, 0.0) for step in (1, 4000, 100_000)]
    assert rates == pytest.approx([1.747e-7, 6.988e-4, 1.398e-4], rel=1e-3)  # theory.md section 6


def test_alignments_are_the_weights_of_the_equation_and_sum_to_one() -> None:
    model, (src, src_mask, tgt) = ready(translator(VOCAB, SRC_VOCAB, D, 3, HEADS, 9)), pairs()
    alignments = model.alignments(src, tgt, src_mask)
    assert alignments.shape == (3, 1, HEADS, 5, 7)  # half as many layers that write as read
    torch.testing.assert_close(alignments.sum(dim=-1), torch.ones(3, 1, HEADS, 5).double(), rtol=0, atol=1e-12)
    assert alignments[1, :, :, :, 4:].abs().max() == 0
    (block,) = model.decoder.stack()
    x = model.decoder.enter(model.tgt_embedding(tgt, model.tgt_embedding.nothing(3)))
    x = x + block.mixer(block.mixer_residual.norm(x))
    q = block.cross.q_proj(block.cross_residual.norm(x))
    k = block.cross.kv_proj(model.encode(src, src_mask).vectors)[..., :D]
    for b in range(3):
        for h in range(HEADS):
            own = slice(h * D // HEADS, (h + 1) * D // HEADS)
            scores = q[b, :, own] @ k[b, src_mask[b]][:, own].T / (D // HEADS) ** 0.5
            expected = scores.softmax(dim=-1)
            torch.testing.assert_close(alignments[b, 0, h][:, src_mask[b]], expected, rtol=0, atol=1e-12)


def test_alignments_of_a_decoder_that_does_not_choose_are_refused() -> None:
    model, (src, _, tgt) = ready(translator_of("lstm-bottleneck")(VOCAB, SRC_VOCAB, D, 1, 1, 9)), pairs()
    with pytest.raises(ConfigError, match=r"nothing to listen to is called 'blocks\.\*\.cross\.pattern'"):
        model.alignments(src, tgt)


def test_weights_are_computed_only_while_someone_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    model, (src, src_mask, tgt) = ready(translator(VOCAB, SRC_VOCAB, D, 2, HEADS, 9)), pairs()
    plain, calls = attention_op._plain, []
    monkeypatch.setattr(attention_op, "_plain", lambda *args: calls.append(1) or plain(*args))
    logits = model(src, tgt, src_mask)
    assert calls == []
    model.alignments(src, tgt, src_mask)
    assert len(calls) == 1
    assert torch.equal(model(src, tgt, src_mask), logits)
    assert len(calls) == 1


def test_smoothing_is_torchs_and_off_in_evaluation() -> None:
    model, (src, src_mask, tgt) = ready(translator(VOCAB, SRC_VOCAB, D, 2, HEADS, 9).replace(dropout=0.0)), pairs()
    targets = tgt.roll(-1, dims=1)
    targets[1, 2:] = IGNORE
    logits = model(src, tgt, src_mask).transpose(1, 2)
    for smoothing, mode in ((0.1, model.train()), (0.0, model.eval())):
        expected = F.cross_entropy(logits, targets, ignore_index=IGNORE, reduction="none", label_smoothing=smoothing)
        losses = model.train(smoothing > 0).token_losses(src, tgt, targets, src_mask)
        torch.testing.assert_close(losses, expected, rtol=0, atol=1e-12)
        assert mode is model


def test_one_vocabulary_has_one_table() -> None:
    model = translator(VOCAB, None, D, 2, HEADS, 9).build()
    assert model.src_embedding.table is model.tgt_embedding.table
    assert model.lm_head.weight is model.tgt_embedding.table.weight
    assert model.src_vocab_size == model.vocab_size == VOCAB


def test_layers_of_t5_share_the_table_of_their_stack() -> None:
    model = translator_of("t5")(VOCAB, SRC_VOCAB, D, 3, HEADS, 9).build()
    tables = {name for name, _ in model.named_parameters() if "position" in name}
    assert tables == {f"{stack}.blocks.0.mixer.position.table.weight" for stack in ("encoder", "decoder")}
    assert model.encoder.stack()[2].mixer.position is model.encoder.stack()[0].mixer.position


def test_muon_learns_the_matrices_of_both_stacks() -> None:
    model = translator(VOCAB, SRC_VOCAB, D, 2, HEADS, 9).build()
    muon, adamw = MuonConfig().build(model).parts
    n_matrices = 2 * 4 + 7  # a block that reads: qkv, out, up, down; one that writes: q, kv and out more
    assert sum(len(group["params"]) for group in muon.param_groups) == n_matrices
    tables = {weight.data_ptr() for group in adamw.param_groups for weight in group["params"] if weight.ndim == 2}
    assert tables == {model.src_embedding.table.weight.data_ptr(), model.tgt_embedding.table.weight.data_ptr()}


@pytest.mark.parametrize("word", [*TRANSLATORS, "hyena", "gru+transformer"])
def test_every_word_starts_near_the_uniform_guess(word: str) -> None:
    torch.manual_seed(0)
    model = translator_of(word)(1000, None, 64, 2, 4, 32).build()  # a tied table favours the token just read
    src, tgt = torch.randint(1000, (8, 20)), torch.randint(1000, (8, 20))
    assert model.token_losses(src, tgt, tgt.roll(-1, dims=1)).mean().item() == pytest.approx(math.log(1000), abs=1.2)


def test_a_decoder_that_looks_ahead_is_refused() -> None:
    config = translator(VOCAB, SRC_VOCAB, D, 2, HEADS, 9)
    ahead = config.decoder.replace(mixer=AttentionConfig(n_heads=HEADS, causal=False))
    with pytest.raises(ConfigError, match=r"model\.decoder\.mixer: in layer 0 Attention looks ahead"):
        config.replace(decoder=ahead).build()


@pytest.mark.parametrize(
    ("src_len", "tgt_len", "message"),
    [(10, 2, "src has 10 positions.*max_src_len=9"), (2, 10, "tgt has 10 positions.*max_seq_len=9")],
)
def test_a_side_longer_than_the_model_is_refused(src_len: int, tgt_len: int, message: str) -> None:
    model = translator(VOCAB, None, D, 2, HEADS, 9).build().eval()
    src, tgt = torch.zeros(1, src_len, dtype=torch.long), torch.zeros(1, tgt_len, dtype=torch.long)
    with pytest.raises(ShapeError, match=message):
        model(src, tgt)
    with pytest.raises(ShapeError, match=message):
        model.advance(tgt, model.init_state(model.encode(src)))


def test_unknown_words_name_what_is_near() -> None:
    with pytest.raises(ConfigError, match=r"'transformer-bas'\. Did you mean 'transformer-base'"):
        translator_of("transformer-bas")
    with pytest.raises(ConfigError, match=r"'adition'\. Did you mean 'additive'"):
        override(translator(VOCAB), ["decoder.cross=adition"])


def test_settings_reach_both_stacks() -> None:
    config = override(translator(VOCAB), ["encoder.mixer=lstm", "encoder.mixer.causal=false", "decoder.n_layers=3"])
    assert (config.encoder.mixer.kind, config.decoder.n_layers) == ("lstm", 3)
    assert not config.build().encoder.stack()[0].mixer.is_causal
