"""Files at an address: ``s3://bucket/folder/*.xml.gz`` and whatever else fsspec has a reader for.

Listed like local files, in the order of their addresses. A file is read whole before it is parsed:
small ones together into memory, large ones into an unnamed file that goes with its process. So a
broken connection ends the build, and is never taken for a damaged file; nothing of the text stays
behind on the machine; and the checksum costs no second download.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from sources.fetch.snapshot import is_snapshot
from sources.files import Input, Problem, Skipped, is_archive, matches

if TYPE_CHECKING:
    from fsspec.spec import AbstractFileSystem

ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://?(?!/)")
"""Scheme of an address; a `Path` made of one has lost a slash."""

PIECE = 16 << 20
"""Bytes of a large file asked for at a time."""

VALIDATORS = (
    "ETag",
    "etag",
    "generation",
    "md5Hash",
    "content_md5",
    "LastModified",
    "last_modified",
    "mtime",
    "created",
)
"""What stores say of a file that changes with its bytes, the best first."""

_PACKAGES = {"s3": "medical-corpus-curation[s3]", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs"}
"""What to install for a scheme whose reader is missing."""

_NO_CREDENTIALS = ("NoCredentials", "PartialCredentials", "CredentialRetrieval", "ProfileNotFound")
_UNREACHABLE = ("Connect", "Timeout", "EndpointURL", "HTTPClient", "Resolver")


class RemoteError(Exception):
    """An address cannot be read or written; the message is for people and holds no secret.

    Args:
        message: One line.
        usage: Whether the user named something that is not there, or an extra is missing.
    """

    def __init__(self, message: str, usage: bool = False) -> None:
        super().__init__(message, usage)
        self.message, self.usage = message, usage

    def __str__(self) -> str:
        return self.message


def is_address(text: str) -> bool:
    """Tell whether a path is an address with a scheme; ``file://`` is a path of this machine."""
    found = ADDRESS.match(text)
    return found is not None and found[1].lower() not in ("file", "local")


def normal(text: str) -> str:
    """Return an address with both slashes and without one at its end; ``file://`` as a path."""
    found = ADDRESS.match(text)
    if found is None:
        return text.removeprefix("file://") if text.startswith("file:///") else text
    rest = text[found.end() :].rstrip("/")
    return f"{found[1].lower()}://{rest}"


def filesystem(address: str) -> tuple[AbstractFileSystem, str]:
    """Return the file system of an address and the path in it.

    Credentials and endpoint come from the environment, as the libraries of each store read them.

    Raises:
        RemoteError: No reader for the scheme, or credentials inside the address.
    """
    from fsspec.core import url_to_fs
    from fsspec.registry import get_filesystem_class

    scheme = address.partition("://")[0]
    shown = f"{scheme}://{re.split(r'[/?#]', address.partition('://')[2])[0]}"
    if re.match(r"[^@]*:[^@]*@", address.partition("://")[2]):
        raise RemoteError(
            f"{scheme}://…: an address with a name and password would stand in the ledger; give "
            "them in the environment",
            usage=True,
        )
    if scheme in ("http", "https", "ftp"):
        raise RemoteError(f"{shown}: a build reads no web pages; fetch the files first", True)
    try:
        get_filesystem_class(scheme)
    except ImportError:
        package = _PACKAGES.get(scheme, "the package of fsspec for it")
        raise RemoteError(f"{scheme}:// needs a package: pip install '{package}'", True) from None
    except ValueError:
        said = f"no reader for {scheme}://; give a folder, or an address such as s3://BUCKET/FOLDER"
        raise RemoteError(f"{shown}: {said}", True) from None
    with told(address):
        # Listings that a process remembers would hide what another has written.
        fs, path = url_to_fs(address, use_listings_cache=False)
    if f"{scheme}://{str(path).lstrip('/')}" != address:
        raise RemoteError(f"{address}: addresses with a host are not supported", usage=True)
    return fs, str(path)


