"""What a classifier holds likely of examples, and how sure it may be."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Int

from quatrain.data.examples import ExamplePart
from quatrain.models import Classifier

__all__ = ["logits_of", "probabilities_of", "sharpness"]

BOUNDS = (1e-3, 1e3)
"""Of a sharpness."""
N_HALVINGS = 50


def probabilities_of(
    model: Classifier, part: ExamplePart, rows: np.ndarray | None = None
) -> Float[np.ndarray, "n classes"]:
    """What a model holds likely of each example of a part, or of some of them, in their order; float64."""
    return _softmax(logits_of(model, part, rows))


def logits_of(model: Classifier, part: ExamplePart, rows: np.ndarray | None = None) -> Float[np.ndarray, "n classes"]:
    """The same before it is made probabilities; float64."""
    places = np.arange(part.n_targets) if rows is None else rows
    found = np.empty((part.n_targets, len(part.classes)))
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            for some, batch in part.in_order(places, model.max_seq_len):
                found[some] = model(*batch.to(device).inputs).double().cpu().numpy()
    finally:
        model.train(was_training)
    return found[places]


def sharpness(logits: Float[np.ndarray, "n classes"], labels: Int[np.ndarray, " n"]) -> float:
    """The factor of the logits at which the probabilities of some examples are least surprised by their labels.

    Temperature scaling of Guo et al. 2017, https://arxiv.org/abs/1706.04599, section 4.2; the factor is 1 over their
    temperature. The loss is convex in it, so its slope is halved in on. A label counts as the class with probability
    1 - 1 / (n + 2), as in Platt 1999, so that a few examples that are all told right make no model certain.
    """
    n, n_classes = logits.shape
    doubt = 1 / (n + 2)
    share = np.full((n, n_classes), doubt / (n_classes - 1))
    share[np.arange(n), labels] = 1 - doubt
    low, high = BOUNDS
    for _ in range(N_HALVINGS):
        middle = (low * high) ** 0.5
        slope = ((_softmax(middle * logits) - share) * logits).sum()
        low, high = (middle, high) if slope < 0 else (low, middle)
    return (low * high) ** 0.5


def _softmax(logits: Float[np.ndarray, "n classes"]) -> Float[np.ndarray, "n classes"]:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    total: Float[np.ndarray, "n classes"] = raised / raised.sum(axis=1, keepdims=True)
    return total
