"""Compiled loops over Arrow buffers (numba); each has a plain reference twin in the tests."""

from __future__ import annotations


def warm_all() -> None:
    """Compile every kernel into numba's cache."""
    from filters.duplicates.signatures import warm as warm_signatures
    from filters.kernels.fasttext import warm as warm_fasttext
    from filters.kernels.gate import warm as warm_gate
    from filters.normalise import warm as warm_normalise
    from filters.quality import warm as warm_quality

    for warm in (warm_quality, warm_signatures, warm_gate, warm_normalise, warm_fasttext):
        warm()
