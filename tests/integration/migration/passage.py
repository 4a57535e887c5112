"""A way to a server, in this process, that can be closed, so that nobody is there, or stall, so that nobody answers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Literal

Fault = Literal["closed", "stalled"]


class Passage:
    """Carries bytes between those who connect to its port and a server.

    Closed, it cuts every connection and refuses new ones. Stalled, it takes whatever is sent, connections included, and
    nothing comes back; what was sent meanwhile arrives when it stalls no more.

    Args:
        host, port: where the server is.
    """

    def __init__(self, host: str, port: int) -> None:
        self._there = host, port
        self._flowing = threading.Event()
        self._flowing.set()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._door = _bound(0)
        self.port: int = self._door.getsockname()[1]
        self._listen()

    @contextmanager
    def broken(self, how: Fault) -> Iterator[None]:
        """The block in which it is closed, or stalls."""
        if how == "stalled":
            self._flowing.clear()
            try:
                yield
            finally:
                self._flowing.set()
            return
        self._shut(_bound)
        try:
            yield
        finally:
            self._listen()

    def close(self) -> None:
        """Cut everything, and listen no more."""
        self._shut(lambda port: socket.socket()).close()

    def _listen(self) -> None:
        self._door.listen(500)
        threading.Thread(target=self._accept, args=(self._door,), daemon=True).start()

    def _shut(self, make: Callable[[int], socket.socket]) -> socket.socket:
        """Cut everything; the new door, which keeps the port from others but does not listen yet."""
        with self._lock:
            _cut(self._door)  # wakes the thread that accepts
            self._door = make(self.port)
            cut, self._open = self._open, set()
        for each in cut:
            _cut(each)
        return self._door

    def _accept(self, door: socket.socket) -> None:
        with suppress(OSError):
            while True:
                here, _ = door.accept()
                self._join(door, here)

    def _join(self, door: socket.socket, here: socket.socket) -> None:
        try:
            there = socket.create_connection(self._there)
        except OSError:
            _cut(here)
            return
        with self._lock:
            if door is not self._door:  # shut meanwhile
                _cut(here)
                _cut(there)
                return
            self._open |= {here, there}
        for one, other in ((here, there), (there, here)):
            threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while piece := one.recv(65_536):
                self._flowing.wait()
                other.sendall(piece)
        for each in (one, other):
            with self._lock:
                self._open.discard(each)
            _cut(each)


def _bound(port: int) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", port))
    return made


def _cut(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()


@contextmanager
def passage(host: str, port: int) -> Iterator[Passage]:
    """A way to a server."""
    made = Passage(host, port)
    try:
        yield made
    finally:
        made.close()
