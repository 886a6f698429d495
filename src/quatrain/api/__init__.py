"""The same verbs as the command line, from Python."""

from quatrain.api._words import score_line
from quatrain.api.checking import Checked, check, check_request
from quatrain.api.comparing import Compared, compare, list_tasks
from quatrain.api.language import LanguageRun
from quatrain.api.mixing import mix_runs
from quatrain.api.moving import export_run, import_run
from quatrain.api.opening import open_language, open_run
from quatrain.api.run import Run
from quatrain.api.training import lr_range, plan, train, train_request

__all__ = [
    "Checked",
    "Compared",
    "LanguageRun",
    "Run",
    "check",
    "check_request",
    "compare",
    "export_run",
    "import_run",
    "list_tasks",
    "lr_range",
    "mix_runs",
    "open_language",
    "open_run",
    "plan",
    "score_line",
    "train",
    "train_request",
]