@contextlib.contextmanager
def told(address: str) -> Iterator[None]:
    """Turn what a store's library raises into one line; what is absent stays FileNotFoundError.

    The libraries' own messages are not repeated: they quote requests.
    """
    try:
        yield
    except (RemoteError, FileNotFoundError, FileExistsError, MemoryError):
        raise
    except Exception as error:
        raise RemoteError(f"{address}: {_reason(error)}") from None


def error_code(error: Exception) -> str:
    """Return what a store that speaks S3 called an error, empty for other errors."""
    response = getattr(error.__cause__, "response", None)
    # Clients of other stores have an object of that name.
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def _reason(error: Exception) -> str:
    names = [cls.__name__ for cls in type(error).__mro__]
    code = error_code(error)
    if any(name.startswith(_NO_CREDENTIALS) for name in names):
        return "no credentials in the environment (AWS_ACCESS_KEY_ID, AWS_PROFILE …)"
    if isinstance(error, PermissionError):
        return f"access denied ({code or 'no right'}); check the credentials and what they may do"
    if isinstance(error, TimeoutError) or any(
        name.startswith(_UNREACHABLE) or name.endswith("ConnectorError") for name in names
    ):
        return "the store cannot be reached; check the network and the endpoint (AWS_ENDPOINT_URL)"
    return f"the store answered with an error ({code or names[0]}); try again"


def locate(address: str, patterns: Sequence[str]) -> Iterator[Input | Problem | Skipped]:
    """List what an address of a recipe stands for; the rules are those of local paths.

    Args:
        address: A file, a folder or a glob.
        patterns: Shell patterns of the source.

    Yields:
        Inputs, problems and files left aside, in no particular order.

    Raises:
        RemoteError: The store cannot be read.
    """
    address = normal(address)
    fs, path = filesystem(address)
    listing = _Listing(fs, address.partition("://")[0], path, tuple(patterns))
    with told(address):
        if has_magic(path):
            yield from listing.glob(address)
            return
        try:
            info = fs.info(path)
        except FileNotFoundError:
            yield Problem(address, "missing", f"{address}: nothing at this address")
            return
        if info["type"] == "directory":
            yield from listing.walk(path, report_empty=True)
        else:
            yield listing.named(path, info)


class _Listing:
    """Lists files of one file system, as `sources.files` does those of this machine."""

    def __init__(
        self, fs: AbstractFileSystem, scheme: str, path: str, patterns: tuple[str, ...]
    ) -> None:
        self._fs, self._scheme, self._path, self._patterns = fs, scheme, path, patterns
        literal = itertools.takewhile(lambda part: not has_magic(part), path.split("/"))
        self._root = "/".join(literal)
        self._versions: dict[str, bool] = {}

    def input(self, path: str, info: Mapping[str, Any]) -> Input:
        """Return the input at a path."""
        name = self._name(path)
        return Input(name, name, int(info["size"] or 0), validator=validator(info))

    def named(self, path: str, info: Mapping[str, Any]) -> Input | Problem:
        """Return the input that a recipe names; a snapshot is none."""
        if is_snapshot(path.rpartition("/")[2]):
            name = self._name(path)
            return Problem(name, "unreadable", f"{name}: a snapshot must be on this machine")
        return self.input(path, info)

    def glob(self, address: str) -> Iterator[Input | Problem | Skipped]:
        """List what a glob matches; where it ends in ``*`` the patterns of the source apply."""
        try:
            hits = self._fs.glob(self._path, detail=True)
        except FileNotFoundError:
            hits = {}
        if not hits:
            yield Problem(address, "missing", f"{address}: no file fits this pattern")
        last = address.rpartition("/")[2]
        for path, info in hits.items():
            if self._aside(path):
                continue
            if info["type"] == "directory":
                if last != "**":  # which lists the files inside as well
                    yield from self.walk(path, report_empty=last != "*")
            elif last not in ("*", "**") or self._fits(path):
                yield self.named(path, info)
            else:
                yield Skipped(self._name(path))

    def walk(self, folder: str, *, report_empty: bool) -> Iterator[Input | Problem | Skipped]:
        """List the files below a folder that the source reads."""
        count = 0
        for path, info in self._fs.find(folder, detail=True).items():
            if self._aside(path):
                continue
            if self._fits(path):
                count += 1
                yield self.input(path, info)
            else:
                yield Skipped(self._name(path))
        if not count and report_empty:
            name, wanted = self._name(folder), " ".join(self._patterns)
            detail = f"{name}: no file in this folder fits {wanted} (compressed or not)"
            yield Problem(name, "empty_folder", detail)

    def _name(self, path: str) -> str:
        return f"{self._scheme}://{path.lstrip('/')}"

    def _fits(self, path: str) -> bool:
        base = path.rpartition("/")[2]
        return not is_snapshot(base) and (matches(base, self._patterns) or is_archive(base))

    def _aside(self, path: str) -> bool:
        """Tell whether a file is hidden, or lies in a version of a corpus."""
        below = path.removeprefix(self._root).strip("/").split("/")
        if any(part.startswith(".") for part in below):
            return True
        return any(
            self._is_version("/".join([self._root, *below[: depth + 1]]))
            for depth, part in enumerate(below[:-1])
            if re.fullmatch(r"v[1-9]\d*", part)
        )

    def _is_version(self, folder: str) -> bool:
        if folder not in self._versions:
            self._versions[folder] = self._fs.exists(f"{folder}/manifest.json")
        return self._versions[folder]


