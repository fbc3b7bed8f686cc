"""The global stage of near-duplicates on synthetic signatures: time, memory, recall, precision.

    python -m tests.benchmarks.bench_global --folder DIR [--sizes 1000000 10000000] [--doc FILE]

Parts are written into the folder (a gigabyte for a million documents), then a process of its own
runs the stage with two workers, while this one adds up the proportional set
sizes (PSS) of all its processes. Times are of all processes, from the call to the end of the
workers. Recall is over copies whose original has no other copy, so that a pair that is found is
also merged; precision over all documents that go. Then the same with 200,000 documents in one
bucket, and datasketch's MinHashLSH in memory on as many signatures as it can take.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

BANDS = ((0.80, 0.85), (0.85, 0.90), (0.90, 1.01))
WORKERS = 2
MARK = "<!-- bench_global -->"


def stage(given: dict[str, Any]) -> dict[str, Any]:
    """Run the stage and judge what it found (in a process of its own)."""
    import numpy as np
    import pyarrow as pa

    from curation.engines.local import LocalEngine
    from curation.near import near_duplicates
    from curation.pairs import Stage
    from curation.table import PartFile, Works
    from tests.curation.make_works import recipe_of

    parts = tuple(PartFile(Path(path), "synthetic", None) for path in given["parts"])
    hashes, sizes = _guard_hashes(parts)
    count = len(hashes)
    part = np.repeat(np.arange(len(parts)), sizes)
    row = np.arange(count) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    table = pa.table(
        {
            "shingle_words": pa.array(np.full(count, 100, np.int32)),
            "guard_hash": hashes,
            "kind": pa.array(["abstract"]).take(pa.array(np.zeros(count, np.int32))),
        }
    )
    works = Works(table, part, row, parts, ())
    order = np.random.default_rng(1).permutation(count)
    everyone, nobody = np.ones(count, np.bool_), np.zeros(count, np.bool_)
    recipe = recipe_of("")
    print("begin", flush=True)
    wall, before = time.perf_counter(), os.times()
    with LocalEngine(WORKERS) as engine:
        ran = Stage(engine, Path(given["scratch"]))
        found = near_duplicates(works, everyone, nobody, order, recipe, ran)
    after = os.times()
    wall = time.perf_counter() - wall
    print("end", flush=True)
    cpu = sum(after[:4]) - sum(before[:4])
    judged = _judged(given["count"], given["template"], found)
    return {"wall_s": wall, "cpu_s": cpu, "all": count, "notes": found.notes, **judged}


def _guard_hashes(parts: Any) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    read = [pq.read_table(p.path, columns=["guard_hash"], use_threads=False) for p in parts]
    return pa.concat_tables(read)["guard_hash"].combine_chunks(), [len(table) for table in read]


def _judged(count: int, template: bool, found: Any) -> dict[str, Any]:
    """Compare with what was planted."""
    import numpy as np

    from filters.duplicates.verify import jaccard
    from tests.benchmarks.synthetic import MEMBERS, documents, truth

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
        similarity = jaccard(*(np.frombuffer(words, np.uint32) for words in pair))
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
    peak, parent_peak = 0, 0
    running = threading.Event()

    def watch() -> None:
        nonlocal peak, parent_peak
        while not running.wait(0.2):
            sizes = [_pss(process) for process in _descendants(child.pid)]
            if sum(sizes) > peak:
                peak, parent_peak = sum(sizes), sizes[0]

    watcher = threading.Thread(target=watch)
    result: dict[str, Any] = {}
    assert child.stdout is not None
    for line in child.stdout:
        if line == "begin\n":
            watcher.start()
        elif line == "end\n":
            running.set()
            watcher.join()
        elif line.startswith("{"):
            result = json.loads(line)
    if child.wait():
        raise SystemExit(f"{call} failed")
    return {**result, "peak": peak, "parent_peak": parent_peak}


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


def peer_lines(parts: list[str], ours: dict[str, Any]) -> list[str]:
    """Compare with datasketch."""
    theirs = measured("in_memory", parts=parts)
    return [
        "",
        "| | signatures | CPU s | peak PSS, GiB |",
        "|---|---:|---:|---:|",
        f"| this stage, two workers, with exact check, guard and clusters | {ours['all']:,} | "
        f"{ours['cpu_s']:.1f} | {ours['peak'] / 2**30:.2f} |",
        f"| datasketch `MinHashLSH`, 16 x 8, candidates alone | {ours['all']:,} | "
        f"{theirs['cpu_s']:.1f} | {theirs['peak'] / 2**30:.2f} |",
    ]


def main() -> None:
    """Run all of it and write the table."""
    from tests.benchmarks.synthetic import MEMBERS, write_parts

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000_000, 10_000_000])
    parser.add_argument("--bucket", type=int, default=200_000)
    parser.add_argument("--peer", type=int, default=200_000)
    parser.add_argument("--doc", type=Path)
    arguments = parser.parse_args()
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
        more = peer_lines([str(p) for p in write_parts(plain, arguments.peer)], ours)
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
        before, _, rest = arguments.doc.read_text().partition(MARK)
        _, _, after = rest.partition(MARK)
        arguments.doc.write_text(f"{before}{MARK}\n{text}\n{MARK}{after}")


if __name__ == "__main__":
    main()
