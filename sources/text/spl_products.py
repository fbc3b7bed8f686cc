"""Products of a drug label: names, forms, routes, codes, ingredients with their strengths.

Reference: HL7 Version 3 SPL, release 8, section 2.2 (product data elements).
"""

from __future__ import annotations

from lxml import etree

from sources.text.safe_xml import local_name

NAMESPACE = "{urn:hl7-org:v3}"

_PRODUCTS = ("manufacturedProduct", "manufacturedMedicine", "partProduct", "partMedicine")
_SHOWN_NAMES = 3


def products_of(root: etree._Element) -> list[dict[str, object]]:
    """Return all products with a name, and the parts of kits, each once.

    Args:
        root: ``document`` of SPL.

    Returns:
        For each ``name``, ``part_of_kit``, ``generic``, ``form``, ``routes``, ``ndc``, ``active``
        and ``inactive``, those that there are.
    """
    found: list[dict[str, object]] = []
    for element in root.iter(*(NAMESPACE + name for name in _PRODUCTS)):
        if element.find(NAMESPACE + "name") is not None and (new := _product(element)) not in found:
            found.append(new)
    return found


def _product(element: etree._Element) -> dict[str, object]:
    """Name, form, route, codes and ingredients of one product."""
    name = element.find(NAMESPACE + "name")
    holder = element.getparent()
    routes = [] if holder is None else holder.iterfind(f".//{NAMESPACE}routeCode")
    generic = element.iterfind(f"{NAMESPACE}asEntityWithGeneric/*/{NAMESPACE}name")
    active: list[str] = []
    other: list[str] = []
    for part in element.iterchildren():
        if local_name(part) not in ("ingredient", "activeIngredient", "inactiveIngredient"):
            continue
        text, is_active = _ingredient(part)
        (active if is_active else other).append(text)
    found: dict[str, object] = {
        "name": spaced(name),
        "part_of_kit": local_name(element).startswith("part"),
        "generic": list(dict.fromkeys(map(spaced, generic))),
        "form": attribute(element, "formCode", "displayName"),
        "routes": sorted({r.get("displayName") or "" for r in routes} - {""}),
        "ndc": attribute(element, "code", "code"),
        "active": list(filter(None, active)),
        "inactive": list(filter(None, other)),
    }
    return {key: value for key, value in found.items() if value}


def _ingredient(part: etree._Element) -> tuple[str, bool]:
    """Name and strength of an ingredient, ``DIPHENHYDRAMINE 6.25 mg/5 mL``; whether it acts."""
    name = spaced(next(part.iterfind(f"*/{NAMESPACE}name"), None))
    amounts = []
    for place in ("numerator", "denominator"):
        amount = part.find(f"{NAMESPACE}quantity/{NAMESPACE}{place}")
        value, unit = ("", "") if amount is None else (amount.get("value", ""), amount.get("unit"))
        unit = "" if unit in (None, "1") else unit
        amounts.append(f"{value} {unit}".strip())
    strength = "/".join(filter(None, amounts)).removesuffix("/1")
    is_active = local_name(part) == "activeIngredient" or (part.get("classCode") or "").startswith(
        "ACTI"
    )
    return f"{name} {strength}".strip(), is_active


def name_of(products: list[dict[str, object]]) -> str:
    """Return a title made of the names of products: ``Lipitor (atorvastatin calcium)``."""
    found: dict[str, str] = {}
    for product in products:
        if product.get("part_of_kit"):
            continue
        name, generic = str(product["name"]), product.get("generic")
        inside = ", ".join(generic) if isinstance(generic, list) else ""
        known = not inside or inside.lower() in name.lower()
        if name:
            found.setdefault(name.lower(), name if known else f"{name} ({inside})")
    names = list(found.values())
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return ", ".join(names[:_SHOWN_NAMES]) + more


def attribute(element: etree._Element, child: str, name: str) -> str:
    """Return an attribute of the first child with a name; empty without one."""
    found = element.find(NAMESPACE + child)
    return "" if found is None else (found.get(name) or "").strip()


def spaced(element: etree._Element | None) -> str:
    """Return the text of an element, with a blank between what its children hold."""
    return "" if element is None else " ".join(" ".join(map(str, element.itertext())).split())
