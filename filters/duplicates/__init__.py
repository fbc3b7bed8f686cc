"""Duplicates: who says the same as whom.

In this room: `signatures` (texts to MinHash signatures, word hashes, content and id hashes),
`exact` (same bytes), `bands` (candidate pairs), `verify` (exact Jaccard, and the guard over
numbers) and `clusters` (star clusters in survivor order).
"""
