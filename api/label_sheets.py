"""A sheet of justifications for a person to label: written as YAML with an open stance each, and read back.

Who labels sees what the validator saw, and not what it said.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import yaml

from ..agreement.stances import Stance
from ..errors import OptionError
from ..graph.human_records import ProposalResult
from ..graph.labelling import Label
from ..panel.records import Panel
from ..store.runs import write_atomically

_HEAD = """\
# For each justification: do the person's reasons speak for what the intent asks? Write after `stance:`
#   support   they speak for it             refute   they speak against it, or for the opposite
#   mixed     some for it, some against it  silent   they have no bearing on it, or it cannot be told
# Keep the order, begin at the top, and stop where you like: chance drew the order, so labels from the top on tell how
# the validator errs. Give the file back with --labels.
"""


class _Text(str):
    """Printed as a block where it runs over lines."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(
    _Text,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", str(text), style="|" if "\n" in text else None
    ),
)


def write_sheet(path: Path, result: ProposalResult, panel: Panel) -> int:
    """Write what is to be labelled of each proposal; how many justifications that is. Raises OptionError."""
    said = {each.id: each for each in panel.assessments}
    sheets: list[dict[str, Any]] = []
    for report in result.reports:
        rows = []
        for id_ in report.to_label:
            judgement = said[id_].judgement(result.block)
            conversation = panel.conversations[said[id_].conversation]
            if judgement is None:
                continue
            rows.append(
                {
                    "assessment": id_,
                    "asked": _Text(conversation.messages[-1].content),
                    "responses": {each.label: _Text(each.text) for each in conversation.responses},
                    "ranking": str(judgement.ranking),
                    "words": _Text(judgement.rationale),
                    "stance": None,
                }
            )
        sheets.append(
            {"proposal": report.proposal.id, "intent": _Text(report.proposal.intent), "labels": rows}
        )
    text = yaml.dump(sheets, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    try:
        write_atomically(path, _HEAD + text.replace("stance: null", "stance:"))
    except OSError as problem:
        raise OptionError(f"{path}: {(problem.strerror or str(problem)).lower()}") from None
    return sum(len(each["labels"]) for each in sheets)


def read_sheet(path: Path, name: str = "") -> tuple[Label, ...]:
    """The labels of a sheet; rows whose stance is open are passed over. `name`: who labelled. Raises OptionError."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise OptionError(f"{path}: {(problem.strerror or str(problem)).lower()}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise OptionError(f"{path}{where}: this is no sheet of labels ({_first_line(problem)})") from None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise OptionError(f"{path}: a sheet of labels is a list of tables with `proposal` and `labels`")
    labels: list[Label] = []
    for number, sheet in enumerate(found, 1):
        rows = sheet.get("labels")
        if not isinstance(sheet.get("proposal"), str) or not isinstance(rows, list):
            raise OptionError(f"{path}, proposal {number}: it needs `proposal`, an id, and `labels`, a list")
        labels += _labels(rows, sheet["proposal"], f"{path}, proposal {number}", name)
    if not labels:
        raise OptionError(f"{path} holds no label: write a stance after `stance:` of some justifications")
    return tuple(labels)


def _labels(rows: Sequence[object], proposal: str, where: str, name: str) -> list[Label]:
    found = []
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict) or not isinstance(row.get("assessment"), str):
            raise OptionError(f"{where}, label {number}: it needs `assessment`, an id, and `stance`")
        stance = row.get("stance")
        if stance is None:
            continue
        if stance not in get_args(Stance):
            raise OptionError(
                f"{where}, label {number}: {str(stance)[:40]!r} is no stance; write one of {', '.join(get_args(Stance))}"
            )
        found.append(
            Label(proposal=proposal, assessment=row["assessment"], stance=stance, by=name or "a sheet")
        )
    return found


def _first_line(problem: Exception) -> str:
    return str(getattr(problem, "problem", None) or problem).splitlines()[0][:120]
