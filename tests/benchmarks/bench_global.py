"""The global stage of near-duplicates on synthetic signatures: time, memory, recall, precision.

    python -m tests.benchmarks.bench_global --folder DIR [--sizes 1000000 10000000]
        [--environments DIR] [--doc FILE]

Parts are written into the folder (a gigabyte for a million documents), then a process of its own
runs the stage with two workers, while this one adds up the proportional set
sizes (PSS) of all its processes. Times are of all processes, from the call to the end of the
workers. Recall is over copies whose original has no other copy, so that a pair that is found is
also merged; precision over all documents that go. Then the same with 200,000 documents in one
bucket, and datasketch's MinHashLSH and text-dedup, which hold everything in memory, on as many
signatures as they can take.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Self

from tests.benchmarks import pages

BANDS = ((0.80, 0.85), (0.85, 0.90), (0.90, 1.01))
WORKERS = 2


def stage(given: dict[str, Any]) -> dict[str, Any]:
    """Run the stage and judge what it found (in a process of its own)."""
    import numpy as np

    from curation.engines.local import LocalEngine
    from curation.near import near_duplicates
    from curation.pair_search import Stage
    from tests.curation.make_pairs import unlinked
    from tests.curation.make_works import recipe_of

    parts = [Path(path) for path in given["parts"]]
    hashes, sizes = _guard_hashes(parts)
    count = len(hashes)
    part = np.repeat(np.arange(len(parts)), sizes)
    row = np.arange(count) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    works, links = unlinked(parts, part, row, np.full(count, 100), hashes)
    order = np.random.default_rng(1).permutation(count)
    everyone, nobody = np.ones(count, np.bool_), np.zeros(count, np.bool_)
    recipe = recipe_of("")
    print("begin", flush=True)
    wall, before = time.perf_counter(), os.times()
    with LocalEngine(WORKERS) as engine:
        ran = Stage(engine, Path(given["scratch"]))
        found = near_duplicates(works, links, everyone, nobody, nobody, order, recipe, ran)
    after = os.times()
    wall = time.perf_counter() - wall
    print("end", flush=True)
    cpu = sum(after[:4]) - sum(before[:4])
    judged = _judged(given["count"], given["template"], found)
    return {"wall_s": wall, "cpu_s": cpu, "all": count, "notes": found.notes, **judged}


def _guard_hashes(parts: Any) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    read = [pq.read_table(path, columns=["guard_hash"], use_threads=False) for path in parts]
    return pa.concat_tables(read)["guard_hash"].combine_chunks(), [len(table) for table in read]


def _judged(count: int, template: bool, found: Any) -> dict[str, Any]:
    """Compare with what was planted."""
    import numpy as np

    from tests.benchmarks.synthetic import MEMBERS, documents, truth
    from tests.curation.make_pairs import likeness, shingles

    originals, planted = truth(count)
    copies = np.flatnonzero(originals >= 0)
    heads = np.where(
        found.representative >= 0, found.representative, np.arange(len(found.similarity))
    )
    alone = copies[np.bincount(originals[copies], minlength=count)[originals[copies]] == 1]
    merged = heads[alone] == heads[originals[alone]]
    recall = []
    for low, high in BANDS:
        some = (planted[alone] >= low) & (planted[alone] < high)
        recall.append([int(some.sum()), float(merged[some].mean())])
    # What goes is compared once more with what stays, from words made anew.
    gone = np.random.default_rng(0).permutation(np.flatnonzero(found.representative >= 0))[:20_000]
    wrong = int((merged & (planted[alone] < 0.80)).sum())
    for row in gone.tolist():
        numbers = [n if n < count else MEMBERS + n - count for n in (row, int(heads[row]))]
        pair = [documents(n, n + 1, template=template)["word_hashes"][0].as_py() for n in numbers]
        similarity = likeness(*(shingles(np.frombuffer(words, np.uint32)) for words in pair))
        wrong += similarity < 0.80 or similarity != found.similarity[row]
    return {
        "removed": int((found.representative >= 0).sum()),
        "recall": recall,
        "checked": len(gone),
        "wrong": int(wrong),
    }


def in_memory(given: dict[str, Any]) -> dict[str, Any]:
    """Find the candidates with datasketch's MinHashLSH, 16 x 8, from the same signatures."""
    import numpy as np
    import pyarrow.parquet as pq
    from datasketch import MinHash, MinHashLSH

    from filters.duplicates.signatures import signature_matrix

    read = [
        pq.read_table(path, columns=["signature"], use_threads=False) for path in given["parts"]
    ]
    signatures = np.concatenate(
        [signature_matrix(table["signature"].combine_chunks()) for table in read]
    )
    del read
    print("begin", flush=True)
    wall, cpu = time.perf_counter(), time.process_time()
    index = MinHashLSH(num_perm=128, params=(16, 8))
    pairs = 0
    permutations = MinHash(128, scheme="affine32").permutations
    for number, values in enumerate(signatures):
        one = MinHash(hashvalues=values, permutations=permutations, scheme="affine32")
        pairs += len(index.query(one))
        index.insert(number, one, check_duplication=False)
    result = {
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "pairs": pairs,
    }
    print("end", flush=True)
    return result


