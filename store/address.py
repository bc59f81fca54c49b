"""Where a shared store is: a PostgreSQL URL whose password stays in this process.

What is written to disk (`store.json` in a run's folder) is the URL without its password. To open the run again the
password comes from the URL given this time, from $CONCORD_STORE, or from where libpq looks: $PGPASSWORD, ~/.pgpass.
"""

import json
import os
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from ..errors import OptionError, RunError

POINTER = "store.json"
VARIABLE = "CONCORD_STORE"
_SCHEMES = ("postgresql", "postgres")
_SECRET = ("password", "sslpassword", "oauth_client_secret")
"""Parameters of a URL that are never written down."""

_given: dict[str, str] = {}
"""URLs of this process by their form without a password."""


@dataclass(frozen=True, slots=True)
class Address:
    """A PostgreSQL database. Its `repr` and its `safe` form hold no password."""

    safe: str
    """The URL without passwords: fit for a file, a page and a message."""
    url: str = field(repr=False)
    """What to connect with."""

    @classmethod
    def parse(cls, url: str) -> "Address":
        """Raises OptionError for anything but `postgresql://[USER[:PASSWORD]@][HOST[:PORT]]/DATABASE`.

        The message never quotes the URL: it may hold a password.
        """
        form = "postgresql://USER@HOST:PORT/DATABASE"
        parts = urlsplit(url) if url.isprintable() and " " not in url else None
        if parts is None or parts.scheme not in _SCHEMES or not url.startswith(parts.scheme + "://"):
            raise OptionError(f"a shared store is named by a URL: --store {form}")
        if not parts.path.strip("/"):
            raise OptionError(f"the store's URL names no database: --store {form}")
        user, at, hosts = parts.netloc.rpartition("@")
        query = [(name, value) for name, value in parse_qsl(parts.query) if name not in _SECRET]
        where = user.partition(":")[0] + at + hosts + parts.path
        safe = f"postgresql://{where}{'?' if query else ''}{urlencode(query)}"
        return cls(safe, url)

    def remembered(self) -> "Address":
        """This address, its password known to this process from now on."""
        _given[self.safe] = self.url
        return self


def address_of(url: str | None) -> Address | None:
    """The store that a URL names, or else $CONCORD_STORE; None where neither does. Raises OptionError."""
    named = url or os.environ.get(VARIABLE)
    return Address.parse(named).remembered() if named else None


@dataclass(frozen=True, slots=True)
class Pointer:
    """What a run's folder says of the store that holds the run."""

    address: Address
    run: str
    """The run's name in the store."""

    def write(self, folder: Path) -> None:
        """Raises OSError."""
        body = json.dumps({"run": self.run, "store": self.address.safe}, indent=2, sort_keys=True)
        (folder / POINTER).write_text(body + "\n", encoding="utf-8")


def pointer_of(folder: Path) -> Pointer | None:
    """The store that holds this folder's run; None where the folder holds it itself. Raises RunError."""
    path = folder / POINTER
    try:
        value = json.loads(path.read_bytes())
        address, run = Address.parse(value["store"]), value["run"]
        if not isinstance(run, str):
            raise TypeError
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise RunError(f"{path}: can't be read ({problem.strerror}); it says where the run is kept") from None
    except (ValueError, KeyError, TypeError, OptionError):
        raise RunError(f"{path}: doesn't say where the run is kept; restore it, or start a new run") from None
    _take_from_environment()
    return Pointer(Address(address.safe, _given.get(address.safe, address.url)), run)


def with_store(environment: dict[str, str], address: Address) -> dict[str, str]:
    """An environment for a process that reads runs of this store."""
    return {**environment, VARIABLE: address.url}


def need_driver() -> None:
    """Raises RunError where the extra that speaks with PostgreSQL isn't installed."""
    if find_spec("psycopg") is None:
        raise RunError(
            "a store on PostgreSQL needs the extra `postgres`: pip install 'concord-spec[postgres]'"
        )


def _take_from_environment() -> None:
    if named := os.environ.get(VARIABLE):
        address = Address.parse(named)
        _given.setdefault(address.safe, address.url)
