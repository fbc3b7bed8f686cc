"""Build ``scripts.npz``: the script of every letter, numbered as in `filters.language_codes`.

The names of the Unicode property Script are those that RE2 knows, which Arrow brings along. To
build it again after a change of that table::

    python -m filters.kernels.build_scripts
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from filters.kernels.build_unicode import SIZE, packed
from filters.kernels.unicode import ALPHA, PROPS
from filters.language_codes import SCRIPTS


def scripts() -> npt.NDArray[np.uint8]:
    """Return the number of each code point's script, ``uint8[0x110000]``.

    0 for what is no letter or belongs to no script (Common, Inherited), 1 … for `SCRIPTS`, the
    number behind the last for a letter of any other script.
    """
    letters = np.flatnonzero(PROPS & ALPHA)
    letters = letters[(letters < 0xD800) | (letters > 0xDFFF)]
    texts = pa.array([chr(code) for code in letters.tolist()])
    found = np.full(len(letters), len(SCRIPTS) + 1, np.uint8)
    for number, name in [(0, "Common"), (0, "Inherited"), *enumerate(_names(), 1)]:
        found[np.asarray(pc.match_substring_regex(texts, rf"\p{{{name}}}"))] = number
    table = np.zeros(SIZE, np.uint8)
    table[letters] = found
    return table


def _names() -> list[str]:
    return [name for _, name, _ in SCRIPTS]


def main() -> None:
    """Write ``scripts.npz`` beside this module."""
    Path(__file__).with_name("scripts.npz").write_bytes(packed({"scripts": scripts()}))


if __name__ == "__main__":
    main()
