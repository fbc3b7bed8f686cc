"""Sources: bytes to documents.

In this room: one file a source (`pubmed`, `pmc`, `guidelines`, `jsonl`, `hub`), `base` (what a
source is), `items` (the records), `files`, `remote` and `streams` (finding and opening inputs),
`licences` (statements to SPDX), `registry`, and `text` (formats to Markdown, shared by sources).
"""
