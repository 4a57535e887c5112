"""An application in a process of its own, which writes on command and can be frozen, also in the middle of a write.

`python -m tests.integration.migration.commanded`, with the application's settings in the environment, reads lines of
JSON from its input, and answers each with one.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import crossfade
from crossfade.dynamodb.retry import Pacer
from crossfade.migration.board import PATIENCE
from crossfade.migration.dual_write import DualWrite
from crossfade.migration.lease import Leases
from crossfade.migration.routed import RoutedStore
from crossfade.migration.sync import Sync
from tests.images.polling import wait_until
from tests.integration.migration.world import World

Place = Literal["planned", "written", "carrying", "asking", "leased", "answered"]

_PLACES: Mapping[Place, tuple[type, str, bool]] = {
    "planned": (DualWrite, "begun", False),  # for MySQL, whose stage row is not locked yet
    "written": (DualWrite, "committing", False),  # in MySQL, not committed
    "carrying": (Sync, "write", False),  # committed in MySQL, and read from there for DynamoDB
    "asking": (Leases, "begin", False),  # for DynamoDB, which is not asked yet where the group stands
    "leased": (Leases, "begin", True),  # for DynamoDB, and it may
    "answered": (Leases, "end", False),  # in DynamoDB, whose reply is there
}
"""Where a write can be frozen: at the beginning of a method, or at its end."""


class Commanded:
    """The process, as its test sees it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, entity: str, operation: str, *arguments: Any, freeze: Place | None = None) -> None:
        """Let it do something, and do not wait for that.

        Args:
            entity, operation, arguments: what; arguments are anything that JSON has.
            freeze: where it is to freeze itself.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([entity, operation, arguments, freeze]) + "\n")
        self._process.stdin.flush()

    def reply(self) -> dict[str, Any]:
        """Wait for the answer: `result`, or the class and the text of an `error`."""
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found

    def do(self, entity: str, operation: str, *arguments: Any) -> Any:
        """Let it do something that succeeds; the result."""
        self.ask(entity, operation, *arguments)
        return self.result()

    def result(self) -> Any:
        """Wait for the result of what succeeds."""
        reply = self.reply()
        assert "error" not in reply, reply
        return reply["result"]

    def freeze(self) -> None:
        """Freeze it wherever it is."""
        self._process.send_signal(signal.SIGSTOP)
        self.frozen()

    def frozen(self) -> None:
        """Wait until it is frozen."""
        options = os.WSTOPPED | os.WEXITED | os.WNOWAIT | os.WNOHANG
        seen = wait_until(lambda: os.waitid(os.P_PID, self._process.pid, options), errors=())
        assert seen is not None
        assert seen.si_code == os.CLD_STOPPED, "it ended"

    def go_on(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)


@contextmanager
def commanded(world: World) -> Iterator[Commanded]:
    """An application of a world, open."""
    environment = {
        "PYTHONPATH": str(Path(__file__).parents[3]), "CROSSFADE_CONTRACT": str(world.contract),
        "CROSSFADE_MYSQL_URL": world.url, "CROSSFADE_TABLE_PREFIX": world.prefix, "CROSSFADE_STAGE": "installed",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.migration.commanded"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment},
    )  # fmt: skip
    with process:
        try:
            made = Commanded(process)
            assert made.reply() == {"result": "open"}
            yield made
        finally:
            process.kill()


def main() -> None:
    """Do what the lines say, until there are no more."""
    asked: list[Place] = []
    for place, (owner, method, after) in _PLACES.items():
        setattr(owner, method, _freezing(getattr(owner, method), place, asked, after=after))
    with crossfade.open() as app:
        assert isinstance(app.store, RoutedStore)
        # The time goes on while it is frozen, and a slow machine takes long for a move.
        app.store.board.pacer = Pacer(replace(PATIENCE, deadline=600.0))
        _say({"result": "open"})
        for line in sys.stdin:
            entity, operation, arguments, freeze = json.loads(line)
            asked[:] = [freeze] if freeze else []
            try:
                _say({"result": _did(app, entity, operation, arguments)})
            except crossfade.CrossfadeError as error:
                _say({"error": type(error).__name__, "text": str(error)})


def _did(app: crossfade.App, entity: str, operation: str, arguments: list[Any]) -> Any:
    if operation != "unit":
        return getattr(app.repository(entity), operation)(*arguments)
    with app.unit_of_work() as work:
        for name, *those in arguments:
            getattr(work.repository(entity), name)(*those)
        work.commit()
    return None


def _freezing(inner: Callable[..., Any], place: Place, asked: list[Place], *, after: bool) -> Callable[..., Any]:
    def frozen() -> None:
        if place in asked:
            asked.remove(place)
            os.kill(os.getpid(), signal.SIGSTOP)

    def method(*arguments: Any, **options: Any) -> Any:
        if not after:
            frozen()
        result = inner(*arguments, **options)
        if after:
            frozen()
        return result

    return method


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what, default=str) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
