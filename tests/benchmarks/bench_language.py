"""Accuracy of language identification per language, and its speed; CPU time of one process.

    CURATION_TEST_DATA=… python tests/benchmarks/bench_language.py [--report docs/languages.md]
        [--model FILE]

For every language: how often the model is right when it reads the whole text, and how often when
it reads as little as a build does. Truth is what the sets say; sets hold languages that the model
does not know, which are counted apart. ``--report`` writes the page of the documentation.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from lxml import etree

from filters.kernels.buffers import text_views
from filters.language import Identifier, resolve_model
from filters.language.engine import load_engine
from filters.language_codes import language_of, plain

TOGETHER = 8
"""Sentences or paragraphs that make a longer text."""

ABSTRACTS = 200
"""Characters of an abstract at least."""

UDHR_CODES = {"gsw": "als", "pnb": "pnb", "prs": "fa", "ckb": "ckb"}
"""Codes of the Declaration's texts that lid.176 names otherwise, or not as ISO 639-3 suggests."""

Documents = list[tuple[str, str]]
"""Language and text."""


@dataclass
class Result:
    """What a set gave: languages by document, and the seconds it took."""

    name: str
    truth: np.ndarray
    whole: np.ndarray
    read: np.ndarray
    share: np.ndarray
    megabytes: float
    seconds: float


