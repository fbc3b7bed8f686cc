"""Look-alikes that must stay: medicine is full of numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from filters.pii import redact

TRAPS = """\
Give 2.5-5 mg every 4-6 h, at most 30 mg in 24 h.
The hazard ratio was 0.62 (95% CI 0.41-0.93).
Mean 12.5 (10.1-14.2) versus 13.4 (11.9-15.0) kg/m2.
Difference +1.234 (1.100 to 1.350), P = 0.00123456.
Titrated 100-200-400 mg over 3-3-4 weeks.
HGVS NM_007294.4:c.5266dupC and c.68_69delAG were found.
Deletion chr7:117559590-117559592 in GRCh38.
Enzymes EC 3.2.1.23, 2.7.11.22 and 1.14.14.1 rose.
EC 50.60.70.80 is no enzyme, section 45.67.89.12 no chapter.
ISBN 978-3-16-148410-0 and ISBN 0-19-852663-6.
ISSN 0317-8471, eISSN 1050-124X.
Trial NCT00000000, ISRCTN00000000, ACTRN12600000000000.
EudraCT 2005-000000-42, CTIS 2022-500000-11-00.
PROSPERO registration number CRD42000000000.
Patients gave consent; trial registration number NCT00000001.
J Fict Med 1999;12(3):123-456. Cell 1998 92 523-533.
Cell 1998 92 523 533.
pages 1234-5678, vol 123, 456-7890.
doi:10.1000/S0000-0000(05)12345-6
doi:10.1000/202-555-0143 is a DOI.
https://doi.org/10.1000/j.0000-0000.2005.01234.x
PMID: 12345678; PMCID: PMC1234567.
GenBank accession number AF000000 was used.
The patient's isolate has GenBank accession number AB123456.
Catalogue no. 555-12-3400 (supplier).
CAS 7732-18-5 and CAS number 107-07-3.
Lot 123-45-6789 of the vaccine.
Protocol 219-45-6789 was approved.
Grant 219-45-6789 and contract 202-555-0143.
SNOMED CT 386661006; LOINC 8310-5; OMIM 123456.
Version 10.20.30.40 of the software.
Release v45.67.89.12 was installed.
software version 192.168.1.1
At 12:45:00 and 08:15:30:12 frames were taken.
Slots 1::2 and std::vector were used.
Fe3O4@SiO2 and Au@Pt.The particles were 5 nm.
Precision@10, recall@5 and mAP@0.75 rose.
The file plot@2x.png was exported.
IGH@ and TRB@ were rearranged.
Phone interviews at 3, 6 and 12 months.
Telephone survey (1998-2004) of 1 200 people.
Contacted by phone 12.5 (10.1-14.2) days later.
Contact time 30, 60, 120, 240 min.
The contact number was 123 456 in all.
Calls in 1998-2004 were counted.
Mobile devices (n=2140000) and fax referrals (n=1087).
The mobile phase was 70 30 00 v/v.
pH 7.35-7.45 and pCO2 35-45.
They text 200-300-400 words a day.
The values reach 1119-2067 times the control.
A plateau was reached at 120 000 140 000 cells.
Patient 3 (case no. 2) and patient no. 2004 did well.
The patient number was 120 in 2004.
The MRN complex (MRE11-RAD50-NBS1) senses breaks.
MRN-deficient cells and the MRN MRE11-RAD50-NBS1 complex.
NDA No. 021366 was approved by the agency.
Policy number 3 of the hospital was revised in 2004.
The plan number of visits was 1200.
Insurance id was missing in 1998-2004.
Card sorting with 12 345 678 items.
Rows 3412 4512 5678 3456 7890 were read.
Counts 512 498 471 433 402 377 361 340.
12 345 678 person-years and 1 234 567 people.
CD44 high CD24 low cell line with 2004 reads.
IL10 mRNA rose; GB12 cell data were lost.
Grid 533 000 / 152 000, 46.5191 N, 6.5668 E.
InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3
46,XX,t(9;22)(q34;q11.2) with +8,+19,+21.
CD4+ 1234567 cells and CD8+ 7654321 cells.
NHS hospitals in 2004-2010 saw 123 456 cases.
The sin of omission cost 12 345 lives.
AVS and DNI are ordinary acronyms in 2010.
Serial dilutions 1:10, 1:100, 1:1000, 1:10000.
Temperatures of 95-60-72 degrees for 30-30-60 s.
Dial 911 or 112; call 988; Samaritans 116 123.
Poison Help: call 1-800-222-1222.
Visit https://www.example.org/guide?page=2 for more.
http://www.example.org/a~b/c stays.
""".splitlines()


def masked(texts: list[str]) -> list[str]:
    """Texts through the default profile."""
    return redact({"t": pa.array(texts, pa.large_string())}, "default").columns["t"].to_pylist()


@pytest.mark.parametrize("line", TRAPS)
def test_stays(line: str) -> None:
    """A line of medicine leaves the default profile as it came."""
    assert masked([line]) == [line]


def test_enough_traps() -> None:
    """The list above stays long."""
    assert len(set(TRAPS)) >= 60


@pytest.mark.real
def test_shared_traps_stay(real_data: Path) -> None:
    """None of the shared trap lines is masked in default (policy, section 8)."""
    lines = (real_data / "pii" / "traps.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    assert masked(texts) == texts
