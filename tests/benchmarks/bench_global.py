"""The global stage of near-duplicates on synthetic signatures: time, memory, recall, precision.

    python -m tests.benchmarks.bench_global --folder DIR [--sizes 1000000 10000000] [--doc FILE]

For each number of documents parts are written into the folder (a gigabyte a million), then a
process of its own runs the stage with two workers, while this one adds up the proportional set
sizes (PSS) of all its processes. Times are of all processes, from the call to the end of the
workers. Recall is over copies whose original has no other copy, so that a pair that is found is
also merged; precision over all documents that go. Then the same with 200,000 documents in one
bucket, and datasketch's MinHashLSH in memory on as many signatures as it can take.
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
from typing import Any

BANDS = ((0.80, 0.85), (0.85, 0.90), (0.90, 1.01))
WORKERS = 2
MARK = "<!-- bench_global -->"


def stage(plan_of: list[Any], folder: Path) -> dict[str, Any]:
    """Run the stage and judge what it found (in a process of its own)."""
    import numpy as np
    import pyarrow as pa

    from curation.engines.local import LocalEngine
    from curation.near import near_duplicates
    from curation.pairs import Stage
    from curation.table import PartFile, Works
    from tests.benchmarks.synthetic import PART_ROWS, Plan, part_path
    from tests.curation.make_works import recipe_of

    plan = Plan(*plan_of)
    count = plan.count
    paths = [part_path(folder, number) for number in range(-(-count // PART_ROWS))]
    numbers = np.arange(count)
    table = pa.table(
        {
            "shingle_words": pa.array(np.full(count, 100, np.int32)),
            "guard_hash": _guard_hashes(paths),
            "kind": pa.array(["abstract"]).take(pa.array(np.zeros(count, np.int32))),
        }
    )
    parts = tuple(PartFile(path, "synthetic", None) for path in paths)
    works = Works(table, numbers // PART_ROWS, numbers % PART_ROWS, parts, ())
    order = np.random.default_rng(plan.seed).permutation(count)
    everyone, nobody = np.ones(count, np.bool_), np.zeros(count, np.bool_)
    recipe = recipe_of("")
    print("begin", flush=True)
    wall, before = time.perf_counter(), os.times()
    with LocalEngine(WORKERS) as engine:
        ran = Stage(engine, folder / "near")
        found = near_duplicates(works, everyone, nobody, order, recipe, ran)
    after = os.times()
    wall = time.perf_counter() - wall
    print("end", flush=True)
    cpu = sum(after[:4]) - sum(before[:4])
    return {"wall_s": wall, "cpu_s": cpu, "notes": found.notes, **_judged(plan, found)}


def _guard_hashes(paths: list[Path]) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    read = [pq.read_table(path, columns=["guard_hash"], use_threads=False) for path in paths]
    return pa.concat_tables(read)["guard_hash"].combine_chunks()


def _judged(plan: Any, found: Any) -> dict[str, Any]:
    """Compare with what was planted."""
    import numpy as np

    from filters.duplicates.verify import verify
    from tests.benchmarks.synthetic import documents, truth

    originals, planted = truth(plan)
    copies = np.flatnonzero(originals >= 0)
    heads = np.where(found.representative >= 0, found.representative, np.arange(plan.count))
    alone = copies[np.bincount(originals[copies], minlength=plan.count)[originals[copies]] == 1]
    merged = heads[alone] == heads[originals[alone]]
    recall = []
    for low, high in BANDS:
        some = (planted[alone] >= low) & (planted[alone] < high)
        recall.append([int(some.sum()), float(merged[some].mean())])
    # What goes is compared once more with what stays, from words made anew.
    gone = np.random.default_rng(0).permutation(np.flatnonzero(found.representative >= 0))[:20_000]
    wrong = 0
    for row in gone.tolist():
        pair = [documents(plan, n, n + 1)["word_hashes"] for n in (row, int(heads[row]))]
        words = pair[0].combine_chunks(), pair[1].combine_chunks()
        import pyarrow as pa

        similarity = verify(pa.concat_arrays(words), np.array([[0, 1]]))[0]
        wrong += similarity < 0.80 or similarity != found.similarity[row]
    below = merged & (planted[alone] < 0.80)
    return {
        "removed": int((found.representative >= 0).sum()),
        "recall": recall,
        "checked": len(gone),
        "wrong": int(wrong) + int(below.sum()),
    }


def in_memory(count: int, folder: Path) -> dict[str, Any]:
    """Find the candidates with datasketch's MinHashLSH, 16 x 8, from the same signatures."""
    import numpy as np
    import pyarrow.parquet as pq
    from datasketch import MinHash, MinHashLSH

    from filters.duplicates.signatures import signature_matrix
    from tests.benchmarks.synthetic import PART_ROWS, part_path

    paths = [part_path(folder, number) for number in range(-(-count // PART_ROWS))]
    read = [pq.read_table(path, columns=["signature"], use_threads=False) for path in paths]
    matrices = [signature_matrix(table["signature"].combine_chunks()) for table in read]
    signatures = np.concatenate(matrices)[:count]
    del read, matrices
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


def measured(call: str, *arguments: Any) -> dict[str, Any]:
    """Run a function of this module in a process of its own and measure the memory of all of it."""
    code = (
        "import sys, json; from curation.engines.lean import lean_libraries; lean_libraries();"
        "from pathlib import Path; from tests.benchmarks import bench_global;"
        "given = json.loads(sys.argv[1]);"
        f"print(json.dumps(bench_global.{call}(given[0], Path(given[1]))))"
    )
    given = json.dumps([arguments[0], str(arguments[1])])
    child = subprocess.Popen([sys.executable, "-c", code, given], stdout=subprocess.PIPE, text=True)
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


def row(label: str, plan: Any, result: dict[str, Any]) -> str:
    """Return a line of the table."""
    recall = " | ".join(f"{share:.2%}" for _, share in result["recall"])
    return (
        f"| {label} | {plan.count:,} | {result['cpu_s']:.0f} | "
        f"{result['cpu_s'] / plan.count * 1e6:.1f} | {result['wall_s']:.0f} | "
        f"{result['peak'] / 2**30:.2f} | {result['parent_peak'] / 2**30:.2f} | "
        f"{result['removed']:,} | {recall} | {result['wrong']} of {result['checked']:,} |"
    )


HEAD = (
    "| signatures | number | CPU s | µs each | wall s | peak PSS, GiB | of it the caller | removed | "
    "found 0.80-0.85 | 0.85-0.90 | 0.90-1 | wrongly removed |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
)


def peer_lines(count: int, folder: Path, ours: dict[str, Any]) -> list[str]:
    """Compare with datasketch."""
    theirs = measured("in_memory", count, folder)
    return [
        "",
        "| candidates and clusters | signatures | CPU s | peak PSS, GiB |",
        "|---|---:|---:|---:|",
        f"| this stage, two workers, with exact check and guard | {count:,} | "
        f"{ours['cpu_s']:.1f} | {ours['peak'] / 2**30:.2f} |",
        f"| datasketch `MinHashLSH`, 16 x 8, candidates alone | {count:,} | "
        f"{theirs['cpu_s']:.1f} | {theirs['peak'] / 2**30:.2f} |",
    ]


def main() -> None:
    """Run all of it and write the table."""
    from tests.benchmarks.synthetic import Plan, write_parts

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000_000, 10_000_000])
    parser.add_argument("--bucket", type=int, default=200_000)
    parser.add_argument("--peer", type=int, default=200_000)
    parser.add_argument("--doc", type=Path)
    arguments = parser.parse_args()
    plans = [("copies planted", Plan(size)) for size in arguments.sizes]
    if arguments.bucket:
        size, bucket = max(arguments.sizes), arguments.bucket
        plans += [
            (f"and {bucket:,} in a bucket by chance", Plan(size, 1, bucket, "band")),
            (f"and {bucket:,} of one template", Plan(size, 1, bucket, "template")),
        ]
    if arguments.peer:
        plans = [("copies planted", Plan(arguments.peer)), *plans]
    lines = [HEAD]
    more: list[str] = []
    for label, plan in plans:
        folder = arguments.folder / "parts"
        start = resource.getrusage(resource.RUSAGE_CHILDREN)
        write_parts(plan, folder, WORKERS)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        made = used.ru_utime - start.ru_utime
        result = measured("stage", list(plan), folder)
        lines.append(row(label, plan, result))
        print(lines[-1], f"(made in {made:.0f} s CPU)", *result["notes"], flush=True)
        if plan.count == arguments.peer:
            more = peer_lines(arguments.peer, folder, result)
            print(*more, sep="\n", flush=True)
        shutil.rmtree(folder)
    text = "\n".join([*lines, *more])
    print(text)
    if arguments.doc:
        before, _, rest = arguments.doc.read_text().partition(MARK)
        _, _, after = rest.partition(MARK)
        arguments.doc.write_text(f"{before}{MARK}\n{text}\n{MARK}{after}")


if __name__ == "__main__":
    main()
