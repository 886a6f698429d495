"""Small tokenizers and models to write with; none shares code with the package's own."""

from __future__ import annotations

import torch
from torch import nn

from quatrain.models._base import SequenceModel


class Letters:
    """One token a letter; 0 ends a text."""

    alphabet = "·abcdefghijkl"
    eos_id = 0
    vocab_size = len(alphabet)

    def encode(self, text):
        return [self.alphabet.index(letter) for letter in text]

    def decode(self, ids):
        return "".join(self.alphabet[i] for i in ids if i)


class Bytes:
    """One token a byte; 256 ends a text."""

    eos_id = 256
    vocab_size = 257

    def encode(self, text):
        return list(text.encode())

    def decode(self, ids):
        return bytes(i for i in ids if i < 256).decode(errors="replace")


class Words:
    """One token a word; a space between two, as word tokenizers decode."""

    words = ("<end>", "the", "cat", "sat", "down")
    eos_id = 0
    vocab_size = len(words)

    def encode(self, text):
        return [self.words.index(word) for word in text.split()]

    def decode(self, ids):
        return " ".join(self.words[i] for i in ids if i)


class Leaky(SequenceModel):
    """Logits from a fading sum of what was read; refuses more positions than it may have, padding included."""

    def __init__(self, vocab_size=Letters.vocab_size, max_seq_len=None, seed=0, sharpness=3.0):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.vocab_size, self.max_seq_len, self.n_calls = vocab_size, max_seq_len, 0
        self.embedding = nn.Parameter(torch.randn(vocab_size, 7, generator=generator, dtype=torch.float64))
        self.head = nn.Parameter(sharpness * torch.randn(7, vocab_size, generator=generator, dtype=torch.float64))
        self.dropout = nn.Dropout(0.5)

    def forward(self, tokens, token_mask=None, documents=None):
        return self.advance(tokens, self.init_state(len(tokens)), token_mask)[0]

    def init_state(self, batch_size):
        return {"sum": torch.zeros(batch_size, 7, dtype=torch.float64), "n": torch.zeros(batch_size, 1)}

    def advance(self, tokens, state, token_mask=None):
        self.n_calls += 1
        real = torch.ones_like(tokens, dtype=torch.bool) if token_mask is None else token_mask
        total, logits = state["sum"], []
        for t in range(tokens.shape[1]):
            total = torch.where(real[:, t, None], 0.6 * total + self.embedding[tokens[:, t]], total)
            logits.append(self.dropout(total) @ self.head)
        n = state["n"] + tokens.shape[1]
        assert self.max_seq_len is None or n.max() <= self.max_seq_len
        return torch.stack(logits, dim=1), {"sum": total, "n": n}

    def state_size(self, seq_len):
        return 8 * 8


class Bigram(SequenceModel):
    """Logits from a table: row the last token, column the next."""

    max_seq_len = None

    def __init__(self, table):
        super().__init__()
        self.vocab_size = len(table)
        self.register_buffer("table", torch.as_tensor(table))

    def forward(self, tokens, token_mask=None, documents=None):
        return self.table[tokens]

    def init_state(self, batch_size):
        return ()

    def advance(self, tokens, state, token_mask=None):
        return self.table[tokens], state

    def state_size(self, seq_len):
        return 0


def always(*texts_after, vocab_size, start):
    """A bigram table that follows one path of tokens from `start`."""
    table = torch.full((vocab_size, vocab_size), -50.0)
    before = start
    for token in texts_after:
        table[before, token] = 50.0
        before = token
    return Bigram(table)


class FromTransformers(SequenceModel):
    """A transformers GPT-2 that reads everything again at each step: its state is the tokens."""

    def __init__(self, gpt2):
        super().__init__()
        self.gpt2 = gpt2
        self.vocab_size, self.max_seq_len = gpt2.config.vocab_size, gpt2.config.n_positions

    def forward(self, tokens, token_mask=None, documents=None):
        return self.advance(tokens, self.init_state(len(tokens)), token_mask)[0]

    def init_state(self, batch_size):
        return (torch.zeros(batch_size, 0, dtype=torch.int64), torch.zeros(batch_size, 0, dtype=torch.bool))

    def advance(self, tokens, state, token_mask=None):
        real = torch.ones_like(tokens, dtype=torch.bool) if token_mask is None else token_mask
        all_tokens, all_real = torch.cat([state[0], tokens], 1), torch.cat([state[1], real], 1)
        assert all_tokens.shape[1] <= self.max_seq_len
        positions = (all_real.cumsum(1) - 1).clamp(min=0)
        out = self.gpt2(all_tokens, attention_mask=all_real.long(), position_ids=positions, use_cache=False)
        return out.logits[:, -tokens.shape[1] :], (all_tokens, all_real)

    def state_size(self, seq_len):
        return 9 * seq_len
