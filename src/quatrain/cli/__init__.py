"""The command line: one thin file a verb. Parse, call, print; the work lives below."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from quatrain import __version__
from quatrain.errors import QuatrainError

app = App(
    name="quatrain",
    help="Train, compare, explain and serve sequence models on your own data.",
    version=__version__,
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)
for _verb, _help in {
    "train": "Train a model on your data: text, parallel text, labels, pictures, windows, tags, a series.",
    "generate": "Write text with a trained model.",
    "translate": "Translate a text with a trained model, line by line.",
    "predict": "Answer about examples: classes with probabilities, tags, hidden words, values to come.",
    "evaluate": "Score a trained model on a whole part of its data, or on other data.",
    "check": "Say what is in this data, what is wrong with it, and what training on it would cost.",
    "compare": "Train several architectures on your data at the same budget, and say which is better.",
    "transfer": "Measure what pre-training is worth: the same labels, from scratch and from a trained model.",
    "mix": "Make one run of several: the mean of what they hold probable.",
    "average": "Make one run of the last checkpoints of a run: the mean of their weights.",
    "import": "Make a run folder of a Hugging Face model folder.",
    "export": "Write a run as a Hugging Face folder, and prove that it gives the same logits.",
}.items():
    app.command(f"quatrain.cli.{_verb}_command:run", name=_verb, help=_help)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, 1 (failed), 2 (the request was wrong) or 130 (stopped, saved first)."""
    try:
        code = app(
            _with_stdin(sys.argv[1:] if arguments is None else arguments), exit_on_error=False, print_error=False
        )
        sys.stdout.flush()
        return int(code or 0)
    except QuatrainError as error:
        return _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _fail("Stopped.", 130)
    except CycloptsError as error:
        return _fail(_explain(error), 2)
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # a file or folder that may not be read or written, a full disk
        return _fail(f"{error.filename or 'the system'}: {error.strerror or error}.", 1)


def _with_stdin(arguments: Sequence[str]) -> list[str]:
    """A lone `-` is standard input, not a flag: it goes last, where no flag can stand."""
    others = [argument for argument in arguments if argument != "-"]
    return others if len(others) == len(arguments) else [*others, "--", "-"]


def _fail(message: str, code: int) -> int:
    print(message if code == 130 else f"quatrain: {message}", file=sys.stderr)
    return code


def _explain(error: CycloptsError) -> str:
    """What was wrong, and which help to ask for."""
    verb = " ".join(["quatrain", *(error.command_chain or ())])
    faults = getattr(error.__cause__ or error.__context__, "errors", None)  # of pydantic, where a config refused
    message = faults()[0]["msg"].removeprefix("Value error, ") if faults else str(error)
    sentence = message if message.endswith((".", "?")) else f"{message}."
    return f"{sentence} Type {verb} --help to see what there is."


def script() -> None:
    """Entry point of the `quatrain` command."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whatever a command does, it stops as by Ctrl-C
    sys.exit(main())
