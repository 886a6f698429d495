"""What a model is trained for: the loss of a batch, and how good it is on a whole part of the data."""

from quatrain.training.objectives._base import Objective
from quatrain.training.objectives.answers import Answers, Marks
from quatrain.training.objectives.classification import Classify
from quatrain.training.objectives.forecast import Forecasting
from quatrain.training.objectives.language import Language
from quatrain.training.objectives.masked import Masked, MaskedScore, count_neighbours, score_masked, scored_len
from quatrain.training.objectives.tagging import Tag, TaggedWords, tagged
from quatrain.training.objectives.translation import Translate, TranslationScore, score_pairs
from quatrain.training.scores.probabilities import probabilities_of

OBJECTIVES: dict[str, Objective] = {
    "language": Language(),
    "answers": Answers(),
    "translate": Translate(),
    "classify": Classify(),
    "masked": Masked(),
    "forecast": Forecasting(),
    "tag": Tag(),
}

__all__ = [
    "OBJECTIVES",
    "Answers",
    "Classify",
    "Forecasting",
    "Language",
    "Marks",
    "Masked",
    "MaskedScore",
    "Objective",
    "Tag",
    "TaggedWords",
    "Translate",
    "TranslationScore",
    "count_neighbours",
    "probabilities_of",
    "score_masked",
    "score_pairs",
    "scored_len",
    "tagged",
]
