"""What it costs a call that the stage is asked where it goes: over a repository that answers at once."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, chdir, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from benchmarks.contest import Contest, Contestant, Within, repeated

if TYPE_CHECKING:
    import crossfade

_MODE = "the stage is installed in MySQL, and read once a second; the repository behind it answers with a constant"
_STAGES = ("mysql", "dynamodb")
_BARE, _ROUTED = "bare repository", "routed"
_FLAG = "evaluation"
MOST = 2.0  # microseconds a call


def contests() -> list[Contest]:
    """A read and a write in each of the two stages that ask one store, and what a flag would take."""
    routed = [
        Contest(
            f"routing_{operation}_{stage}",
            f"routing of a {operation} in the stage `{stage}`",
            _MODE,
            partial(_entered, stage, operation),
            ours=_ROUTED,
            goals=(Within(_BARE, MOST),),
            ratios=False,
        )
        for stage in _STAGES
        for operation in ("get", "put")
    ]
    title = "one evaluation of an OpenFeature flag"
    return [*routed, Contest("flag", title, "OpenFeature's SDK, its in-memory provider", _flagged, ours=_FLAG)]


class _Constant:
    """A repository that does nothing."""

    def __init__(self, answer: object) -> None:
        self._answer = answer

    def get(self, key: Any) -> Any:
        return self._answer

    def put(self, entity: Any) -> Any:
        return self._answer


@contextmanager
def _entered(stage: str, operation: str) -> Iterator[Sequence[Contestant]]:
    from benchmarks.articles import SHOP, Article, article  # noqa: PLC0415 - naming the contests loads nothing
    from crossfade.dynamodb import DynamoDBStore  # noqa: PLC0415 - as above
    from crossfade.mysql import MySQLStore  # noqa: PLC0415 - as above

    argument: Any = {"get": {"shop": SHOP, "id": 100_000}, "put": article(0)}[operation]
    bare: Any = _Constant(article(0))
    answering: Callable[..., Any] = lambda *_: bare  # noqa: E731 - a patch is typed as a value
    with (
        _installed(stage) as (routed, fixed),
        patch.object(MySQLStore, "repository", answering),
        patch.object(DynamoDBStore, "repository", answering),
    ):
        repositories = {
            _ROUTED: routed.store.repository(routed._bind(Article), routed._tools("ARTICLE")),
            _BARE: bare,
            "with its telemetry, stage fixed": fixed.repository(Article),
            "with its telemetry, routed": routed.repository(Article),
        }
        yield [
            Contestant(name, repeated(partial(getattr(repository, operation), argument)))
            for name, repository in repositories.items()
        ]


@contextmanager
def _installed(stage: str) -> Iterator[tuple[crossfade.App, crossfade.App]]:
    """An application that follows its stage, which is this one, and one with this stage for ever."""
    import crossfade  # noqa: PLC0415 - as above
    from benchmarks.articles import DOCUMENT, SCHEMA  # noqa: PLC0415 - as above
    from tests.integration.containers import Servers  # noqa: PLC0415 - loads the container engine's client
    from tests.integration.migration.test_verify import run  # noqa: PLC0415 - as above
    from tests.integration.migration.world import World  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        stack.enter_context(chdir(name))
        servers = Servers(Path("servers"), f"benchmark-{os.getpid()}", os.getpid())
        stack.callback(servers.remove)
        dynamodb = servers.dynamodb()
        os.environ.update(dynamodb.environment())
        contract = Path("contract.json").absolute()
        contract.write_text(json.dumps(DOCUMENT), encoding="utf-8")
        contract.with_name("schema.sql").write_text(SCHEMA, encoding="utf-8")
        url = stack.enter_context(servers.sql("mysql").database())
        world = World(contract, url, stack.enter_context(dynamodb.prefix()))
        world.make(10)
        code, out = run("install", *world.arguments)
        while not code and f'"to": "{stage}"' not in out and stage != "mysql":
            code, out = run("stage", "advance", *world.arguments, "--force", "--why", "a benchmark", "--json")
        if code:
            raise RuntimeError(out)
        settings: dict[str, Any] = {"mysql_url": url, "table_prefix": world.prefix}
        yield (
            stack.enter_context(crossfade.open(contract, stage="installed", **settings)),
            stack.enter_context(crossfade.open(contract, stage=stage, **settings)),
        )


@contextmanager
def _flagged() -> Iterator[Sequence[Contestant]]:
    from openfeature import api  # noqa: PLC0415 - as above
    from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider  # noqa: PLC0415 - as above

    api.set_provider(InMemoryProvider({"crossfade-stage": InMemoryFlag("set", {"set": "mysql"})}))
    client = api.get_client()
    yield [Contestant(_FLAG, repeated(lambda: client.get_string_details("crossfade-stage", "")))]
