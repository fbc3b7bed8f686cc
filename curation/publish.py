"""Publishing: a version exists exactly when its manifest does, and then it is whole.

In a folder of this machine a version is renamed to its name. A store has no rename. There a builder
first takes a number, by a conditional PUT of a claim, so that no two ever write below one ``vN``;
then every file is uploaded, and what stands there compared with what was sent; then the manifest
is written by a second conditional PUT, which is the publishing. Whatever ends a build before that
leaves no version; the next build from the same work folder takes the number up again.

The claim is what keeps a slow builder from writing over the files of a version that another one has
published meanwhile; the manifest alone would not.
"""

from __future__ import annotations

import filecmp
import itertools
import os
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import platformdirs

from curation import manifest
from curation.addresses import on_this_machine
from curation.errors import CurationError, LockedError, UsageError
from curation.storage import HIDDEN, publish_folder, sha256_text
from curation.stores import FolderStore, ObjectStore, Store

UPLOADS = 4
LARGE_BYTES = 32 << 20
"""Small files on their way at a time. Large ones go one by one, because the libraries send parts of
them at a time, which they hold in memory."""


BOOT = Path("/proc/sys/kernel/random/boot_id")
"""What Linux calls itself from one start of the machine to the next."""


def work_folder(store: Store, given: Path | None) -> Path:
    """Return the folder in which a corpus' cache, lock and unfinished work stand.

    Args:
        store: The corpus.
        given: What the user named; only for an address.

    Returns:
        The corpus folder itself; for an address a folder below the user's cache, or below
        ``CURATION_CACHE``.

    Raises:
        UsageError: A folder was named for a corpus that has its own.
    """
    if isinstance(store, FolderStore):
        if given is not None:
            raise UsageError(f"--work is for a corpus at an address; {store} holds its own work")
        return store.folder
    if given is not None:
        return on_this_machine(given, "--work")
    base = os.environ.get("CURATION_CACHE") or platformdirs.user_cache_dir("curation")
    return Path(base) / "corpora" / sha256_text(str(store))[:16]


def check_writer(store: Store) -> None:
    """Refuse a version, and a store that cannot be written to or cannot keep two builds apart.

    Nothing stays there.

    Raises:
        UsageError: It is a version, there is no such bucket, or the store ignores conditions.
        CurationError: It cannot be written to.
    """
    if not isinstance(store, ObjectStore):
        if store.size(manifest.NAME) is not None:
            raise UsageError(f"{store}: a version, which never changes; name its corpus with --out")
        return
    probe = f"{HIDDEN}/probe-{uuid.uuid4().hex}"
    refusal = UsageError(
        f"{store}: this store ignores the condition that a file must be new (If-None-Match), so "
        "two builds could spoil each other's version; with --single-writer the build goes on, and "
        "you see to it that no other one runs"
    )
    if store.conditional and not store.can_create():
        raise refusal
    try:
        store.create(probe, b"first")
    except FileNotFoundError:
        raise UsageError(f"{store}: no such bucket; make it first") from None
    try:
        store.create(probe, b"second")
    except FileExistsError:
        return
    finally:
        store.delete([probe])
    raise refusal


def publish(
    store: Store,
    work: Path,
    before: Store | None,
    staging: Path,
    described: Mapping[str, Any],
    files: Mapping[str, Any],
) -> str:
    """Publish what a build wrote.

    Args:
        store: The corpus.
        work: Its work folder.
        before: The version before, None for the first.
        staging: Folder with all files but the manifest.
        described: The manifest without the files.
        files: Size and checksum of every file.

    Returns:
        Name of the new version.

    Raises:
        LockedError: Another build published the same number.
        CurationError: The store did not keep what was sent.
    """
    if isinstance(store, ObjectStore):
        version = _upload(store, work, before, staging, described, files)
    else:
        version = f"v{manifest.next_number(store)}"
        if isinstance(before, FolderStore):
            link_unchanged(staging, before.folder, files)
        manifest.write(staging, described, files, version)
        publish_folder(staging, work / version)
    manifest.repair_latest(store)
    return version


