"""The child that reads PDF files: hostile files cost one failure each, and it leaves with us."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from sources.items import SourceError
from sources.text import pdf_process
from sources.text.pdf import extract_pdf
from sources.text.pdf_process import ChildError, PdfProcess, own_process
from tests.sources.make_pdf import lines, make
from tests.sources.pdf_cases import GOLDEN

GOOD = make([lines("The patients were seen again in the clinic.")])


def file_of(objects: Sequence[bytes]) -> bytes:
    """A file of objects, the first of which is the catalogue."""
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    tail = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(out + tail % (len(objects) + 1, start))


def page_of(stream: bytes, keys: bytes = b"", further: Sequence[bytes] = ()) -> bytes:
    """A file of one page with a content stream."""
    return file_of(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
            b"/Resources<</XObject<</X 5 0 R>>/Font<</F1<</Type/Font/Subtype/Type1"
            b"/BaseFont/Helvetica>>>>>>>>",
            b"<</Length %d%s>>stream\n%s\nendstream" % (len(stream), keys, stream),
            *further,
        ]
    )


def bomb(megabytes: int) -> bytes:
    """A page whose content unpacks to blanks, twice compressed."""
    pack = zlib.compressobj(9)
    stream = b"".join(pack.compress(b" " * (1 << 20)) for _ in range(megabytes)) + pack.flush()
    return page_of(zlib.compress(stream, 9), b"/Filter[/FlateDecode/FlateDecode]")


def laughs(depth: int) -> bytes:
    """A page of forms, each of which draws the next ten times."""
    forms = []
    for level in range(depth):
        content = b"/X Do " * 10 if level < depth - 1 else b"BT /F1 9 Tf (x) Tj ET"
        forms.append(
            b"<</Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</XObject<</X %d 0 R>>>>"
            b"/Length %d>>stream\n%s\nendstream" % (6 + level, len(content), content)
        )
    return page_of(b"/X Do", further=forms)


def loop() -> bytes:
    """A page tree that is its own child."""
    return file_of([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R]/Count 5>>"])


def countless() -> bytes:
    """A page tree that claims two thousand million pages."""
    return file_of(
        [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 2000000000>>"]
        + [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"]
    )


ENCRYPTED = (
    "/ID[<00112233445566778899AABBCCDDEEFF><00112233445566778899AABBCCDDEEFF>]"
    f"/Encrypt<</Filter/Standard/V 1/R 2/O<{'41' * 32}>/U<{'42' * 32}>/P -4>>"
)

HOSTILE = {
    "empty": (b"", {"empty"}),
    "no header": (b"\x00" * 2000, {"not_pdf"}),
    "header only": (b"%PDF-1.7\n", {"damaged"}),
    "random": (b"%PDF-1.7\n" + random.Random(1).randbytes(20_000), {"damaged"}),
    "cut": (GOOD[:300], {"damaged"}),
    "encrypted": (make([lines("Text")], trailer=ENCRYPTED), {"encrypted"}),
    "page-tree loop": (loop(), {"damaged"}),
    "countless pages": (countless(), {"damaged", "no_text_layer"}),
}


@pytest.fixture
def small() -> Iterator[PdfProcess]:
    """A child with 400 MB and two seconds."""
    process = PdfProcess(memory_bytes=400 << 20, cpu_s=2)
    yield process
    process.close()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_one_failure(name: str) -> None:
    """Each gives a reason and a line for people, and the next file is read."""
    data, rules = HOSTILE[name]
    with pytest.raises(SourceError) as error:
        extract_pdf(data)
    assert error.value.rule in rules
    assert "\n" not in str(error.value)
    assert "seen again" in extract_pdf(GOOD).text


@pytest.mark.parametrize(
    ("made", "size", "rules"),
    [
        pytest.param(bomb, 1000, {"crashed", "memory_limit"}, id="bomb"),
        pytest.param(laughs, 12, {"crashed", "memory_limit", "timeout"}, id="nested forms"),
    ],
)
def test_bomb_costs_one_failure(
    small: PdfProcess, made: Callable[[int], bytes], size: int, rules: set[str]
) -> None:
    """What outgrows the limits is given up, whatever was read before, and the next file is read."""
    data = made(size)
    for _ in range(2):
        with pytest.raises(SourceError) as error:
            small.read(data)
        assert error.value.rule in rules
        assert "seen again" in small.read(GOOD).text


def test_slow_file_is_given_up() -> None:
    """CPU time and the clock end a file, by the same name."""
    by_cpu = PdfProcess(memory_bytes=2 << 30, cpu_s=1, wall=60)
    by_clock = PdfProcess(memory_bytes=2 << 30, cpu_s=1, wall=0.5)
    slow = page_of(b"BT /F1 9 Tf 10 10 Td " + b"(a) Tj " * 4_000_000 + b"ET")
    for process in (by_cpu, by_clock):
        with pytest.raises(SourceError) as error:
            pdf_process_with_seconds(process, slow)
        assert error.value.rule == "timeout"
        process.close()


def pdf_process_with_seconds(process: PdfProcess, data: bytes) -> None:
    """Read a file without the seconds that its size would add."""
    before = pdf_process.CPU_S_PER_MB
    pdf_process.CPU_S_PER_MB = 0
    try:
        process.read(data)
    finally:
        pdf_process.CPU_S_PER_MB = before


def test_one_child_reads_many_files() -> None:
    """Its start is paid once."""
    process = PdfProcess()
    process.read(GOOD)
    child = process._child
    for _ in range(20):
        process.read(GOOD)
    assert process._child is child
    process.close()


def test_killed_child_is_replaced(small: PdfProcess) -> None:
    """A child that is gone between two files costs nothing."""
    small.read(GOOD)
    assert small._child is not None
    small._child.kill()
    assert "seen again" in small.read(GOOD).text


def test_defect_is_no_fault_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that cannot start is an error of the program, not a failure of every file."""
    monkeypatch.setattr(pdf_process, "_START", "raise SystemExit(3)")
    process = PdfProcess()
    with pytest.raises(ChildError, match="exit code 3"):
        process.read(GOOD)
    process.close()


