"""What others install: a wheel that carries everything, pinned requirements, Heroku's files."""

import asyncio
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tests.program import ROOT, bot

PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
ARTICLE = """By Harbour Post

A ferry with 52 wagons left the port of Alat on Monday. It carries copper and pistachios.
"""


def tracked() -> list[str]:
    """The files that are in version control, and still there."""
    listed = subprocess.run(("git", "ls-files"), cwd=ROOT, capture_output=True, text=True)
    listed.check_returncode()
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


async def run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, err = await process.communicate()
    assert process.returncode == 0, err.decode()


async def wheel(folder: Path) -> Path:
    """A wheel built from a copy of the tracked files, without the network."""
    copy, out = folder / "copy", folder / "wheels"
    for name in tracked():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    offline = ("--no-deps", "--no-index", "--no-build-isolation")
    await run(*PIP, "wheel", *offline, "--wheel-dir", str(out), str(copy))
    (built,) = out.iterdir()
    return built


async def test_an_installed_wheel_briefs_from_an_empty_folder(tmp_path: Path) -> None:
    built, installed, empty = await wheel(tmp_path), tmp_path / "installed", tmp_path / "empty"
    names = ZipFile(built).namelist()
    assert {name.split("/")[0].partition("-")[0] for name in names} == {
        "bot",
        "summaries",
        "briefing_bot",
    }
    assert {"bot/py.typed", "summaries/py.typed", "bot/starter.yaml"} <= set(names)
    await run(*PIP, "install", "--no-deps", "--no-index", "--target", str(installed), str(built))

    empty.mkdir()
    started = await bot("init", folder=empty, path=installed)
    assert started.status == 0, started.err
    (empty / "articles" / "ferry.txt").write_text(ARTICLE, "utf-8")
    answer = await bot("brief", "pistachios", "--as", "json", folder=empty, path=installed)
    assert (answer.status, answer.err) == (0, "")
    assert answer.json["matched"] == 1


def pins(name: str) -> dict[str, str]:
    """The packages of a requirements file, which has pins and, at its head, another file."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "-r requirements.txt"))]
    matches = [re.fullmatch(r"([\w.-]+)==([\w.+!]+)", line) for line in wanted]
    assert all(matches), [line for line, pin in zip(wanted, matches, strict=True) if not pin]
    return {canonicalize_name(pin[1]): pin[2] for pin in matches if pin}


def test_every_dependency_is_pinned_to_a_version_that_it_allows() -> None:
    pinned = pins("requirements.txt")
    for line in PROJECT["project"]["dependencies"]:
        wanted = Requirement(line)
        assert pinned[canonicalize_name(wanted.name)] in wanted.specifier, line


def test_what_builds_the_wheel_is_pinned_for_the_tests() -> None:
    pinned = pins("requirements-test.txt")
    assert "wheel" in pinned
    for line in PROJECT["build-system"]["requires"]:
        wanted = Requirement(line)
        assert pinned[canonicalize_name(wanted.name)] in wanted.specifier, line


def test_heroku_finds_its_processes_one_package_manager_and_a_python() -> None:
    lines = (ROOT / "Procfile").read_text("utf-8").splitlines()
    processes = dict(line.split(": ", 1) for line in lines)
    assert processes == {"web": "python -m bot run", "worker": "python -m bot run"}
    version = (ROOT / ".python-version").read_text("utf-8").strip()
    assert re.fullmatch(r"3\.\d+", version)
    assert version in SpecifierSet(PROJECT["project"]["requires-python"])
    others = {"runtime.txt", "Pipfile", "Pipfile.lock", "poetry.lock", "uv.lock", "setup.py"}
    assert not others & set(tracked())
