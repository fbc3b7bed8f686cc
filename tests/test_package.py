"""The wheel: it holds the three packages with their data and nothing else, and builds a corpus."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from curation.warm import ensure_kernels
from filters.kernels import cache_folder
from tests.corpora import notes, recipe

ROOT = Path(__file__).parents[1]
PACKAGES = ("curation", "filters", "sources")
DATA = (".toml", ".npz", ".json", ".txt", ".tmpl")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a copy of the checkout: building leaves nothing in the checkout itself."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "checkout"
    copy.mkdir()
    for name in (*PACKAGES, "tests", "data"):
        ignore = shutil.ignore_patterns("__pycache__", "*.nbi", "*.nbc")
        shutil.copytree(ROOT / name, copy / name, ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    command = [sys.executable, "-m", "pip", "wheel", str(copy), "--no-deps"]
    command += ["--no-build-isolation", "--quiet", "--wheel-dir", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [path] = folder.glob("*.whl")
    return path


def test_it_holds_the_packages_and_their_data_alone(wheel: Path) -> None:
    """Every module and data file of the three packages; no test, no sample, no cache."""
    with zipfile.ZipFile(wheel) as archive:
        held = {n for n in archive.namelist() if ".dist-info/" not in n}
        metadata = [n for n in archive.namelist() if ".dist-info/" in n]
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.suffix in (".py", *DATA) or path.name == "py.typed"
    }
    assert held == wanted
    assert {
        "filters/rules.toml",
        "filters/kernels/unicode.npz",
        "curation/recipes/local.toml",
        *(f"{package}/py.typed" for package in PACKAGES),
    } <= held
    assert any(name.endswith("/licenses/LICENSE") for name in metadata)
    assert any(name.endswith("/entry_points.txt") for name in metadata)


def take_compiled(site: Path, folder: Path) -> None:
    """Give an installed package the compiled code of the checkout, which took a minute to make.

    numba looks in a folder named by where the source stands; it compares their content, and
    compiles what it does not find.
    """
    ensure_kernels(say=lambda line: None)
    for package in ("filters/kernels", "filters/duplicates", "sources/text"):
        held, wanted = (
            f"{Path(package).name}_{hashlib.sha1(str(place / package).encode()).hexdigest()}"
            for place in (ROOT, site)
        )
        shutil.copytree(cache_folder() / held, folder / wanted)


def test_it_builds_a_corpus_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """Installed into a folder of its own, the program knows nothing of the checkout."""
    site, work = tmp_path / "site", tmp_path / "work"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    command += ["--target", str(site), str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    notes(work, 10)
    recipe(work)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment |= {"PYTHONPATH": str(site), "CURATION_CACHE": str(tmp_path / "cache")}
    take_compiled(site, tmp_path / "cache/kernels" / cache_folder().name)

    def python(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            capture_output=True, text=True, check=False, cwd=work, env=environment,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    places = python(
        "-c", "import curation, filters, sources as s; "
        "print(curation.__file__, filters.__file__, s.__file__)",
    )  # fmt: skip
    assert [Path(place).is_relative_to(site) for place in places.split()] == [True] * 3
    assert str(ROOT) not in places
    out = python("-m", "curation", "build", "recipe.toml", "--out", "corpus", "--workers", "1")
    assert out.startswith("corpus/v1")
    assert "10 " in python("-m", "curation", "stats", "corpus")
    assert "local" in python("-m", "curation", "recipe", "list")
    python("-m", "curation", "verify", "corpus", "--deep")