def _upload(
    store: ObjectStore,
    work: Path,
    before: Store | None,
    staging: Path,
    described: Mapping[str, Any],
    files: Mapping[str, Any],
) -> str:
    name = f"v{_claimed(store, _builder(work))}"
    version = store.at(name)
    known = {}
    if isinstance(before, ObjectStore):
        there = before.sizes()
        old = manifest.read(before)["files"]
        known = {(f["bytes"], f["sha256"]): n for n, f in old.items() if there.get(n) == f["bytes"]}

    def send(file: str) -> None:
        same = known.get((files[file]["bytes"], files[file]["sha256"]))
        if same is not None and isinstance(before, ObjectStore):
            version.copy(before, same, file)
        else:
            version.upload(file, staging / file)

    small = sorted(file for file in files if files[file]["bytes"] < LARGE_BYTES)
    with ThreadPoolExecutor(UPLOADS) as pool:
        list(pool.map(send, small))
    for file in sorted(set(files) - set(small)):
        send(file)
    if version.sizes() != {file: entry["bytes"] for file, entry in sorted(files.items())}:
        raise CurationError(
            f"{version}: the store does not hold what was sent; nothing was published, build again"
        )
    content = manifest.text(described, files, name)
    try:
        version.create(manifest.NAME, content)
    except FileExistsError:
        # A PUT whose answer was lost is sent again by the library, and finds itself.
        if not version.has(manifest.NAME, content):
            raise LockedError(
                f"{version}: another build published it meanwhile; nothing was published, "
                "build again"
            ) from None
    store.delete([_claim(name)])
    return name


def _claimed(store: ObjectStore, builder: bytes) -> int:
    """Take a number: the first above the published ones that no other build has taken.

    What a killed build that held the same lock left below its number is removed.
    """
    newest = max((int(name[1:]) for name in manifest.versions(store)), default=0)
    for number in itertools.count(newest + 1):
        name, version = f"v{number}", store.at(f"v{number}")
        taken_up = False
        try:
            store.create(_claim(name), builder)
        except FileExistsError:
            taken_up = store.has(_claim(name), builder)
            if not taken_up:
                continue
        left = version.sizes()
        if manifest.NAME in left or (left and not taken_up):
            # Published meanwhile, or the work of a build whose claim was removed.
            store.delete([_claim(name)])
            continue
        version.delete(left)
        return number
    raise AssertionError


def _claim(name: str) -> str:
    return f"{HIDDEN}/claims/{name}"


def _builder(work: Path) -> bytes:
    """Return what tells the lock that this build holds from any other.

    Whoever left a claim of this name held the same file of the same running system, so it is gone.
    A copy of the work folder is another file: a folder that is restored on several machines, as
    caches are, must not make one builder of them.
    """
    lock = (work / HIDDEN / "lock").stat()
    try:
        boot = BOOT.read_text()
    except OSError:  # not Linux: no claim is taken up again
        boot = uuid.uuid4().hex
    return sha256_text(f"{boot} {lock.st_dev} {lock.st_ino}").encode()


def link_unchanged(staging: Path, before: Path, files: Mapping[str, Any]) -> None:
    """Replace files by hard links to equal ones of the version before.

    A file system without hard links keeps the copies.

    Args:
        staging: Folder of the new version.
        before: Folder of the version before.
        files: Checksums of the new files.
    """
    known = {(f["bytes"], f["sha256"]): name for name, f in manifest.read(before)["files"].items()}
    for name, entry in files.items():
        old = known.get((entry["bytes"], entry["sha256"]))
        path = staging / name
        # The old bytes are compared, not believed: a damaged file must not replace a good one.
        if old is None or not _same_bytes(before / old, path):
            continue
        temporary = path.with_name(f".{path.name}.link")
        try:
            os.link(before / old, temporary)
        except OSError:
            continue
        temporary.replace(path)


def _same_bytes(old: Path, new: Path) -> bool:
    try:
        return filecmp.cmp(old, new, shallow=False)
    except OSError:
        return False
