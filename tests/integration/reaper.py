"""Removes the containers of a test run when the process that owns it has gone, however it went."""

import os
import platform
import select
import shutil
import sys
from pathlib import Path

from tests.images.engine import SetupError, detach, run
from tests.images.polling import wait_until

RUN = "crossfade.test.run"
OWNER = "crossfade.test.owner"
NODE = "crossfade.test.node"


def labels(run_id: str, owner: int | None) -> dict[str, str]:
    """The labels by which the containers of a run are found again; without an owner, by `remove` alone."""
    return {RUN: run_id} if owner is None else {RUN: run_id, OWNER: str(owner), NODE: platform.node()}


def watch(run_id: str, owner: int) -> None:
    """Start a process that outlives this one and calls `remove` once `owner` has ended."""
    root = Path(__file__).parents[2]
    command = [shutil.which(sys.executable) or sys.executable, "-m", __name__, run_id, str(owner)]
    detach(*command, cwd=root)


def remove(run_id: str) -> None:
    """Remove the containers of a run, running or not."""
    _remove(run("docker", "ps", "-aq", "--filter", f"label={RUN}={run_id}").split())


def sweep() -> None:
    """Remove what earlier runs on this machine left, whose owners no longer live."""
    listing = f'{{{{.ID}}}} {{{{.Label "{OWNER}"}}}}'
    found = run("docker", "ps", "-a", "--filter", f"label={NODE}={platform.node()}", "--format", listing)
    rows = [line.split() for line in found.splitlines()]
    _remove([container for container, owner in rows if not _lives(int(owner))])


def _remove(containers: list[str]) -> None:
    if containers:
        run("docker", "rm", "--force", "--volumes", *containers)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _await_end(pid: int) -> None:
    if sys.platform == "linux":
        # A process that nobody waits for still answers signals after its end; its descriptor tells.
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        select.select([descriptor], [], [])
    else:
        wait_until(lambda: not _lives(pid), seconds=86_400, every=1)


if __name__ == "__main__":
    _await_end(int(sys.argv[2]))
    try:
        remove(sys.argv[1])
    except SetupError as error:
        # The run's own clean-up may be removing them at this moment; a next run sweeps.
        sys.exit(str(error))