def records(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """Records of a gzipped file of JSON lines."""
    with gzip.open(folder / "text" / name, "rt", encoding="utf-8") as stream:
        yield from map(json.loads, stream)


def abstracts(folder: Path) -> tuple[Documents, Documents]:
    """English abstracts of two PubMed files, and those in other languages."""
    english: Documents = []
    others: Documents = []
    for name in ("pubmed20n0014.xml.gz", "pubmed21n1298.xml.gz"):
        with gzip.open(folder / "pubmed" / name) as stream:
            for _, element in etree.iterparse(stream, tag=("Abstract", "OtherAbstract")):
                text = "\n\n".join("".join(p.itertext()) for p in element.iter("AbstractText"))
                if len(text) >= ABSTRACTS:
                    target = english if element.tag == "Abstract" else others
                    target.append((plain(element.get("Language") or "eng"), text))
                element.clear()
    return english, [(lang, text) for lang, text in others if lang != "en"]


def joined(groups: dict[tuple[str, str], list[str]], between: str) -> Documents:
    """Longer texts of neighbouring sentences or paragraphs of one text."""
    return [
        (lang, between.join(texts[place : place + TOGETHER]))
        for (lang, _), texts in groups.items()
        for place in range(0, len(texts) - TOGETHER + 1, TOGETHER // 2)
    ]


def sets(folder: Path) -> Iterator[tuple[str, Documents]]:
    """The sets by name."""
    yield "E3C", [(r["lang"], r["text"]) for r in records(folder, "e3c-clinical.jsonl.gz")]
    english, others = abstracts(folder)
    yield "other abstracts", others
    yield "abstracts", english
    sentences = [
        (plain(r["lang"]), r["text"]) for r in records(folder, "tico19-covid-sentences.jsonl.gz")
    ]
    yield "TICO-19", sentences
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for lang, text in sentences:
        groups[lang, ""].append(text)
    yield "TICO-19 joined", joined(groups, " ")
    paragraphs: Documents = []
    groups = defaultdict(list)
    for r in records(folder, "udhr-paragraphs.jsonl.gz"):
        lang = UDHR_CODES.get(r["iso639_3"]) or language_of(f"{r['iso639_3']}_{r['script']}")
        paragraphs.append((lang, r["text"]))
        groups[lang, r["key"]].append(r["text"])
    yield "UDHR", paragraphs
    yield "UDHR joined", joined(groups, "\n\n")


def measure(name: str, documents: Documents, identifier: Identifier) -> Result:
    """Identify the documents of one set both ways."""
    engine = load_engine(str(identifier.path))
    texts = pa.array([text for _, text in documents], pa.large_string())
    data, offsets = text_views(texts)
    identifier.identify(texts[:10])
    started = time.process_time()
    found = identifier.identify(texts)
    used = time.process_time() - started
    each = np.arange(len(offsets), dtype=np.int64)
    best, _, _ = engine.predict(data, offsets[:-1], offsets[1:], each)
    names = np.array([*map(language_of, engine.labels), "und"])
    return Result(
        name,
        np.array([lang for lang, _ in documents]),
        names[best],
        np.array(found["lang"].to_pylist()),
        np.array(found["lang_share"].fill_null(1.0)),
        (offsets[-1] - offsets[0]) / 1e6,
        used,
    )


def summary(results: list[Result], known: set[str]) -> Iterator[str]:
    """A row for each set, of the languages that are known."""
    yield "| set | documents | languages | whole text | as read | more languages |"
    yield "|---|---|---|---|---|---|"
    for r in results:
        mine = np.isin(r.truth, sorted(known))
        whole, read = (np.mean(a[mine] == r.truth[mine]) for a in (r.whole, r.read))
        yield (
            f"| {r.name} | {mine.sum():,} | {len(set(r.truth[mine]))} | {whole:.4f} | {read:.4f} | "
            f"{np.mean(r.share < 1):.2%} |"
        )


def by_language(results: list[Result], known: set[str]) -> Iterator[str]:
    """A row for each language and set."""
    yield "| language | set | documents | whole text | as read | most often called instead |"
    yield "|---|---|---|---|---|---|"
    for lang in sorted({*np.concatenate([r.truth for r in results])} & known):
        for r in results:
            mine = r.truth == lang
            if not mine.any():
                continue
            wrong = Counter(r.read[mine & (r.read != lang)].tolist()).most_common(2)
            named = ", ".join(f"{other} ({count})" for other, count in wrong)
            whole, read = (np.mean(a[mine] == lang) for a in (r.whole, r.read))
            yield f"| {lang} | {r.name} | {mine.sum():,} | {whole:.3f} | {read:.3f} | {named} |"


def unknown(results: list[Result], known: set[str]) -> Iterator[str]:
    """What languages that the model does not know are called."""
    yield "| set | documents | called `und` | called most often |"
    yield "|---|---|---|---|"
    for r in results:
        mine = ~np.isin(r.truth, sorted(known))
        if mine.any():
            called = Counter(r.read[mine].tolist())
            named = ", ".join(f"{lang} ({count})" for lang, count in called.most_common(8))
            yield f"| {r.name} | {mine.sum():,} | {called['und']:,} | {named} |"


PAGE = """# Languages: where the model is right

Made by `python tests/benchmarks/bench_language.py --report docs/languages.md`; not written by hand.
Model: {model} (SHA-256 {checksum}), {labels} languages.

lid.176.ftz is good in languages with much text on the web and bad in many others.
Do not keep or drop by a language whose row says that it fails: name a better model by its path.

    [language]
    keep = ["sw", "so"]
    model = "models/glotlid.bin"

Any supervised fastText model serves; labels such as `__label__eng_Latn` are read as `en`.

*Whole text* is the share of documents in which the model names the right language when it reads all
of it, *as read* when it reads what a build reads: samples of each paragraph, more where they leave
a doubt (`filters/language/identify.py`).
*More languages* is the share of documents with paragraphs in another language.
Sets: E3C (clinical cases), abstracts of two PubMed files of 200 characters or more (*other*: not in
English), TICO-19 (sentences on COVID-19), UDHR (paragraphs of the Declaration of Human Rights);
*joined*: eight neighbouring sentences or paragraphs together.
Truth is what a set's metadata says, wrong as it may be: the one other abstract that is not found
is Spanish and declared French, and of the English ones that are not found most are half in Spanish
or Hungarian.
A text in a script that the model does not know is `und` in *as read* and may be right by chance in
*whole text*: two paragraphs of Sanskrit in Grantha, one of Javanese in its own script.

{summary}

## By language

{languages}

## Languages that the model does not know

Text in a script that the language named is not written in is `und`. In scripts that it knows, the
model takes an unknown language for a known one, often with a high score: only a better model helps.

{unknown}
"""


def main() -> None:
    """Run, print, and write the page where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--model")
    options = parser.parse_args()
    identifier = Identifier(resolve_model(options.model, print))
    known = {*map(language_of, load_engine(str(identifier.path)).labels)} - {"und"}
    folder = Path(os.environ["CURATION_TEST_DATA"])
    results = [measure(name, documents, identifier) for name, documents in sets(folder)]
    print("\n".join(summary(results, known)))
    for r in results:
        print(
            f"{r.name}: {r.megabytes / r.seconds:.0f} MB/s, {r.megabytes:.1f} MB in {r.seconds:.2f} s"
        )
    if options.report:
        page = PAGE.format(
            model=identifier.path.name,
            checksum=identifier.checksum,
            labels=len(known),
            summary="\n".join(summary(results, known)),
            languages="\n".join(by_language(results, known)),
            unknown="\n".join(unknown(results, known)),
        )
        options.report.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
