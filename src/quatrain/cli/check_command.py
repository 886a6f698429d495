"""`quatrain check DATA`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from quatrain.cli import _format


def run(
    data: str,
    *,
    task: str | None = None,
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = (),
    for_: Annotated[str | None, Parameter(name="--for", allow_leading_hyphen=True)] = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Say what is in this data, what is wrong with it, and what training on it would cost.

    Parameters
    ----------
    data
        A file, a folder, an archive, or the name of embedded data.
    task
        What it is to be used for, as for `quatrain train`; if not given, what it looks like.
    set_
        One setting, such as data.encoding=latin-1; may be given many times.
    for_
        The training time to plan for, 2m if not given.
    json
        Print the report as one JSON object on stdout.
    """
    from quatrain import api
    from quatrain.training import Request

    request = Request(data=data, task=task, settings=set_, seconds=_format.seconds(for_) if for_ else None)
    report = api.check_request(request)
    if json:
        _format.print_json(report.to_dict())
    else:
        print(report)
    return 0 if report.cost or report.report.is_usable else 2
