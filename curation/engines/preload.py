"""All that an extract task needs: importing this module loads it, compiled kernels included.

The template process imports it. It reads no document and starts no thread.
"""

from __future__ import annotations

from curation.engines.lean import lasting, without_pandas, without_scipy

with lasting():
    without_pandas()
    without_scipy()

    import curation.extract
    import curation.pair_tasks
    import curation.rescan
    import curation.shared
    import curation.write  # noqa: F401
    from filters.kernels.compile import compile_all
    from filters.pii.scan import rules_of
    from sources.text import pubmed_columns

    compile_all()
    pubmed_columns.warm()
    for rule in rules_of(False):
        rule.compiled  # noqa: B018 - a property that is made once
