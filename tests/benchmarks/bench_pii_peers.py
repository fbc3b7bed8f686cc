"""Masking of personal data against other tools, on the same texts in the same run.

    CURATION_TEST_DATA=… python -m tests.benchmarks.bench_pii_peers ENVIRONMENTS [--write]

Recall is measured on the judging quarters of both presidio-research sets (six pattern entities,
pooled, by overlap), false alarms and speed on real abstracts and papers. Every peer is installed,
pinned, in an environment of its own below ENVIRONMENTS, and runs in one process; CPU seconds are
compared. Presidio's pattern recognisers run without a language model and without context, with a
score of at least 0.4; of data-juicer its mapper for personal data runs with what it masks unless
told otherwise. A mask on a real text is a false alarm unless it touches an e-mail address;
all other masks of ours there were read and are judged in ``tests/filters/test_pii_alarms.py``.
``--write`` puts the table into docs/pii.md.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa

from filters.pii import locate
from tests.benchmarks import pages
from tests.benchmarks.peers import DATATROVE, DOLMA, Peer
from tests.filters.pii_real import texts
from tests.filters.pii_sets import SIX, records

PAGE = Path(__file__).parents[2] / "docs" / "pii.md"
EMAIL = re.compile(r"[\w.+'-]+ ?@ ?[\w-]+\.[\w.-]+")
ABSTRACTS, PAPERS = 5000, 40
"""Real texts that every tool looks at: drawn with a fixed seed."""

Spans = list[list[int]]

PRESIDIO = Peer("presidio", ("presidio-analyzer==2.2.366",))
# aiohttp is imported and not declared.
DATA_JUICER = Peer("data_juicer", ("py-data-juicer==1.6.1", "aiohttp==3.14.5"))

CODE = {
    PRESIDIO: """
import tldextract
tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())
from presidio_analyzer import predefined_recognizers as p
steps = [p.EmailRecognizer(), p.PhoneRecognizer(), p.CreditCardRecognizer(), p.IbanRecognizer(),
         p.UsSsnRecognizer(), p.IpRecognizer()]
def run(text):
    found = (r for s in steps for r in s.analyze(text, s.supported_entities, None) or ())
    return [[r.start, r.end] for r in found if r.score >= 0.4]
""",
    DATATROVE: """
from datatrove.pipeline.formatters import PIIFormatter
steps = [PIIFormatter().emails_replacer, PIIFormatter().ip_replacer]
def run(text):
    return [list(m.span()) for s in steps for m in s.regex.finditer(text)
            if not s.validator or s.validator(m.group(0))]
""",
    DOLMA: """
from dolma.core.data_types import Document
from dolma.taggers.pii import FastPiiRegex
step = FastPiiRegex()
def run(text):
    found = step.predict(Document(id="0", text=text, source="")).spans
    return [[s.start, s.end] for s in found if not s.type.startswith("doc")]
""",
    DATA_JUICER: """
from data_juicer.ops.mapper.pii_redaction_mapper import PiiRedactionMapper
step = PiiRedactionMapper()
names = ("pem_block", "jwt_re", "ipv4_re", "ipv6_re", "mac_re", "path_unix", "path_win",
         "path_win_unc", "email_re", "secret_kv", "id_kv", "channel_kv", "feishu_open_id",
         "platform_open_id", "phone_cn", "phone_intl", "id_card_cn")
patterns = [getattr(step, "_" + name) for name in names]
def run(text):
    return [list(m.span()) for p in patterns for m in p.finditer(text)]
""",
}
"""What each tool does with one text: the places that it would mask."""


def ours(profile: str) -> Callable[[list[str]], tuple[float, list[Spans]]]:
    """Our masks of texts, and CPU seconds."""

    def run(given: list[str]) -> tuple[float, list[Spans]]:
        column = pa.array(given, pa.large_string())
        locate(column[:200], profile)
        start = time.process_time()
        found = locate(column, profile)
        used = time.process_time() - start
        return used, [[[m.start, m.end] for m in masks or ()] for masks in found]

    return run


def theirs(peer: Peer, environments: Path) -> Callable[[list[str]], tuple[float, list[Spans]]]:
    """Masks of a peer, and CPU seconds."""

    def run(given: list[str]) -> tuple[float, list[Spans]]:
        done = peer.run(environments, CODE[peer], given)
        return done["cpu_s"], done["results"]

    return run


def recall(rows: Sequence[dict], found: list[Spans]) -> float:
    """Share of the labels of the six entities that a span touches."""
    gold = touched = 0
    for row, spans in zip(rows, found, strict=True):
        for label in row["spans"]:
            if label["label"] in SIX:
                gold += 1
                touched += any(a < label["end"] and b > label["start"] for a, b in spans)
    return touched / gold


def alarms(given: list[str], found: list[Spans]) -> float:
    """Spans per MB that touch no e-mail address."""
    false = 0
    for text, spans in zip(given, found, strict=True):
        real = [match.span() for match in EMAIL.finditer(text)] if spans else []
        false += sum(not any(a < end and b > start for start, end in real) for a, b in spans)
    return false / sum(len(text.encode()) for text in given) * 1e6


def drawn(data: Path, source: str, count: int) -> list[str]:
    """Real texts of a source."""
    found = [text for _, text in texts(data, source)]
    return random.Random(source).sample(found, min(count, len(found)))


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("environments", type=Path)
    parser.add_argument("--write", action="store_true", help="put the table into docs/pii.md")
    given = parser.parse_args()
    data = Path(os.environ.get("CURATION_TEST_DATA") or sys.exit("set CURATION_TEST_DATA"))
    rows = [
        row
        for name in ("presidio_synth_v2", "presidio_generated_large")
        for row in records(data / "pii", name, judging=True)
    ]
    labelled = [row["text"] for row in rows]
    real = {"abstracts": drawn(data, "pubmed", ABSTRACTS), "papers": drawn(data, "pmc", PAPERS)}
    sizes = {name: sum(len(t.encode()) for t in part) / 1e6 for name, part in real.items()}
    tools = {"ours, default": ours("default"), "ours, strict": ours("strict")}
    tools |= {peer.name: theirs(peer, given.environments) for peer in CODE}
    lines = [
        f"| tool | recall, {sum(len([s for s in r['spans'] if s['label'] in SIX]) for r in rows)} "
        f"labels | abstracts, {sizes['abstracts']:.1f} MB: false per MB | MB/s "
        f"| papers, {sizes['papers']:.1f} MB: false per MB | MB/s |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, run in tools.items():
        try:
            cells = [f"{recall(rows, run(labelled)[1]):.3f}"]
            for part, size in sizes.items():
                used, found = run(real[part])
                cells += [f"{alarms(real[part], found):.2f}", f"{size / used:.2f}"]
        except subprocess.CalledProcessError as error:
            print(f"{name} did not run: exit code {error.returncode}", file=sys.stderr)
            continue
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    table = "\n".join(lines) + "\n"
    print(table)
    if given.write:
        pages.put(PAGE, "bench_pii_peers", table)


if __name__ == "__main__":
    main()
