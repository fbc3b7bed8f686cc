"""Training of classifiers: recipe, documents, split, training itself, figures and card.

recipe (what is trained from what) -> documents (texts with label, group and source) -> split (no
group on both sides) -> fit (fastText) -> figures (of the held-out documents) -> card.
"""
