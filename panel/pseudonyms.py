"""Pseudonyms for participants: ids that tell nothing to whoever lacks the salt."""

import hashlib
import hmac
from collections.abc import Mapping

from ..records import content_id
from .records import Assessment, Panel, Participant, Problem


def pseudonymised(panel: Panel, salt: bytes) -> Panel:
    """The panel with every participant's id replaced by a keyed hash of it (HMAC-SHA-256, 64 bits shown).

    The same salt gives the same pseudonyms, so that the same person stays one person over runs. Demographics and
    what people wrote stay as they are: words can still give a person away. Raises ValueError for an empty salt.
    """
    if not salt:
        raise ValueError("an empty salt protects nobody")
    names = {name: pseudonym(name, salt) for name in panel.participants}
    return panel.model_copy(
        update={
            "participants": {
                names[name]: Participant(id=names[name], demographics=one.demographics)
                for name, one in panel.participants.items()
            },
            "assessments": tuple(
                _renamed(one, number, names) for number, one in enumerate(panel.assessments)
            ),
            "rubrics": tuple(
                one.model_copy(
                    update={
                        "author": names.get(one.author, pseudonym(one.author, salt)) if one.author else "",
                        "scores": {
                            names.get(who, pseudonym(who, salt)): score for who, score in one.scores.items()
                        },
                    }
                )
                for one in panel.rubrics
            ),
            "problems": tuple(_told(one, names) for one in panel.problems),
        }
    )


def pseudonym(name: str, salt: bytes) -> str:
    """What stands in place of one participant's id."""
    return "p-" + hmac.new(salt, name.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:16]


def _renamed(one: Assessment, number: int, names: Mapping[str, str]) -> Assessment:
    """The old id is a hash of the participant's own: it would let anybody try names out."""
    who = names[one.participant]
    id_ = content_id("assessment", one.conversation, who, number)
    return one.model_copy(update={"id": id_, "participant": who})


def _told(problem: Problem, names: Mapping[str, str]) -> Problem:
    if problem.subject not in names and not any(name in problem.message for name in names if len(name) > 3):
        return problem
    message = problem.message
    for name, pseudonym in names.items():
        if len(name) > 3:
            message = message.replace(name, pseudonym)
    return problem.model_copy(
        update={"subject": names.get(problem.subject, problem.subject), "message": message}
    )
