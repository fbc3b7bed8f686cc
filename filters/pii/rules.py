"""The rule table: entity, pattern, validator, veto, profile (policy, section 3).

An overlap is settled by label or checksum first, so the order here decides nothing but ties.
"""

from __future__ import annotations

from filters.pii.contact import EMAILS, NETWORK, PHONES
from filters.pii.numbers import IDS, NUMBERS, RECORDS
from filters.pii.person import PERSONS
from filters.pii.rule import Rule

RULES_VERSION = 5
"""Raised whenever the same text is masked in another way."""

RULES: tuple[Rule, ...] = (*EMAILS, *PHONES, *IDS, *RECORDS, *NUMBERS, *NETWORK, *PERSONS)
"""All rules, in the order of the policy's table."""
