"""Chromium for the browser tests: where it is, and how to get it.

As root it comes from the distribution's packages, else from npm (`@sparticuz/chromium`, MIT), into this environment.
Playwright's own download isn't used.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGE = "@sparticuz/chromium@153.0.0"
OWN = Path(sys.prefix) / "share" / "concord-chromium"
_INSTALLED = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
_UNPACK = """
const fs = require('fs'), path = require('path'), zlib = require('zlib');
const [from, to] = process.argv.slice(1);
for (const name of fs.readdirSync(from)) {
  if (!name.endsWith('.br')) continue;
  fs.writeFileSync(path.join(to, name.slice(0, -3)), zlib.brotliDecompressSync(fs.readFileSync(path.join(from, name))));
}
"""


def find() -> Path | None:
    """The browser to use: $CONCORD_CHROMIUM, one that is installed, or the one that `main` unpacked. None: there is none."""
    named = os.environ.get("CONCORD_CHROMIUM")
    if named:
        return Path(named)
    for name in _INSTALLED:
        if (found := shutil.which(name)) is not None:
            return Path(found)
    own = OWN / "chromium"
    return own if own.is_file() else None


def environment() -> dict[str, str | float | bool]:
    """What the browser needs in its environment: libraries that came with it."""
    library = OWN / "lib"
    if not library.is_dir():
        return {**os.environ}
    known = os.environ.get("LD_LIBRARY_PATH", "")
    return {**os.environ, "LD_LIBRARY_PATH": f"{library}{':' + known if known else ''}"}


def arguments() -> list[str]:
    """Switches: the sandbox needs a user who isn't root; npm's build needs a few of its own."""
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    own = ["--no-sandbox", "--headless=shell", "--disable-gpu"] if find() == OWN / "chromium" else []
    return [*dict.fromkeys([*root, *own, "--disable-dev-shm-usage"])]


def main() -> int:
    """Get a browser where there is none. Returns 0 when there is one in the end."""
    if find() is None:
        _from_apt() or _from_npm()
    found = find()
    print(f"browser: {found}" if found else "no browser could be had: its tests will be skipped")  # noqa: T201
    return 0 if found else 1


def _from_apt() -> bool:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    steps = (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium-headless-shell"],
    )
    return all(subprocess.run(step, check=False).returncode == 0 for step in steps)


def _from_npm() -> bool:
    if shutil.which("npm") is None or shutil.which("node") is None:
        return False
    OWN.mkdir(parents=True, exist_ok=True)
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(OWN), PACKAGE]
    if subprocess.run(install, check=False).returncode:
        return False
    packed = OWN / "node_modules" / "@sparticuz" / "chromium" / "bin"
    if subprocess.run(["node", "-e", _UNPACK, str(packed), str(OWN)], check=False).returncode:
        return False
    for archive in OWN.glob("*.tar"):
        subprocess.run(["tar", "-xf", str(archive), "-C", str(OWN)], check=False)
        archive.unlink()
    if not (OWN / "chromium").is_file():
        return False
    (OWN / "chromium").chmod(0o755)
    shutil.rmtree(OWN / "node_modules")
    return True


if __name__ == "__main__":
    sys.exit(main())
