"""Filters: columns to measurements.

In this room: `normalise`, `language`, `language_codes`, `quality`, `licence`, `rules` with
`rules.toml`, `pii` (masking), `duplicates` (signatures, bands, verification, clusters), `kernels`
(numba loops over Arrow buffers), `base` (what a measurement and a rule are) and `registry`.
"""

from filters import kernels  # noqa: F401 - names the cache of compiled code before numba is there
