"""The pictures in the documents, made anew from the demo."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from . import chromium

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
WIDTH, HEIGHT = 1180, 760


def main() -> int:
    """Run the demo, open its pages, and save overview, sections, a proposal and the trace."""
    from playwright.sync_api import sync_playwright

    found = chromium.find()
    if found is None:
        print("there is no browser: run `make browser` first", file=sys.stderr)  # noqa: T201
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "CONCORD_HOME": folder, "COLUMNS": "200"}
        example = ROOT / "example"
        concord: list[str | Path] = [sys.executable, "-m", "concord"]
        demo = [
            *concord,
            "run",
            "--spec",
            example / "spec.md",
            "--data",
            example / "data",
            "--model",
            "embedded",
        ]
        subprocess.run(
            demo, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        run = "spec-data-s0"
        subprocess.run([*concord, "report", run], env=environment, check=True, stdout=subprocess.DEVNULL)
        server = subprocess.Popen(
            [*concord, "review", run, "--no-open", "--port", "0"],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stderr is not None
            address = re.findall(r"http://\S+", server.stderr.readline())[0].rstrip("/")
            with sync_playwright() as driver:
                browser = driver.chromium.launch(
                    executable_path=str(found), args=chromium.arguments(), env=chromium.environment()
                )
                for name, scheme, place, whole in (
                    ("overview", "light", "/", True),
                    ("sections", "light", "/sections", False),
                    ("proposal", "light", "", True),
                    ("trace", "dark", "/trace?role=ranker&node=trial&round=1", False),
                ):
                    page = browser.new_page(
                        viewport={"width": WIDTH, "height": HEIGHT},
                        color_scheme="dark" if scheme == "dark" else "light",
                    )
                    if name == "proposal":
                        page.goto(f"{address}/runs/{run}/docket")
                        page.locator(".docket .intent").nth(1).click()
                    else:
                        page.goto(f"{address}/runs/{run}{place}")
                    page.screenshot(path=PICTURES / f"{name}.png", full_page=whole)
                    page.close()
                browser.close()
        finally:
            server.terminate()
            server.wait(timeout=30)
    print(f"pictures: {PICTURES}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