def text_dedup(count: int, environments: Path, folder: Path) -> dict[str, Any]:
    """Run text-dedup, texts to clusters, 16 x 8, on the same documents written as words."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from tests.benchmarks.peers import Peer
    from tests.benchmarks.synthetic import LENGTH, documents, truth

    python = Peer("text-dedup", ("text-dedup==0.4.0",)).python(environments)
    texts: list[str] = []
    for start in range(0, count, 20_000):
        words = documents(start, min(start + 20_000, count))["word_hashes"].combine_chunks()
        rows = np.frombuffer(words.buffers()[2], np.uint32).reshape(-1, LENGTH).tolist()
        texts += [" ".join(f"w{word}" for word in row) for row in rows]
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"text": texts, "number": range(count)}), folder / "texts.parquet")
    command = [
        str(python), "-m", "text_dedup.minhash", "--path", "parquet", "--split", "train",
        "--data_files", str(folder / "texts.parquet"), "--cache_dir", str(folder / "cache"),
        "--output", str(folder / "out"), "--column", "text", "--threshold", "0.8",
        "--num_perm", "128", "--b", "16", "--r", "8", "--ngram", "5", "--min_length", "5",
        "--hash_func", "xxh3", "--hash_bits", "32", "--num_proc", str(WORKERS),
    ]  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    child = subprocess.Popen(
        command,
        env={**os.environ, "HF_HOME": str(folder / "home")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with Watch(child.pid) as watch:
        code = child.wait()
    if code:
        raise SystemExit("text-dedup failed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    kept = {
        number
        for path in (folder / "out").glob("*.arrow")
        for number in pa.ipc.open_stream(path).read_all()["number"].to_pylist()
    }
    originals, planted = truth(count)
    copies = np.flatnonzero(originals >= 0)
    copies = copies[np.bincount(originals[copies], minlength=count)[originals[copies]] == 1]
    below = copies[planted[copies] < 0.80].tolist()
    lost = sum(row not in kept or int(originals[row]) not in kept for row in below)
    return {
        "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "peak": watch.peak,
        "removed": count - len(kept),
        "wrong": lost,
    }


def _descendants(root: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        found.append(waiting.pop())
        waiting += parents.get(found[-1], [])
    return found


def _pss(process: int) -> int:
    """Return the proportional set size of a process in bytes."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


class Watch:
    """Adds up the memory of a process and all that it started, five times a second.

    Attributes:
        peak: Most of it, in bytes.
        own: Share of the process itself at that time.
    """

    def __init__(self, process: int) -> None:
        self.peak = self.own = 0
        self._process, self._done = process, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._done.wait(0.2):
            sizes = [_pss(process) for process in _descendants(self._process)]
            if sum(sizes) > self.peak:
                self.peak, self.own = sum(sizes), sizes[0]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()


