"""The wheel: only `concord` is in it, with everything it reads; it runs beside another package called `agents`."""

import fnmatch
import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = {name: ROOT.joinpath(*name.split(".")[1:]) for name in PYPROJECT["tool"]["setuptools"]["packages"]}
PACKAGE_DATA: dict[str, list[str]] = PYPROJECT["tool"]["setuptools"]["package-data"]
NO_INDEX = ("Could not find a version", "No matching distribution", "ConnectionError", "Failed to establish")
OURS = """
import json, sys, importlib.util
from importlib.resources import files
import agents, concord.agents
print(json.dumps({
    "theirs": agents.__file__, "ours": concord.agents.__file__, "runner": hasattr(agents, "Runner"),
    "spec": str(files("concord.example").joinpath("spec.md")), "data": str(files("concord.example").joinpath("data")),
    "clash": [name for name in ("evals", "models", "graph", "prompts", "panel", "cli")
              if importlib.util.find_spec(name) is not None],
}))
"""


def data_files(folder: Path) -> list[str]:
    """What a package's own folder holds beside Python, folders without Python below it included."""
    found = []
    for path in folder.rglob("*"):
        inside = path.relative_to(folder)
        owner = next(parent for parent in path.parents if parent in PACKAGES.values())
        if path.is_file() and owner == folder and path.suffix not in (".py", ".pyc"):
            found.append(inside.as_posix())
    return sorted(found)


@pytest.mark.parametrize("package", [name for name in PACKAGES if name != "concord"])
def test_package_data_covers_every_file_that_is_not_python(package: str) -> None:
    patterns = PACKAGE_DATA.get(package, [])
    missing = [
        file
        for file in data_files(PACKAGES[package])
        if not any(fnmatch.fnmatchcase(file, pattern) for pattern in patterns)
    ]
    assert not missing, f"{package}: add {', '.join(missing)} to package-data"


def test_package_data_names_nothing_that_is_gone() -> None:
    for package, patterns in PACKAGE_DATA.items():
        for pattern in patterns:
            if package != "concord.models":  # its tables lie one folder deeper
                assert list(PACKAGES[package].glob(pattern)), f"{package}: nothing is called {pattern}"


def pip(*words: str | Path, python: str | Path = sys.executable) -> None:
    """Run pip quietly; the test is skipped where there is no package index to ask."""
    ended = subprocess.run(
        [python, "-m", "pip", "--disable-pip-version-check", *words, "--quiet"],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    if ended.returncode and any(sign in ended.stderr for sign in NO_INDEX):
        pytest.skip(f"the package index can't be reached: {ended.stderr.strip().splitlines()[-1]}")
    assert ended.returncode == 0, ended.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the sources, so that nothing left over from another build gets in."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    rooms = {path.name for name, path in PACKAGES.items() if name.count(".") == 1}
    for name in sorted(rooms):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.is_file() and not path.name.startswith("."):
            shutil.copy(path, source / path.name)
    pip("wheel", "--no-deps", "--wheel-dir", folder, source)
    return next(folder.glob("*.whl"))


def test_only_concord_is_in_the_wheel_with_all_that_it_reads(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"concord"}
    wanted = {"concord/py.typed", "concord/__main__.py"}
    for package, folder in PACKAGES.items():
        inside = package.replace(".", "/")
        wanted |= {f"{inside}/{path.name}" for path in folder.glob("*.py")}
        if package != "concord":
            wanted |= {f"{inside}/{file}" for file in data_files(folder)}
    assert wanted <= names, sorted(wanted - names)
    assert {name for name in names if name.startswith("concord/")} == wanted
    for needed in (
        "prompts/ranker.jinja",
        "models/embedded/behaviours.toml",
        "example/spec.md",
        "example/data/comparisons.jsonl",
    ):
        assert f"concord/{needed}" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


@pytest.mark.slow
@pytest.mark.skipif(
    "CONCORD_SLOW_TESTS" not in os.environ, reason="reaches the package index: CONCORD_SLOW_TESTS=1 runs it"
)
def test_it_installs_beside_openai_agents_and_runs_its_example_elsewhere(wheel: Path, tmp_path: Path) -> None:
    """A new environment, the wheel and openai-agents from the index, a run of the example."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True, timeout=120)
    bin = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    pins = tmp_path / "constraints.txt"
    # openai-agents wants an older websockets than we would take alone.
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins.write_text("\n".join(line for line in lines if not line.startswith("websockets==")) + "\n")
    pip("install", "--constraint", pins, wheel, "openai-agents>=0.20", python=bin / "python")

    away = tmp_path / "away"
    away.mkdir()
    environment = {
        key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "CONCORD_HOME")
    }

    def said(*words: str | Path) -> str:
        ended = subprocess.run(
            words, cwd=away, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    told = json.loads(said(bin / "python", "-c", OURS))
    assert told["runner"], "`import agents` is openai-agents'"
    assert Path(told["theirs"]).parent.name == "agents"
    assert Path(told["ours"]).parts[-3:] == ("concord", "agents", "__init__.py")
    assert told["clash"] == []
    assert str(tmp_path / "venv") in told["spec"]
    assert said(bin / "concord", "--version").startswith("concord ")
    words = ("--spec", told["spec"], "--data", told["data"], "--model", "embedded", "--rounds", "1", "--json")
    summary = json.loads(said(bin / "concord", "run", *words))
    assert summary["proposals"]["adopted"] > 0
    assert (away / "runs" / "spec-data-s0" / "spec.md").exists()
