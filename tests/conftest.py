"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.corpora import Call


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Run named files in this process; it costs each further one seconds to collect them."""
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    files = [Path(argument.partition("::")[0]).is_file() for argument in config.args]
    return 0 if named and all(files) else None


@pytest.fixture(scope="session", autouse=True)
def kernels() -> None:
    """Of several processes the first compiles the kernels; else all would, at the same time."""
    from curation.warm import ensure_kernels

    if "PYTEST_XDIST_WORKER" in os.environ:
        ensure_kernels(say=lambda line: None)


@pytest.fixture(scope="session")
def language_model() -> Path:
    """The lid.176.ftz model as a build resolves it; skips where it cannot be had."""
    from filters.language import MissingModel, resolve_model

    try:
        return resolve_model(None, say=lambda line: None)
    except MissingModel as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real files, named by CURATION_TEST_DATA; skips where it is not set."""
    folder = os.environ.get("CURATION_TEST_DATA")
    if not folder:
        pytest.skip("set CURATION_TEST_DATA to the folder of real files to run this test")
    path = Path(folder)
    if not path.is_dir():
        pytest.fail(f"CURATION_TEST_DATA names no folder: {path}")
    return path


@pytest.fixture
def call(capsys, monkeypatch) -> Call:
    """Run the program in this process: returns (exit code, stdout, stderr)."""
    from curation.cli import main

    monkeypatch.setenv("COLUMNS", "80")

    def run(*args):
        with pytest.raises(SystemExit) as caught:
            main([str(arg) for arg in args])
        captured = capsys.readouterr()
        return caught.value.code, captured.out, captured.err

    return run


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """Address of a server that speaks S3, on loopback."""
    import logging

    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def s3_environment(s3_endpoint: str) -> dict[str, str]:
    """The environment that names this server."""
    return {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "secret-of-the-test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": s3_endpoint,
    }


@pytest.fixture
def s3(s3_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The file system of an empty store with one bucket, ``bucket``; the environment names it."""
    from moto.moto_api._internal import moto_api_backend
    from s3fs import S3FileSystem

    for name, value in s3_environment.items():
        monkeypatch.setenv(name, value)
    moto_api_backend.reset()
    S3FileSystem.clear_instance_cache()
    files = S3FileSystem(use_listings_cache=False)
    files.mkdir("bucket")
    return files
