"""A dataset that may be given away: ids hashed, demographics k-anonymous, texts searched, a data card beside it."""

import hashlib
import hmac
import json
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import DataError, InputError
from ..panel.anonymity import anonymised
from ..panel.exporters.ca1 import write_ca1
from ..panel.importers.load import load
from ..panel.pseudonyms import pseudonymised
from ..panel.records import Panel, Participant
from ..records import content_id
from .card import write_card
from .release_records import Released, Terms
from .searching import free_text, searched

CHECKSUMS, REPORT = "SHA256SUMS", "release.json"
Progress = Callable[[str], None]


def release(
    panel: Panel, folder: Path, terms: Terms, salt: bytes, *, progress: Progress | None = None
) -> Released:
    """Write the release into `folder`, which must be new or empty; read it back; put nothing there if anything fails.

    Participants' ids become HMAC-SHA-256 under `salt` (at least 16 bytes), conversations' too unless kept. The order of
    lines follows the new ids, so that the old order tells nothing. Raises InputError and DataError.
    """
    if len(salt) < 16:
        raise InputError("the salt must hold at least 16 bytes: `head -c 32 /dev/urandom > salt`")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} isn't empty: give --out a new folder")
    tell = progress or (lambda _: None)
    tell("hashing ids")
    panel = _shuffled(
        _conversations_hashed(pseudonymised(panel, salt), salt, keep=terms.keep_conversation_ids)
    )
    demographics = {id_: _kept(one, terms.drop) for id_, one in panel.participants.items()}
    texts = free_text(demographics, terms.free_text)
    attributes = tuple(
        name
        for name in dict.fromkeys(name for told in demographics.values() for name in told)
        if name not in texts
    )
    tell(f"demographics of {len(demographics):,} people, k = {terms.k}")
    safe = anonymised(demographics, terms.k, attributes, terms.prefer)
    people = {id_: Participant(id=id_, demographics=told) for id_, told in safe.people.items()}
    panel = panel.model_copy(update={"participants": people})
    tell(f"searching {len(panel.assessments):,} assessments for {', '.join(terms.search) or 'nothing'}")
    panel, finds = searched(panel, texts, search=terms.search, mask=terms.mask, regions=terms.regions)
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        write_ca1(panel, partial)
        if not same_content(panel, load(partial)):
            raise DataError(
                "what was written reads back otherwise: the data holds what the layout can't carry"
            )
        made = Released(
            conversations=len(panel.conversations),
            participants=len(panel.participants),
            assessments=len(panel.assessments),
            k=terms.k,
            smallest_group=safe.smallest,
            merged=safe.merged,
            withheld=safe.withheld,
            dropped=terms.drop,
            finds=finds,
            files=(),
        )
        write_card(partial, panel, attributes, terms, made)
        if terms.consent:
            (partial / "CONSENT.md").write_text(
                terms.consent.rstrip() + "\n", encoding="utf-8", errors="replace"
            )
        counts = Counter((find.kind, find.by, find.masked) for find in finds)
        told = made.model_dump(mode="json", exclude={"finds", "files"}) | {
            "finds": [
                {"kind": kind, "by": by, "masked": hidden, "count": count}
                for (kind, by, hidden), count in sorted(counts.items())
            ]
        }
        (partial / REPORT).write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        files = _checksums(partial)
        if folder.exists():
            folder.rmdir()
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial.replace(folder)
    except OSError as problem:
        raise InputError(f"{folder}: the release can't be written there ({problem.strerror})") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return made.model_copy(update={"files": files})


def same_content(one: Panel, other: Panel) -> bool:
    """Whether two panels hold the same conversations, people, criteria and evidence, whatever their ids of assessments are."""

    def told(panel: Panel) -> Counter[str]:
        return Counter(each.model_dump_json(exclude={"id"}) for each in panel.assessments)

    return (
        dict(one.conversations) == dict(other.conversations)
        and dict(one.participants) == dict(other.participants)
        and told(one) == told(other)
        and {each.model_dump_json() for each in one.rubrics}
        == {each.model_dump_json() for each in other.rubrics}
        and one.notice == other.notice
    )


def _kept(one: Participant, drop: Sequence[str]) -> dict[str, str]:
    return {name: value for name, value in one.demographics.items() if name not in drop}


def _conversations_hashed(panel: Panel, salt: bytes, *, keep: bool) -> Panel:
    if keep:
        return panel
    names = {
        id_: "c-"
        + hmac.new(salt, f"conversation/{id_}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[
            :16
        ]
        for id_ in panel.conversations
    }
    return panel.model_copy(
        update={
            "conversations": {
                names[id_]: one.model_copy(update={"id": names[id_]})
                for id_, one in panel.conversations.items()
            },
            "assessments": tuple(
                one.model_copy(update={"conversation": names[one.conversation]}) for one in panel.assessments
            ),
            "rubrics": tuple(
                one.model_copy(update={"conversation": names[one.conversation]}) for one in panel.rubrics
            ),
        }
    )


def _shuffled(panel: Panel) -> Panel:
    """In the order of the new ids; assessments of one cell keep theirs."""
    order = sorted(panel.assessments, key=lambda one: (one.conversation, one.participant))
    return panel.model_copy(
        update={
            "conversations": dict(sorted(panel.conversations.items())),
            "participants": dict(sorted(panel.participants.items())),
            "assessments": tuple(
                one.model_copy(
                    update={"id": content_id("assessment", one.conversation, one.participant, number)}
                )
                for number, one in enumerate(order)
            ),
            "rubrics": tuple(
                one.model_copy(
                    update={
                        "id": content_id("rubric", one.conversation, one.criterion),
                        "scores": dict(sorted(one.scores.items())),
                    }
                )
                for one in sorted(panel.rubrics, key=lambda one: (one.conversation, one.criterion))
            ),
            "problems": (),
        }
    )


def _checksums(folder: Path) -> tuple[str, ...]:
    """A line a file, as `sha256sum --check` reads them; gives the files' names."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = []
    for path in files:
        with path.open("rb") as file:
            lines.append(
                f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path.relative_to(folder).as_posix()}\n"
            )
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")
    return (*(path.relative_to(folder).as_posix() for path in files), CHECKSUMS)
