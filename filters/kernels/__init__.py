"""Compiled loops over Arrow buffers (numba); each has a plain reference twin in the tests.

numba stamps compiled code with the content of the kernel's own file only: a change in a function
that it calls from another file would leave old machine code running. So the cache folder is named
by the content of all modules of this package, here, before numba is imported.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import platformdirs

HOME = Path(__file__).parents[1]


def cache_folder() -> Path:
    """Return the folder of compiled code for exactly these sources.

    Below the user's cache folder, or below ``CURATION_CACHE`` where that is set.
    """
    digest = hashlib.sha256()
    for path in sorted(HOME.rglob("*.py")):
        digest.update(path.relative_to(HOME).as_posix().encode())
        digest.update(path.read_bytes())
    base = os.environ.get("CURATION_CACHE") or platformdirs.user_cache_dir("curation")
    return Path(base) / "kernels" / digest.hexdigest()[:16]


os.environ["NUMBA_CACHE_DIR"] = str(cache_folder())
if "numba" in sys.modules:  # a program that imports both, numba first
    sys.modules["numba"].config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]


def warm_all() -> None:
    """Compile every kernel of the package into numba's cache."""
    import importlib

    from filters.kernels.compile import compile_all

    for path in sorted(HOME.rglob("*.py")):
        name = ".".join(path.relative_to(HOME.parent).with_suffix("").parts)
        if not path.stem.startswith(("__", "build_")):
            importlib.import_module(name)
    compile_all()
