"""Formats to Markdown text, shared by sources.

In this room: `markup` and `mathml` (inline text), the JATS modules with `tables`, `citations` and
`identifiers`, the HTML modules, the PDF modules, `plain` (Markdown and plain text), `jsonlines`
(JSON lines and Parquet) and `page` (what a page format gives).
"""