def validator(info: Mapping[str, Any]) -> str:
    """Return what changes when a file's bytes change, as its store says; empty where it says none.

    Args:
        info: What fsspec says of the file.
    """
    for key in VALIDATORS:
        if info.get(key):
            return f"{key.lower()}:{info[key]}".replace('"', "")
    return ""


def read_small(sizes: Mapping[str, int]) -> dict[str, bytes]:
    """Read small files, many at a time.

    Args:
        sizes: Addresses as `locate` gave them, with the bytes of each.

    Returns:
        Their bytes by address.

    Raises:
        RemoteError: One of them cannot be read, or changed since it was listed.
    """
    found: dict[str, bytes] = {}
    for scheme in sorted({address.partition("://")[0] for address in sizes}):
        mine = [address for address in sizes if address.startswith(f"{scheme}://")]
        fs, _ = filesystem(mine[0])
        paths = [str(fs._strip_protocol(address)) for address in mine]
        with told(mine[0]), _present(mine[0]):
            data = fs.cat(paths, on_error="raise") if len(paths) > 1 else {}
            data = data or {paths[0]: fs.cat_file(paths[0])}
        found |= {address: data[path] for address, path in zip(mine, paths, strict=True)}
    for address, size in sizes.items():
        if len(found[address]) != size:
            raise RemoteError(f"{address}: changed since it was listed; build again")
    return found


def read_large(address: str, folder: Path) -> tuple[BinaryIO, str]:
    """Read a file into one without a name, which goes with this process.

    Args:
        address: As `locate` gave it.
        folder: Where there is room for it.

    Returns:
        The open file at its beginning, and the SHA-256 of its bytes.

    Raises:
        RemoteError: It cannot be read, or changed meanwhile.
    """
    with contextlib.ExitStack() as undo:
        kept = cast("BinaryIO", undo.enter_context(tempfile.TemporaryFile(dir=folder)))
        checksum = _copied(address, kept)
        kept.seek(0)
        undo.pop_all()  # the caller closes it
    return kept, checksum


def _copied(address: str, target: BinaryIO) -> str:
    """Write the bytes of a file to another one; return their SHA-256."""
    fs, path = filesystem(address)
    digest = hashlib.sha256()
    with told(address), _present(address):
        before = fs.info(path)
    size = int(before["size"])
    for start in range(0, size, PIECE):
        with told(address), _present(address):
            # By name: s3fs takes a version as its second argument.
            piece = fs.cat_file(path, start=start, end=min(start + PIECE, size))
        digest.update(piece)
        target.write(piece)
    with told(address), _present(address):
        after = fs.info(path)
    if validator(after) != validator(before) or target.tell() != size:
        raise RemoteError(f"{address}: changed while it was read; build again")
    return digest.hexdigest()


@contextlib.contextmanager
def _present(address: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise RemoteError(f"{address}: gone since it was listed; build again") from None
