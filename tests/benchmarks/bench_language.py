"""Speed of language identification on real abstracts, CPU time of one process.

    CURATION_TEST_DATA=… python tests/benchmarks/bench_language.py [--count 5000]

Prints microseconds a document and the share of English at scores from 0.5 and 0.65.
"""

from __future__ import annotations

import argparse
import gzip
import os
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from lxml import etree

from filters.language import Identifier, resolve_model

FILES = ("pubmed21n1298.xml.gz", "pubmed20n0014.xml.gz")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    count = parser.parse_args().count
    identifier = Identifier(resolve_model(None, print))
    for name in FILES:
        texts = []
        with gzip.open(Path(os.environ["CURATION_TEST_DATA"]) / "pubmed" / name) as stream:
            for _, element in etree.iterparse(stream, tag="Abstract"):
                texts.append(
                    "\n\n".join(
                        "".join(part.itertext()) for part in element.iterfind("AbstractText")
                    )
                )
                element.clear()
                if len(texts) == count:
                    break
        array = pa.array(texts, pa.large_string())
        identifier.identify(array[:10])
        start = time.process_time()
        result = identifier.identify(array)
        used = (time.process_time() - start) / len(array)
        english = np.array(result["lang"].to_pylist()) == "en"
        scores = np.asarray(result["lang_score"])
        print(
            f"{name}: {used * 1e6:.0f} us a document, "
            f"en {english.mean():.4f}, en from 0.5 {(english & (scores >= 0.5)).mean():.4f}, "
            f"en from 0.65 {(english & (scores >= 0.65)).mean():.4f}"
        )


if __name__ == "__main__":
    main()
