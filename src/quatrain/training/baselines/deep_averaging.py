"""The deep averaging network beside every classifier of texts: what is told without the order of the words."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from quatrain.data import TextExamples
from quatrain.models import Classifier
from quatrain.models.text_classifiers import dan

__all__ = ["deep_averaging"]

WIDTH, LONGEST = 64, 256
"""Of the words' vectors; tokens of a text that are read."""
N_EPOCHS, UPDATES = 10, (100, 500)
"""How often the training part is read, within a fewest and a most of updates: seconds, however much there is."""
BATCH_SIZE, LR = 256, 3e-3


def deep_averaging(train: TextExamples) -> Classifier:
    """A small DAN (Iyyer et al. 2015), trained for seconds on a part.

    Its start and its batches are always the same, and torch's global generator is left as it was.
    """
    n_updates = int(np.clip(N_EPOCHS * train.n_targets // BATCH_SIZE, *UPDATES))
    batches = train.batches(seed=0, batch_size=BATCH_SIZE, seq_len=LONGEST)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        vocab_size = train.framing.tokenizer.vocab_size
        model = dan(vocab_size, train.classes, WIDTH, 0, 1, LONGEST).build().train()
        optimiser = torch.optim.AdamW(model.parameters(), lr=LR)
        schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 1 / n_updates, n_updates)
        for step in range(n_updates):
            batch = batches.at(step)
            F.cross_entropy(model(*batch.inputs).float(), batch.targets).backward()
            optimiser.step()
            optimiser.zero_grad()
            schedule.step()
    return model
