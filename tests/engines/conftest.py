"""A Ray cluster of two nodes on this machine, for all tests that need one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NODE = {"num_cpus": 1, "object_store_memory": 80 << 20, "include_dashboard": False}
"""The smallest node: each process of it costs memory."""


@pytest.fixture(scope="session")
def cluster(s3_environment: dict[str, str]) -> Iterator[Any]:
    """A head and a second node; they stay for the whole session, since starting them takes long.

    As on real machines, what names the object store is in the environment of the nodes.
    """
    pytest.importorskip(
        "ray", reason="Ray is not installed; install the extra: pip install '.[ray]'"
    )
    from ray.cluster_utils import Cluster

    # Lost nodes are noticed in seconds, not in half a minute.
    checks = {
        "health_check_period_ms": 500,
        "health_check_timeout_ms": 2_000,
        "health_check_failure_threshold": 5,
    }
    home = tempfile.mkdtemp(prefix="ray")  # short: the paths of sockets have a limit
    root = str(Path(__file__).parents[2])
    search = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_TMPDIR", home)
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("PYTHONPATH", os.pathsep.join(search))  # the code of this checkout
        for name, value in s3_environment.items():
            patch.setenv(name, value)
        made = Cluster(initialize_head=True, head_node_args={**NODE, "_system_config": checks})
        made.add_node(**NODE)
    try:
        yield made
    finally:
        made.shutdown()
        shutil.rmtree(home, ignore_errors=True)
