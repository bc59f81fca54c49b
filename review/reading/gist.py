"""An answer of any agent in a few words."""

from collections import Counter

from ...models.records import CallRecord


def gist(call: CallRecord) -> str:
    """What was answered, in a few words; what failed, where it did."""
    if call.status == "failed":
        return call.failure
    match call.answer:
        case {"ranking": str(ranking)}:
            return ranking
        case {"grades": list(grades)}:
            return f"{len(grades)} graded"
        case {"proposals": list(proposals)}:
            return f"{len(proposals)} proposed"
        case {"verdicts": list(verdicts)}:
            stances = Counter(str(each["stance"]) for each in verdicts if isinstance(each, dict))
            return ", ".join(f"{stances[stance]} {stance}" for stance in ("support", "refute", "silent"))
        case {"verdict": str(word), "reason": str(reason)}:
            return f"{word}: {reason}"
        case {"kind": str(word), "reason": str(reason)} | {"answer": str(word), "reason": str(reason)}:
            return f"{word.replace('_', ' ')}: {reason}"
        case {"routes": list(routes)}:
            return f"{len(routes)} routed"
        case {"themes": list(found)} | {"statements": list(found)}:
            return f"{len(found)} found"
        case _:
            return call.status
