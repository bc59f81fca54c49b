"""A study in a store: what it asks, who is invited, and every answer. It goes through the store's protocol only."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from threading import RLock

from pydantic import ValidationError

from ..errors import RunError
from ..store.protocol import Repository, Store
from .answers import (
    ANSWERS,
    DEVICES,
    INVITATIONS,
    SEATS,
    STANDING,
    Answer,
    Device,
    Invitation,
    Seat,
    Standing,
    standing_of,
)
from .plan import next_seats
from .records import Status, Study


class StudyStore:
    """One study's records. Several threads, and several servers over one store, may use it at once."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._lock = RLock()
        self.seats: Repository[Seat] = store.repository(SEATS)
        self.invitations: Repository[Invitation] = store.repository(INVITATIONS)
        self.devices: Repository[Device] = store.repository(DEVICES)
        self.answers: Repository[Answer] = store.repository(ANSWERS)
        self._standing: Repository[Standing] = store.repository(STANDING)
        self._study: Study | None = None
        self._key = b""

    @property
    def opened(self) -> bool:
        """Whether there is a study here."""
        return self.store.note("study") is not None

    def create(self, study: Study, *, key: bytes | None = None) -> None:
        """Keep a new study; `key` makes its secrets, drawn where none is given. Raises RunError where one is here."""
        if self.opened:
            raise RunError("there is a study in this store already: what people are shown doesn't change")
        digest = self.store.put_text(study.model_dump_json())
        self.store.flush()
        self.store.put_note("key", (key or secrets.token_bytes(32)).hex())
        self.store.put_note("status", "open")
        self.store.put_note("study", digest)

    @property
    def study(self) -> Study:
        """Raises RunError where there is none, or it can't be read."""
        if self._study is None:
            digest = self.store.note("study")
            if not isinstance(digest, str):
                raise RunError("there is no study in this store")
            try:
                self._study = Study.model_validate_json(self.store.text(digest))
            except (KeyError, ValidationError):
                raise RunError("the study in this store can't be read: bring back a copy of it") from None
        return self._study

    def secret(self, purpose: str) -> bytes:
        """32 bytes that depend on the study's key and on what they are for."""
        if not self._key:
            self._key = bytes.fromhex(str(self.store.note("key")))
        return hmac.new(self._key, purpose.encode(), hashlib.sha256).digest()

    @property
    def organiser_token(self) -> str:
        """The token of the organiser's link: the same for every server over this store."""
        return base64.urlsafe_b64encode(self.secret("organiser")).decode().rstrip("=")

    @property
    def status(self) -> Status:
        """Asked of the store each time: another process may have changed it."""
        found = self.store.note("status")
        return found if found in ("paused", "closed") else "open"  # type: ignore[return-value]  # a note is any JSON

    def set_status(self, status: Status) -> None:
        self.store.put_note("status", status)

    def invite(self, count: int, *, lacking: bool = False) -> list[tuple[Seat, str]]:
        """New seats with the token of each one's link, which is shown here and never again.

        With `lacking` the seats go where raters are missing now, else where the plan has the fewest.
        """
        with self._lock:
            known = self.seats.find()
            raters = self.raters() if lacking else None
            added = next_seats(self.study, known, count, name=self._participant, raters=raters)
            tokens = [secrets.token_urlsafe(32) for _ in added]
            self.seats.add(added)
            self.invitations.add(
                [
                    Invitation(id=hashed(token), participant=seat.participant, seat=seat.number)
                    for seat, token in zip(added, tokens, strict=True)
                ]
            )
            self.store.flush()
            return list(zip(added, tokens, strict=True))

    def renew(self, seat: int) -> str:
        """A new link for a seat whose own was lost; the old one no longer opens. Raises RunError."""
        with self._lock:
            found = self.seats.find(number=seat)
            if not found:
                raise RunError(f"there is no seat {seat} in this study: it has {self.seats.count()}")
            for old in self.invitations.find(seat=seat):
                self.invitations.put(old.model_copy(update={"revoked": True}))
            token = secrets.token_urlsafe(32)
            self.invitations.add([Invitation(id=hashed(token), participant=found[0].participant, seat=seat)])
            self.store.flush()
            return token

    def invitation(self, token: str) -> Invitation | None:
        """Whom a link belongs to; None for one that opens nothing."""
        try:
            found = self.invitations.get(hashed(token))
        except KeyError:
            return None
        return None if found.revoked else found

    def seat(self, participant: str) -> Seat:
        """Raises KeyError."""
        return self.seats.get(participant)

    def device(self, participant: str) -> Device | None:
        try:
            return self.devices.get(participant)
        except KeyError:
            return None

    def take_device(self, device: Device) -> None:
        with self._lock:
            self.devices.put(device)
            self.store.flush()

    def record(self, answers: Sequence[Answer]) -> int:
        """Keep these durably, in this order; returns how many were new. One that is there already changes nothing."""
        with self._lock:
            fresh: dict[str, Answer] = {}
            for answer in answers:
                if answer.id not in fresh and not self._knows(answer.id):
                    fresh[answer.id] = answer
            self.answers.add(list(fresh.values()))
            for answer in fresh.values():
                self._stands(answer)
            self.store.flush()
            return len(fresh)

    def standing(self, participant: str) -> dict[str, Standing]:
        """Step to the answer that stands for it."""
        return {each.step: each for each in self._standing.find(participant=participant)}

    def all_standing(self) -> list[Standing]:
        return self._standing.find()

    def answer(self, id: str) -> Answer:
        """Raises KeyError."""
        return self.answers.get(id)

    def raters(self) -> dict[str, int]:
        """Item to the people who gave evidence on it, by the kind of step that most of them are through with."""
        found = {item.id: 0 for item in self.study.items}
        for cell, row in self._standing.sums("cell").items():
            item = cell.partition("/")[2]
            if item in found:
                found[item] = max(found[item], int(row["count"]))
        return found

    def mend(self) -> int:
        """Let every answer of the log count again that a crash kept from counting; returns how many did."""
        with self._lock:
            last: dict[str, Answer] = {}
            for answer in self.answers.find():
                known = last.get(f"{answer.participant}/{answer.step}")
                if known is None or _replaces(answer, known.complete, late=known.late):
                    last[f"{answer.participant}/{answer.step}"] = answer
            stands = {each.id: each.answer for each in self._standing.find()}
            lost = [answer for key, answer in last.items() if stands.get(key) != answer.id]
            for answer in lost:
                self._standing.put(standing_of(answer))
            self.store.flush()
            return len(lost)

    def close(self) -> None:
        self.store.close()

    def _stands(self, answer: Answer) -> None:
        found = standing_of(answer)
        try:
            known = self._standing.get(found.id)
        except KeyError:
            known = None
        if known is None or _replaces(answer, known.complete, late=known.late):
            self._standing.put(found)

    def _knows(self, id: str) -> bool:
        try:
            self.answers.get(id)
        except KeyError:
            return False
        return True

    def _participant(self, number: int) -> str:
        """An id in the form of a UUID that tells nothing to whoever lacks the study's key."""
        digits = hmac.new(self.secret("participants"), str(number).encode(), hashlib.sha256).hexdigest()[:32]
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _replaces(answer: Answer, known_complete: bool, *, late: bool) -> bool:
    """Whether a later answer takes an earlier one's place.

    What is saved on the way never takes the place of a complete answer, nor a late one that of one in time.
    """
    if answer.late and not late:
        return not known_complete and answer.complete
    return answer.complete or not known_complete


def hashed(token: str) -> str:
    """How a token is kept: SHA-256, in hex. It is 256 random bits, so no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
