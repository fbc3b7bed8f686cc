"""Parameters of a source's extract tasks: all but the bytes that the text depends on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from curation.errors import CurationError, RecipeError
from curation.recipe import Recipe
from curation.source_table import SourceSpec
from curation.storage import sha256_file
from curation.task import CORE_LIBRARIES, EXTRACT_VERSION, Parameters, library_versions
from filters import atoms, boilerplate, hidden, normalise, pii, registry, shared
from filters.classifier import CLASSIFIER_VERSION, Classifier, ClassifierError
from filters.duplicates import signatures
from filters.language import (
    LANGUAGE_VERSION,
    MODEL_SHA256,
    MODEL_VARIABLE,
    MissingModel,
    checksum,
    library_of,
    resolve_model,
    unlabelled,
)
from filters.pii.entities import pairs
from filters.pii.recognisers import recogniser
from sources import registry as source_registry

PII_LIBRARIES = ("google-re2", "phonenumbers", "python-stdnum")


def source_parameters(recipe: Recipe, spec: SourceSpec, say: Callable[[str], None]) -> Parameters:
    """Collect the parameters of one source.

    Args:
        recipe: The recipe.
        spec: The source's entry.
        say: Receives lines about where the language model comes from.

    Returns:
        Parameters with the versions of stages, measurements, libraries and the model.

    Raises:
        CurationError: The language model is missing and the recipe or the environment names it or
            the recipe filters by language; or a classifier is missing, or no classifier.
    """
    declared = source_registry.get(spec.use)
    model, model_sum, library = _model(recipe, say)
    versions = {
        "extract": str(EXTRACT_VERSION),
        f"source:{spec.use}": str(declared.version),
        "normalise": str(normalise.VERSION),
        "atoms": str(atoms.VERSION),
        "hidden": str(hidden.VERSION),
        "boilerplate": str(boilerplate.VERSION),
        "shared": str(shared.VERSION),
        "pii": str(pii.RULES_VERSION),
        "signature": str(signatures.VERSION),
        "language": str(LANGUAGE_VERSION),
        "language model": model_sum or "none",
    }
    versions |= {f"measurement:{m.name}": str(m.version) for m in registry.measurements()}
    libraries = (*CORE_LIBRARIES, *PII_LIBRARIES, *declared.libraries)
    versions |= {f"library:{name}": v for name, v in library_versions(libraries).items()}
    if library:
        versions["library:fasttext"] = library
    classifiers = _classifiers(recipe)
    versions |= {
        f"classifier:{c.name}": f"{CLASSIFIER_VERSION} {c.label} {c.checksum}" for c in classifiers
    }
    masking = masking_of(recipe)
    versions |= {f"recogniser:{r.name}": r.version or "none" for r in masking.recognisers}
    return Parameters(
        spec.name,
        spec.use,
        spec.kind or declared.kind,
        spec.license,
        spec.options,
        masking,
        model,
        versions,
        classifiers,
        recipe.flag("boilerplate", "enabled"),
    )


def masking_of(recipe: Recipe) -> pii.Masking:
    """Return what a recipe asks of masking, its recognisers loaded.

    Raises:
        RecipeError: A recogniser cannot be loaded, or finds entities without a token.
    """
    keep, names, mapped = (
        recipe.get("pii", key) for key in ("keep", "recognisers", "recogniser_entities")
    )
    assert isinstance(keep, list)
    assert isinstance(names, list)
    assert isinstance(mapped, list)
    entities = pairs(mapped, "recogniser_entities")
    try:
        found = tuple(recogniser(name, entities) for name in dict.fromkeys(names))
    except pii.RecogniserError as error:
        line = recipe.given.get(("pii", "recognisers"), 0)
        raise RecipeError(f"{recipe.path}:{line}: {error}") from None
    return pii.Masking(recipe.text("pii", "profile"), tuple(keep), found)


def _model(recipe: Recipe, say: Callable[[str], None]) -> tuple[str, str, str]:
    """Find the language model.

    Returns:
        Path, checksum, and the library that reads it, empty where our kernel does; all empty where
        no model is had, none was named and none is needed.
    """
    path = recipe.text("language", "model")
    try:
        found = resolve_model(str(recipe.root / path) if path else None, say=say)
    except MissingModel as error:
        if path or os.environ.get(MODEL_VARIABLE) or recipe.get("language", "keep") != "any":
            raise CurationError(str(error)) from None
        say(f"{error}; languages are not identified")
        return "", "", ""
    content = checksum(found)
    place = str(found.absolute())  # workers may have another working directory
    if content == MODEL_SHA256:
        return place, content, ""
    try:
        return place, content, library_of(found)
    except ValueError:
        message = f"{found}: no whole fastText model; name another in [language] model"
        raise CurationError(message) from None


def language_notes(recipe: Recipe, model: str) -> list[str]:
    """Say which languages of the recipe the model has no label for: nothing is identified so.

    Args:
        recipe: The recipe.
        model: Path of the language model, empty for none.
    """
    keep = recipe.get("language", "keep")
    if not model or not isinstance(keep, list):
        return []
    unknown = ", ".join(map(repr, unlabelled(Path(model), keep)))
    return [f"[language] keep: the model has no label for {unknown}"] if unknown else []


def _classifiers(recipe: Recipe) -> tuple[Classifier, ...]:
    """Find the models of the recipe and see that each knows its label."""
    found = []
    for spec in recipe.classifiers:
        path = recipe.root / spec.path
        checksum = sha256_file(path) if path.is_file() else ""
        classifier = Classifier(spec.name, path, spec.label, checksum)
        try:
            classifier.measurement()
        except ClassifierError as error:
            raise CurationError(str(error)) from None
        found.append(classifier)
    return tuple(found)
