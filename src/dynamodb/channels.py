"""Connections to one server, kept open between requests. HTTP itself is http.client's and llhttp's."""

from __future__ import annotations

import os
import select
import socket
import ssl
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from time import monotonic

from httptools import HttpParserError, HttpResponseParser

_MOST = 1 << 18  # bytes taken at once
_SHORT = 0.5  # seconds after which it is looked at how long a reply may still take
_LEAST = 0.001  # seconds for which one that is there already is read


@dataclass(frozen=True, slots=True)
class Server:
    """Where requests go.

    Attributes:
        host, port: of the server.
        tls: how it proves who it is; None for plain HTTP.
        connect_timeout, read_timeout: in seconds.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None
    connect_timeout: float
    read_timeout: float

    def dial(self) -> socket.socket:
        """A new connection. Raises NotConnected."""
        made = (
            HTTPConnection(self.host, self.port, timeout=self.connect_timeout)
            if self.tls is None
            else HTTPSConnection(self.host, self.port, timeout=self.connect_timeout, context=self.tls)
        )
        try:
            made.connect()
        except OSError as error:
            made.close()
            raise NotConnected(str(error)) from error
        connected: socket.socket = made.sock
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connected.settimeout(self.read_timeout)
        return connected


class Reply:
    """What came back, as the parser tells it.

    Attributes:
        status: HTTP's.
        headers: by name in small letters.
        body: all of it.
        complete: whether nothing of it is to come.
        lasting: whether the server keeps the connection.
    """

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.body = b""
        self.complete = False
        self.lasting = False
        self._parser = HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Take what came next. Raises HttpParserError."""
        self._parser.feed_data(data)

    def header(self, name: bytes) -> str | None:
        """A header's text."""
        found = self.headers.get(name)
        return None if found is None else found.decode("latin-1")

    # What the parser calls.

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.lower()] = value

    def on_body(self, body: bytes) -> None:
        self.body = body if not self.body else self.body + body

    def on_message_complete(self) -> None:
        self.status = self._parser.get_status_code()
        if self.status < 200:  # RFC 9110, 15.2: the final reply is still to come
            self.headers, self.body = {}, b""
            return
        self.complete = True
        self.lasting = bool(self._parser.should_keep_alive())


class NotConnected(Exception):
    """There is no connection; nothing was sent."""


class Dropped(Exception):
    """The connection broke before a reply was there; the request may have arrived.

    Attributes:
        stale: the connection was an old one, and broke before any of the reply came: most likely the server had closed
            it meanwhile.
    """

    def __init__(self, message: str, *, stale: bool) -> None:
        self.stale = stale
        super().__init__(message)


class Channel:
    """One connection, over a socket that is its own."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket, self._patience = connected, connected.gettimeout()
        self._readable = select.poll()
        self._readable.register(self._socket, select.POLLIN)
        self._used = self._stale = False
        self._sent = 0.0

    @property
    def quiet(self) -> bool:
        """Whether nothing has come since the last reply: what comes unasked is the end of the connection."""
        return not self._readable.poll(0)

    def send(self, request: bytes) -> None:
        """Send a request, whose reply is to be received before the next one.

        Raises:
            TimeoutError: it is not taken in time.
            Dropped: see there.
        """
        self._stale, self._used, self._sent = self._used, True, monotonic()
        try:
            self._socket.sendall(request)
        except TimeoutError:
            raise
        except OSError as error:
            raise self._dropped(error) from error

    def receive(self) -> Reply:
        """The reply to the request that was sent last. What it has had time for while nobody listened counts.

        Raises:
            TimeoutError: no reply in time.
            Dropped: see there.
        """
        waited = monotonic() - self._sent
        if waited < _SHORT or self._patience is None:
            return self._received()
        self._socket.settimeout(max(self._patience - waited, _LEAST))
        try:
            return self._received()
        finally:
            self._socket.settimeout(self._patience)

    def _received(self) -> Reply:
        reply = Reply()
        try:
            while not reply.complete:
                data = self._socket.recv(_MOST)
                if not data:
                    raise Dropped("the connection was closed before the reply was whole", stale=self._stale)
                self._stale = False
                reply.feed(data)
        except TimeoutError:
            raise
        except (OSError, HttpParserError) as error:
            raise self._dropped(error) from error
        return reply

    def _dropped(self, error: Exception) -> Dropped:
        return Dropped(f"{type(error).__name__}: {error}", stale=self._stale)

    def close(self) -> None:
        """End the connection."""
        self._socket.close()


class Channels:
    """Connections of one server, taken by one thread at a time. Safe to share between threads, and across a fork.

    Args:
        dial: makes one; raises NotConnected.
        kept: connections kept open at most while nobody uses them.
    """

    def __init__(self, dial: Callable[[], socket.socket], kept: int) -> None:
        self._dial, self._kept = dial, kept
        self._idle: deque[Channel] = deque()
        self._process = os.getpid()
        self._closed = False

    def take(self) -> Channel:
        """A connection, an open one if there is any. Raises NotConnected."""
        if self._process != os.getpid():
            self._end()  # the parent goes on with them: what a child closes stays open there
            self._process = os.getpid()
        while (found := self._kept_one()) is not None:
            if found.quiet:
                return found
            found.close()
        return Channel(self._dial())

    def give(self, channel: Channel) -> None:
        """Back, for others."""
        if len(self._idle) < self._kept and self._process == os.getpid():
            self._idle.append(channel)
        else:
            channel.close()
        if self._closed:
            self._end()

    def close(self) -> None:
        """End those that nobody uses; those that are in use end with it."""
        self._closed = True
        self._end()

    def _end(self) -> None:
        while (found := self._kept_one()) is not None:
            found.close()

    def _kept_one(self) -> Channel | None:
        with suppress(IndexError):
            return self._idle.pop()
        return None
