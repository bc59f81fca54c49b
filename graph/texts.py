"""The texts of a run by digest: parsed once, kept in the run's store."""

from ..spec import Spec
from .run_records import RunRecords


class Texts:
    """Spec texts by digest. What is held here is read back from the store after a resume."""

    def __init__(self, records: RunRecords) -> None:
        self._records = records
        self._parsed: dict[str, Spec] = {}

    def keep(self, spec: Spec) -> str:
        """Make a text known by its digest."""
        if spec.digest not in self._parsed:
            self._parsed[spec.digest] = spec
            self._records.put_text(spec.text)
        return spec.digest

    def spec(self, digest: str) -> Spec:
        """Raises KeyError for a text that was never kept."""
        if digest not in self._parsed:
            self._parsed[digest] = Spec.parse(self._records.text(digest))
        return self._parsed[digest]
