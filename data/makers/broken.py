"""Damaged and hostile files: one each of what a long harvest meets."""

from __future__ import annotations

from makers.containers import gzip_stored

BOMB_LEVELS = 9
"""Nine levels of ten references: 30 GB if expanded, under 2 kB on disk."""


def truncated_gzip(data: bytes, marker: bytes) -> bytes:
    """Return a gzip file that breaks off in the middle of a record.

    Args:
        data: Content of the whole file.
        marker: Bytes after which the download broke off; must occur once.

    Returns:
        The file up to and including the marker, without the rest and without the trailer.

    Raises:
        ValueError: The marker does not occur exactly once.
    """
    if data.count(marker) != 1:
        raise ValueError("the marker must occur exactly once")
    whole = gzip_stored(data)
    return whole[: whole.index(marker) + len(marker)]


def entity_bomb() -> bytes:
    """Return an article whose entities refer to each other ten times over ("billion laughs")."""
    rows = ['  <!ENTITY e0 "fictional text that grows, ">']
    levels = range(1, BOMB_LEVELS + 1)
    rows += [f'  <!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in levels]
    return _article("entity bomb", "\n".join(rows), f"&e{BOMB_LEVELS};")


def external_entity() -> bytes:
    """Return an article that asks the parser to paste a file of the reader's machine."""
    return _article(
        "external entity", '  <!ENTITY host SYSTEM "file:///etc/hostname">', "It reads: &host;"
    )


def _article(what: str, subset: str, text: str) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE article [
{subset}
]>
<article article-type="research-article">
  <front>
    <article-meta>
      <title-group><article-title>A fictional article with an {what}</article-title></title-group>
    </article-meta>
  </front>
  <body>
    <p>{text}</p>
  </body>
</article>
""".encode()
