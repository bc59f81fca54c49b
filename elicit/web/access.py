"""Whom a study's pages answer: everybody who has a link, at the names that were given."""

from urllib.parse import urlsplit

from ...errors import OptionError
from ...review.web.access import LOCAL, Access


def study_access(host: str, port: int, *, url: str | None, tls: bool, behind_proxy: bool) -> Access:
    """The guard of a study's pages. Raises OptionError where links would cross a network in the clear.

    `url` is where people reach the pages; its name is answered to beside those of this machine.
    """
    hosts = [f"{name}:{port}" for name in dict.fromkeys((*LOCAL[:2], "[::1]", host))]
    if url is not None:
        parts = urlsplit(url)
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or parts.path not in ("", "/")
            or parts.query
        ):
            raise OptionError(f"{url!r} is no address of pages: give one such as https://study.example.org")
        hosts.append(parts.netloc.rpartition("@")[2].lower())
    if host not in LOCAL and not tls and not behind_proxy:
        raise OptionError(
            f"personal links to {host} would cross the network in the clear: give --tls-cert and --tls-key, or "
            "--behind-proxy where a proxy in front does TLS"
        )
    return Access(hosts=tuple(dict.fromkeys(hosts)))