def measured(call: str, **given: Any) -> dict[str, Any]:
    """Run a function of this module in a process of its own and measure the memory of all of it."""
    code = (
        "import sys, json; from curation.engines.lean import lean_libraries; lean_libraries();"
        "from tests.benchmarks import bench_global;"
        f"print(json.dumps(bench_global.{call}(json.loads(sys.argv[1]))))"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, json.dumps(given)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    result: dict[str, Any] = {}
    for line in child.stdout:
        if line == "begin\n":
            with Watch(child.pid) as watch:
                assert child.stdout.readline() == "end\n"
        elif line.startswith("{"):
            result = json.loads(line)
    if child.wait():
        raise SystemExit(f"{call} failed")
    return {**result, "peak": watch.peak, "parent_peak": watch.own}


def row(label: str, result: dict[str, Any]) -> str:
    """Return a line of the table."""
    recall = " | ".join(f"{share:.2%}" for _, share in result["recall"])
    return (
        f"| {label} | {result['all']:,} | {result['cpu_s']:.1f} | "
        f"{result['cpu_s'] / result['all'] * 1e6:.1f} | {result['wall_s']:.0f} | "
        f"{result['peak'] / 2**30:.2f} | {result['parent_peak'] / 2**30:.2f} | "
        f"{result['removed']:,} | {recall} | {result['wrong']} of {result['checked']:,} |"
    )


HEAD = (
    "| signatures | number | CPU s | µs each | wall s | peak PSS, GiB | of it the caller | removed | "
    "found 0.80-0.85 | 0.85-0.90 | 0.90-1 | wrongly removed |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
)


def peer_lines(
    parts: list[str], ours: dict[str, Any], environments: Path | None, folder: Path
) -> list[str]:
    """Compare with tools that hold everything in memory."""
    count = ours["all"]
    theirs = measured("in_memory", parts=parts)
    lines = [
        "",
        "| | signatures | CPU s | peak PSS, GiB | removed | copies below 0.80 removed |",
        "|---|---:|---:|---:|---:|---:|",
        f"| this stage, two workers: candidates, exact check, guard, clusters | {count:,} | "
        f"{ours['cpu_s']:.1f} | {ours['peak'] / 2**30:.2f} | {ours['removed']:,} | {ours['wrong']} |",
        f"| datasketch `MinHashLSH`, 16 x 8: candidates | {count:,} | "
        f"{theirs['cpu_s']:.1f} | {theirs['peak'] / 2**30:.2f} | | |",
    ]
    if environments:
        theirs = text_dedup(count, environments, folder / "text-dedup")
        lines.append(
            f"| text-dedup 0.4.0, 16 x 8, two processes: from texts on | {count:,} | "
            f"{theirs['cpu_s']:.1f} | {theirs['peak'] / 2**30:.2f} | {theirs['removed']:,} | "
            f"{theirs['wrong']:,} |"
        )
    return lines


def main() -> None:
    """Run all of it and write the table."""
    from curation.warm import ensure_kernels
    from tests.benchmarks.synthetic import MEMBERS, write_parts

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000_000, 10_000_000])
    parser.add_argument("--bucket", type=int, default=200_000)
    parser.add_argument("--peer", type=int, default=200_000)
    parser.add_argument(
        "--environments", type=Path, help="of other tools; without, text-dedup is left"
    )
    parser.add_argument("--doc", type=Path)
    arguments = parser.parse_args()
    ensure_kernels(print)
    scratch = str(arguments.folder / "scratch")
    plain = arguments.folder / "plain"
    lines, more = [HEAD], []

    def run(label: str, count: int, template: bool, more_parts: list[Path]) -> dict[str, Any]:
        # The documents of a smaller corpus are the first ones of a larger one.
        paths = [*write_parts(plain, count, workers=WORKERS), *more_parts]
        result = measured(
            "stage", parts=[str(p) for p in paths], scratch=scratch, count=count, template=template
        )
        lines.append(row(label, result))
        print(lines[-1], *result["notes"], flush=True)
        return result

    if arguments.peer:
        ours = run("copies planted", arguments.peer, False, [])
        paths = [str(path) for path in write_parts(plain, arguments.peer)]
        more = peer_lines(paths, ours, arguments.environments, arguments.folder)
        print(*more, sep="\n", flush=True)
    for count in arguments.sizes:
        run("copies planted", count, False, [])
    for kind in ("band", "template") if arguments.bucket else ():
        template = kind == "template"
        folder = arguments.folder / kind
        members = write_parts(folder, arguments.bucket, first=MEMBERS, template=template)
        said = "of one template" if template else "in a bucket by chance"
        run(f"and {arguments.bucket:,} {said}", max(arguments.sizes), template, members)
    shutil.rmtree(arguments.folder)
    text = "\n".join([*lines, *more])
    print(text)
    if arguments.doc:
        pages.put(arguments.doc, "bench_global", text)


if __name__ == "__main__":
    main()
