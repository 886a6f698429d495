"""The same verbs as the command line, from Python."""

from quatrain.api._words import score_line
from quatrain.api.averaging import average_checkpoints, how_many
from quatrain.api.checking import Checked, check, check_request
from quatrain.api.classification import ClassifierRun
from quatrain.api.comparing import Compared, compare, list_tasks
from quatrain.api.forecast import ForecastRun
from quatrain.api.language import LanguageRun
from quatrain.api.masked import MaskedRun
from quatrain.api.mixing import mix_runs
from quatrain.api.moving import export_run, import_run
from quatrain.api.opening import open_language, open_run, open_translation
from quatrain.api.run import Run
from quatrain.api.training import lr_range, plan, train, train_request
from quatrain.api.transferring import Transferred, transfer
from quatrain.api.translation import AT_ONCE, TranslationRun

__all__ = [
    "AT_ONCE",
    "Checked",
    "ClassifierRun",
    "Compared",
    "ForecastRun",
    "LanguageRun",
    "MaskedRun",
    "Run",
    "Transferred",
    "TranslationRun",
    "average_checkpoints",
    "check",
    "check_request",
    "compare",
    "export_run",
    "how_many",
    "import_run",
    "list_tasks",
    "lr_range",
    "mix_runs",
    "open_language",
    "open_run",
    "open_translation",
    "plan",
    "score_line",
    "train",
    "train_request",
    "transfer",
]
