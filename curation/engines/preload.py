"""All that an extract task needs: importing this module loads it, compiled kernels included.

The template process imports it. It reads no document and starts no thread.
"""

from __future__ import annotations

from curation.engines.lean import without_pandas, without_scipy

without_pandas()
without_scipy()

import curation.extract  # noqa: E402
import curation.pair_tasks  # noqa: E402
import curation.shared  # noqa: E402
import curation.write  # noqa: E402, F401
from filters.kernels.compile import compile_all  # noqa: E402
from filters.pii.scan import rules_of  # noqa: E402
from sources.text import pubmed_columns  # noqa: E402

compile_all()
pubmed_columns.warm()
for rule in rules_of(False):
    rule.compiled  # noqa: B018 - a property that is made once
