"""Writers of the sample's generated files; used by ``data/make_sample.py`` only.

Rooms: `pubmed` (citation XML), `containers` (gzip, tar and zip with fixed bytes), `pdf` (small PDF
files written object by object), `broken` (damaged files). The standard library is all they need.
"""
