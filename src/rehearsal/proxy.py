"""A way to a server that can be stopped: `python -m crossfade.rehearsal.proxy HOST PORT`, or without a place.

It prints its own port, and carries bytes in both directions. Frozen by SIGSTOP it stalls everybody who goes that way,
as a server does that answers no more; connections are still taken, by the kernel. Without a place it goes where a
CONNECT request says: what the SDK sends a proxy for an endpoint with TLS.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

_PIECE = 65_536
Place = tuple[str, int]


async def serve(place: Place | None) -> asyncio.Server:
    """Listen on a free port of this machine.

    Args:
        place: the host and the port to go to; None for those of CONNECT requests.
    """

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            there = place or await _asked(reader)
            ahead, back = await asyncio.open_connection(*there)
            if place is None:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(_pump(reader, back), _pump(ahead, writer))
        writer.close()

    return await asyncio.start_server(carry, "127.0.0.1", 0, backlog=500)


async def _asked(reader: asyncio.StreamReader) -> Place:
    """The place that a CONNECT request names. Raises ValueError where it is another request."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    method, place, *_ = head.split()
    if method != "CONNECT":
        raise ValueError(method)
    host, _, port = place.rpartition(":")
    return host, int(port)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
    finally:
        writer.close()


async def main() -> None:
    """Serve until the process ends."""
    server = await serve((sys.argv[1], int(sys.argv[2])) if sys.argv[1:] else None)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
