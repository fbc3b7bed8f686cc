"""Duplicates: who says the same as whom.

In this room: `signatures` (texts to MinHash signatures, word hashes, guard streams, content and id
hashes), `exact` (same bytes), `bands` (candidate pairs), `verify` (exact Jaccard), `guard` (claims
that differ, with the words of `lexicon`) and `clusters` (star clusters in survivor order).
"""
