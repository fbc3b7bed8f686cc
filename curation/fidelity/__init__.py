"""Fidelity: does the corpus say what the raw files say?

An instrument of its own, which shares no code with the parsers: it imports nothing of `sources` or
`filters`. It reads the visible text of a raw file in scope, extracts clinical atoms from it and
from the corpus' text, and reports every atom that was lost, changed or invented.

- `marks`, `atoms`: canonical text and what an atom is
- `align`, `arrange`, `likeness`, `comparison`, `cells`, `figures`: the comparison
- `blocks`, `markdown`: the common shape; the corpus' side
- `raw_pubmed`, `raw_jats` (with `jats_reader`, `citations`, `sections`), `raw_spl`, `raw_html`,
  `raw_pdf`, `raw_plain`: the raw side, one module a format; `formulae` for those with MathML
- `files`, `documents`, `run`: files and ledger rows, and the report
"""

from curation.fidelity.comparison import compare
from curation.fidelity.figures import Comparison, Fault
from curation.fidelity.run import fidelity

__all__ = ["Comparison", "Fault", "compare", "fidelity"]
