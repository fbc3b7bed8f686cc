"""Whole build of PubMed files against a bare iterparse, CPU time, in one run; budget by step.

    CURATION_TEST_DATA=… python -m tests.benchmarks.bench_build [--runs 3]

Prints the ratio of the median CPU time of a warm build (all its processes, Python's own code
compiled as after an installation) to that of a bare ``lxml.etree.iterparse(tag="PubmedArticle")``
with clearing over the same .gz files, the peak memory of the largest process once and with the
input given twice, and where a build and an extract spend their time, each in one process.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import importlib
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from lxml import etree

from tests.corpora import Inline

FILES = ("pubmed20n0014.xml.gz", "pubmed21n1298.xml.gz")

RECIPE = '{head}[[sources]]\nuse = "pubmed"\npaths = {paths}\n'
TWICE = '[[sources]]\nuse = "pubmed"\nname = "again"\npaths = {paths}\n'


def bare(files: list[Path]) -> float:
    """CPU seconds of reading the files with iterparse and clearing, in this process."""
    start = time.process_time()
    for path in files:
        with gzip.open(path) as stream:
            for _, element in etree.iterparse(stream, events=("end",), tag="PubmedArticle"):
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    return time.process_time() - start


def build(recipe: Path, out: Path, workers: int) -> tuple[float, float]:
    """CPU seconds and peak MiB of the largest process of one build, from an empty cache."""
    shutil.rmtree(out, ignore_errors=True)
    code = (
        "import resource, subprocess, sys\n"
        f"done = subprocess.run([sys.executable, '-m', 'curation', 'build', {str(recipe)!r}, '--out',"
        f" {str(out)!r}, '--workers', '{workers}', '--quiet'], stdout=subprocess.DEVNULL)\n"
        "usage = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(done.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)"
    )
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    status, cpu, peak = done.stdout.split()
    if status != "0":
        raise SystemExit(f"the build ended with {status}: {done.stderr}")
    return float(cpu), float(peak)


class Timed(Inline):
    """Runs every task in this process, and remembers what it took.

    Attributes:
        spent: CPU seconds by function, of scans by folder.
    """

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)

    def run(
        self, function: Callable[[Any], Any], tasks: Sequence[Any], on_crash: object = None
    ) -> Iterator[tuple[Any, Any]]:
        """Run a function over tasks."""

        def timed(task: Any) -> Any:
            name = f"{function.__name__} {getattr(task, 'name', '').split('/')[0]}".strip()
            start = time.process_time()
            result = function(task)
            self.spent[name] += time.process_time() - start
            return result

        yield from super().run(timed, tasks)


def stages(folder: Path) -> dict[str, float]:
    """CPU seconds by task of a build in this process, and of loading what workers need."""
    start = time.process_time()
    importlib.import_module("curation.engines.preload")
    from curation import pipeline
    from curation.progress import Progress
    from curation.recipe import load

    loaded = time.process_time()
    with Timed() as engine, Progress(quiet=True) as progress:
        pipeline.build(load(folder / "recipe.toml"), folder / "inline", engine, progress)
    total = time.process_time() - loaded
    rest = total - sum(engine.spent.values())
    loading = {"loading, once a process": loaded - start}
    return loading | engine.spent | {"all else (decide, ledger)": rest, "all but loading": total}


def budget(files: list[Path], folder: Path) -> dict[str, float]:
    """CPU seconds by step of extracting the files in this process."""
    from curation import documents, extract
    from curation.parameters import source_parameters
    from curation.recipe import load
    from curation.task import InputFile, SliceTask

    spent: dict[str, float] = defaultdict(float)

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            start = time.process_time()
            result = function(*args, **kwargs)
            spent[name] += time.process_time() - start
            return result

        return call

    for name, step in (
        ("normalise", "normalise"),
        ("normalise_line", "normalise"),
        ("mask", "PII"),
        ("clean_ids", "PII"),
        ("_language", "language"),
        ("sign", "signature"),
        ("content_hash", "signature"),
        ("table_of", "table, all of it"),
    ):
        setattr(documents, name, timed(step, getattr(documents, name)))
    extract.table_of = documents.table_of
    extract._PartWriter._write = timed("cache Parquet", extract._PartWriter._write)
    recipe = load(folder / "recipe.toml")
    parameters = source_parameters(recipe, recipe.sources[0], lambda line: None)
    start = time.process_time()
    for number, path in enumerate(files):
        item = InputFile(path.name, str(path), path.stat().st_size, "x")
        extract.extract_slice(SliceTask(str(folder / f"slice{number}"), (item,), parameters))
    total = time.process_time() - start
    inner = spent["normalise"] + spent["PII"] + spent["language"] + spent["signature"]
    table = spent.pop("table, all of it")
    result = {"gunzip, parse": total - table - spent["cache Parquet"]}
    result |= dict(spent)
    result["quality, table, JSON"] = table - inner
    result["all of extract"] = total
    return result


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--workers", type=int, default=2)
    given = arguments.parse_args()
    data = os.environ.get("CURATION_TEST_DATA")
    if not data:
        sys.exit("set CURATION_TEST_DATA to the folder of real files")
    files = [Path(data) / "pubmed" / name for name in FILES]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = "[" + ", ".join(f'"{path}"' for path in files) + "]"
        (folder / "recipe.toml").write_text(RECIPE.format(head="", paths=paths))
        (folder / "twice.toml").write_text(
            RECIPE.format(head="[alarms]\nmax_source_loss = 1\n", paths=paths)
            + TWICE.format(paths=paths)
        )
        build(folder / "recipe.toml", folder / "warm", given.workers)
        ratios, cpus, bares, peaks = [], [], [], []
        for _ in range(given.runs):
            bares.append(bare(files))
            cpu, peak = build(folder / "recipe.toml", folder / "corpus", given.workers)
            cpus.append(cpu)
            peaks.append(peak)
            ratios.append(cpu / bares[-1])
        _, double = build(folder / "twice.toml", folder / "corpus", given.workers)
        print(f"bare iterparse     {statistics.median(bares):8.2f} s CPU (median of {given.runs})")
        print(f"whole build        {statistics.median(cpus):8.2f} s CPU, {given.workers} workers")
        print(f"ratio              {statistics.median(ratios):8.2f}   (asked: <= 3)")
        print(f"peak of a process  {max(peaks):8.0f} MiB  (asked: <= 1536)")
        print(f"the input twice    {double:8.0f} MiB  (asked: no higher)")
        print("\nwhere a build spends its CPU time, in one process")
        for step, seconds in stages(folder).items():
            print(f"  {step:<30} {seconds:6.2f} s")
        print("\nwhere one extract spends its CPU time")
        for step, seconds in budget(files, folder).items():
            print(f"  {step:<22} {seconds:6.2f} s")
    print(
        f"\npeak of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB"
    )


if __name__ == "__main__":
    main()