def test_files_of_the_working_folder_are_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module of the standard library's name beside the user's files is not run."""
    (tmp_path / "json.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    process = PdfProcess()
    assert "seen again" in process.read(GOOD).text
    process.close()


def test_fork_has_a_child_of_its_own() -> None:
    """A forked process does not talk to its parent's child."""
    mine = own_process()
    extract_pdf(GOOD)
    pid = os.fork()
    if pid == 0:
        try:
            other = own_process()
            fine = other is not mine and "seen again" in extract_pdf(GOOD).text
            other.close()
            os._exit(0 if fine else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert "seen again" in extract_pdf(GOOD).text


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and uses PR_SET_PDEATHSIG")
@pytest.mark.parametrize("busy", [False, True])
def test_child_dies_with_its_parent(busy: bool, tmp_path: Path) -> None:
    """A killed parent leaves no child, neither an idle one nor one in the middle of a file."""
    slow = tmp_path / "slow.pdf"
    slow.write_bytes(page_of(b"BT /F1 9 Tf 10 10 Td " + b"(a) Tj " * 4_000_000 + b"ET"))
    program = (
        "import sys, threading, time\n"
        f"sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
        "from sources.text.pdf_process import own_process\n"
        "process = own_process()\n"
        f"process._started()\n"
        "print(process._child.pid, flush=True)\n"
        + (f"process.read(open({str(slow)!r}, 'rb').read())\n" if busy else "time.sleep(60)\n")
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    time.sleep(1.0 if busy else 0.3)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    for _ in range(200):
        if not alive(child):
            break
        time.sleep(0.05)
    assert not alive(child)


def alive(pid: int) -> bool:
    """Whether a process runs; one that is dead and not yet fetched does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def test_mutated_files_are_read_or_refused() -> None:
    """Bytes changed, cut out and doubled: text or one reason, never an error of the program."""
    draw = random.Random(20)
    files = [path.read_bytes() for path in sorted(GOLDEN.glob("*.pdf"))]
    outcomes: set[str] = set()
    for _ in range(200):
        data = bytearray(draw.choice(files))
        for _ in range(draw.randint(1, 8)):
            place = draw.randrange(len(data))
            data[place : place + draw.choice((0, 1, 40))] = draw.randbytes(draw.choice((0, 1, 3)))
        try:
            extract_pdf(bytes(data)).text.encode("utf-8")
            outcomes.add("read")
        except SourceError as error:
            outcomes.add(error.rule)
            assert "\n" not in str(error)
    assert {"read", "damaged"} <= outcomes


def test_metadata_that_is_no_text() -> None:
    """Half a surrogate pair in the title costs the title only."""
    page = extract_pdf(make([lines("The patients were seen.")], title="\\376\\377\\330\\000"))
    assert page.text == "The patients were seen."
