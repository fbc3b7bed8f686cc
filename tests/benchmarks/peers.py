"""Other tools in environments of their own: installed once, pinned, and run as child processes."""

from __future__ import annotations

import json
import subprocess
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_AROUND = """
import json, sys, time
texts = json.load(open(sys.argv[1], encoding="utf-8"))
run(texts[0])
start = time.process_time()
results = [run(text) for text in texts]
used = time.process_time() - start
json.dump({"cpu_s": used, "results": results}, open(sys.argv[2], "w", encoding="utf-8"))
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool with the packages, pinned, that an environment of its own gets.

    Attributes:
        name: Of the environment's folder.
        packages: Requirements, one version each.
    """

    name: str
    packages: tuple[str, ...]

    def python(self, environments: Path) -> Path:
        """Return the interpreter of the environment, made where it is not there yet."""
        folder = (environments / self.name).resolve()
        python = folder / "bin" / "python"
        if not (folder / "ready").exists():
            venv.create(folder, with_pip=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", *self.packages], check=True)
            (folder / "ready").touch()
        return python

    def run(self, environments: Path, code: str, texts: list[str]) -> dict[str, Any]:
        """Call a function of one text in the environment, text after text, in one process.

        Args:
            environments: Folder of the environments.
            code: Source that defines ``run(text)``, whose results JSON can hold.
            texts: Documents.

        Returns:
            ``results``, one per text, and ``cpu_s``, CPU seconds of all calls (the first text is
            run once before, so that models load outside the clock).
        """
        with tempfile.TemporaryDirectory() as name:
            given, result = Path(name) / "texts.json", Path(name) / "result.json"
            given.write_text(json.dumps(texts), "utf-8")
            subprocess.run(
                [self.python(environments), "-c", code + _AROUND, given, result], check=True
            )
            found: dict[str, Any] = json.loads(result.read_text("utf-8"))
            return found


DATATROVE = Peer("datatrove", ("datatrove[processing]==0.10.1", "spacy==3.8.18"))
DOLMA = Peer("dolma", ("dolma==1.2.1", "boto3==1.40.0"))
