"""Where benchmarks put what they measure into the pages of the documentation."""

from __future__ import annotations

import re
from pathlib import Path


def put(page: Path, block: str, text: str) -> None:
    """Write a text between ``<!-- block -->`` and the next ``<!-- end -->`` of a page.

    Raises:
        ValueError: The page has no such block, or several.
    """
    whole = page.read_text("utf-8")
    pattern = rf"(<!-- {re.escape(block)} -->\n).*?(<!-- end -->)"
    found = re.compile(pattern, re.DOTALL)
    changed, count = found.subn(lambda m: f"{m[1]}{text.rstrip()}\n{m[2]}", whole)
    if count != 1:
        raise ValueError(f"{page}: {count} blocks named {block}, not one")
    page.write_text(changed, "utf-8")
