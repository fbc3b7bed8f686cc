"""Pieces of which property tests build texts: labels, fictional values, joins."""

PIECES = [
    "jane@example.org", "Tel: ", "555-123-4567", "+44 20 7946 0958", "SSN: 987-65-4321", "MRN",
    ": ", "998877", " / ", " ", "\n", "NHS ", "943 476 5919", "call me at ", "IBAN ", "(at)",
    "GB29 NWBK 6016 1331 9268 19", "card ", "4539148803436467", "ip ", "81.92.203.44", "é", "５",
    "\u00a0", "\u200b", "0000-0002-1825-0097", "https://", "example.org/~x", "@", ".", "-", "(",
    "[PHONE]", "[ID]", "text", "54362315K", "patient id ", "he ", "reference number ",
    "2001:db8::1", "Patient name: ", "Anna Exempel", "born on ", "12.03.1931", "Home address: ",
    "12 High Street", "Dr. ", "93", "-year-old", "VIN ", "1M8GDM9AXKP042788", "NIP: ", "[NAME]",
    "insurance ", "#", "answering at ", "01 99 00 12 34", "**", "| ", " |\n", "{jane, joe}@example.org", "/joe@x.org",
    "[RECORD], ", "MRNs: ", "Ag@MOF.de ", "aged ", "94F with ", "Müller Vorname: ",
]  # fmt: skip
