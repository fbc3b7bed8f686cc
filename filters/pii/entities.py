"""Entities by the names that labelled sets and recognisers give them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from filters.pii.labels import TOKENS

UNSCORED = "none"
"""Takes the place of an entity for a label that stands for none."""

ALIASES = {
    "EMAIL": "email_address e-mail mail e-mail_address",
    "PHONE": "phone_number telephone telephone_number tel fax fax_number mobile pager",
    "ID": "us_ssn ssn social_security_number national_id passport us_passport us_itin uk_nhs "
    "pesel nip regon bsn nir dni nie cpf codice_fiscale orcid driver_license us_driver_license",
    "RECORD": "mrn medical_record medical_record_number patient_id insurance_id "
    "health_plan_beneficiary_number",
    "CARD": "credit_card credit_card_number payment_card",
    "BANK": "iban iban_code account_number bank_account",
    "IP": "ip_address ipv4 ipv6",
    "URL": "uri web_address",
    "NAME": "person per person_name patient doctor",
    "ADDRESS": "street_address street",
    "DATE": "date_time dob date_of_birth birth_date",
    "AGE": "patient_age",
    "DEVICE": "device_id serial_number imei udi",
    "VEHICLE": "vin license_plate licence_plate vehicle_plate vehicle_id",
}
"""Common names of labels, by entity; an entity is also its own name. In any case, ``_``, ``-`` and
blanks are the same."""


def plain_name(label: str) -> str:
    """Return a label as names are compared."""
    return label.strip().casefold().replace("-", "_").replace(" ", "_")


_KNOWN = {plain_name(token): token for token in TOKENS} | {
    plain_name(name): entity for entity, names in ALIASES.items() for name in names.split()
}


def entity_of(label: str, given: Mapping[str, str] = {}) -> str | None:
    """Return the entity of a label.

    Args:
        label: As a set or a recogniser writes it.
        given: `plain_name` of further labels to their entities, which go before the common ones.

    Returns:
        A token without brackets; empty for a label that stands for none; None for an unknown one.
    """
    name = plain_name(label)
    return given[name] if name in given else _KNOWN.get(name)


def pairs(given: Sequence[str], option: str) -> dict[str, str]:
    """Read ``LABEL=ENTITY`` pairs.

    Args:
        given: As written; the entity ``none`` stands for none.
        option: What messages call it.

    Returns:
        `plain_name` of each label to its entity, empty for none.

    Raises:
        ValueError: A pair without ``=``, or an entity that does not exist.
    """
    found = {}
    for pair in given:
        name, equals, entity = pair.rpartition("=")
        if not equals or not name.strip():
            raise ValueError(f"{option} {pair}: write LABEL=ENTITY, as in Telefon=PHONE")
        found[plain_name(name)] = entity_named(entity, option)
    return found


def entity_named(name: str, option: str) -> str:
    """Return the token of an entity named in any case, empty for ``none``.

    Raises:
        ValueError: There is no such entity.
    """
    name = name.strip()
    if name.casefold() == UNSCORED:
        return ""
    if name.upper() in TOKENS:
        return name.upper()
    near = difflib.get_close_matches(name.upper(), TOKENS, 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise ValueError(f"{option}: no entity {name!r}{hint}; there are {', '.join(TOKENS)}")
