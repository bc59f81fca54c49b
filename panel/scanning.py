"""Personal data in texts: e-mail addresses, phone numbers, and what looks like a person's name.

Phone numbers by Google's libphonenumber (the package phonenumbers), names by the lists of the package Faker. It finds
what has the usual form. It does not find an address, a nickname, an employer, a name in another script, or a story that gives
its teller away: a person reads before a release.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import Literal

from ..errors import InputError
from ..records import Record

Kind = Literal["email", "phone", "name"]
KINDS: tuple[Kind, ...] = ("email", "phone", "name")
_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@(?:[A-Za-z0-9\-]{1,63}\.){1,8}[A-Za-z]{2,24}")
_CAPITALISED = r"[^\W\d_a-z][^\W\d_]{1,24}"
_PAIR = re.compile(rf"\b({_CAPITALISED})(?: [^\W\d_a-z]\.)? ({_CAPITALISED}(?:-{_CAPITALISED})?)\b")
_TOLD = re.compile(
    rf"\b(?:[Mm]y name is|[Ii] am called|[Mm]e llamo|[Mm]i nombre es|[Jj]e m'appelle|[Ii]ch heiße|[Mm]eu nome é)"
    rf" ({_CAPITALISED}(?: {_CAPITALISED})?)\b"
)
_LOCALES = ("en_US", "en_GB", "es_MX", "es_CL", "nl_NL", "de_DE", "fr_FR", "pt_BR", "it_IT", "en_IN")


class Span(Record):
    """One find in a text."""

    kind: Kind
    start: int
    end: int


def scan(text: str, *, regions: Sequence[str] = ("US",), kinds: Sequence[Kind] = KINDS) -> tuple[Span, ...]:
    """Finds in `text`, in order, not overlapping. `regions` are the countries (ISO 3166, two letters) whose way of writing
    a number without its country is read; numbers with a plus are read everywhere.

    Raises InputError where the extra `release` is not installed.
    """
    found: list[Span] = []
    if "email" in kinds and "@" in text:
        found += [Span(kind="email", start=hit.start(), end=hit.end()) for hit in _EMAIL.finditer(text)]
    if "phone" in kinds and sum(letter.isdigit() for letter in text) >= 7:
        found += _phones(text, tuple(regions))
    if "name" in kinds:
        found += _names(text)
    kept: list[Span] = []
    for span in sorted(found, key=lambda each: (each.start, -each.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return tuple(kept)


def masked(text: str, spans: Sequence[Span]) -> str:
    """`text` with every find replaced by its kind: `[email]`."""
    for span in sorted(spans, key=lambda each: each.start, reverse=True):
        text = f"{text[: span.start]}[{span.kind}]{text[span.end :]}"
    return text


def _phones(text: str, regions: tuple[str, ...]) -> Iterator[Span]:
    try:
        from phonenumbers import PhoneNumberMatcher
    except ImportError:
        raise _missing() from None
    for region in regions:
        for hit in PhoneNumberMatcher(text, region):
            yield Span(kind="phone", start=hit.start, end=hit.end)


def _names(text: str) -> Iterator[Span]:
    for told in _TOLD.finditer(text):
        yield Span(kind="name", start=told.start(1), end=told.end(1))
    first, last = _lists()
    for pair in _PAIR.finditer(text):
        if pair[1] in first and pair[2].split("-")[0] in last:
            yield Span(kind="name", start=pair.start(), end=pair.end())


@cache
def _lists() -> tuple[frozenset[str], frozenset[str]]:
    """First and last names of the locales, those of one capitalised word."""
    first: set[str] = set()
    last: set[str] = set()
    for locale in _LOCALES:
        try:
            provider = import_module(f"faker.providers.person.{locale}").Provider
        except ImportError:
            raise _missing() from None
        for kept, attributes in (
            (first, ("first_names", "first_names_male", "first_names_female")),
            (last, ("last_names",)),
        ):
            for attribute in attributes:
                names = getattr(provider, attribute, ())
                if not isinstance(names, property):  # some locales join other lists there
                    kept.update(name for name in names if " " not in name)
    return frozenset(first), frozenset(last)


def _missing() -> InputError:
    return InputError(
        "looking for phone numbers and names needs the extra 'release': pip install 'concord-spec[release]'; "
        "or leave the search out with --no-scan"
    )
