"""Make sure that an engine and the test servers' images are there: `python -m tests.images.prepare`.

Prints the settings that the integration tests would find by themselves. Of each image, the first of
these is taken: what the environment names, the public image if it is here, the local image if it is
here, the public image if it can be pulled, the local image, built now.
"""

import fcntl
import json
import os
import select
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from tests.images import build, engine
from tests.images.driver import ensure_driver
from tests.images.engine import CACHE, SetupError, run, say

PUBLIC_IMAGES = {
    "mysql": "mysql:8.4",
    "mariadb": "mariadb:11.8",
    "dynamodb": "amazon/dynamodb-local:3.3.1",
}
# A registry that is there names the image's parts within moments; what is slow is the download.
FIRST_ANSWER_SECONDS = 20
DOWNLOAD_SECONDS = 900


@dataclass(frozen=True)
class Prepared:
    """Images by kind (mysql, mariadb, dynamodb), the engine's address, and where published ports are."""

    images: Mapping[str, str]
    docker_host: str
    published_host: str

    def environment(self) -> dict[str, str]:
        """The same, as environment variables for the tests and for testcontainers."""
        return {variable(kind): image for kind, image in self.images.items()} | {
            "DOCKER_HOST": self.docker_host,
            "TESTCONTAINERS_HOST_OVERRIDE": self.published_host,
            "TESTCONTAINERS_CONNECTION_MODE": "docker_host",
            "TESTCONTAINERS_RYUK_DISABLED": "true",
        }


def variable(kind: str) -> str:
    """The environment variable that names the image of a kind."""
    return f"CROSSFADE_TEST_{kind.upper()}_IMAGE"


def prepare() -> Prepared:
    """Find, pull or build what is missing; one process at a time. Raises SetupError, saying what to do."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with _lock():
        engine.ensure_engine()
        images: dict[str, str] = {}
        for kind in PUBLIC_IMAGES:
            if image := _named(kind) or _present(kind):
                images[kind] = image
        images |= _fetch([kind for kind in PUBLIC_IMAGES if kind not in images])
        host = engine.docker_host()
        return Prepared(images, host, engine.published_host(host))


@contextmanager
def _lock() -> Iterator[None]:
    with (CACHE / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _named(kind: str) -> str | None:
    image = os.environ.get(variable(kind))
    if image and _labels(image) is None and (problem := _pull(image)):
        raise SetupError(f"{variable(kind)}={image}: {problem}")
    return image


def _present(kind: str) -> str | None:
    if _labels(PUBLIC_IMAGES[kind]) is not None:
        return PUBLIC_IMAGES[kind]
    local = build.LOCAL_IMAGES[kind].name
    labels = _labels(local)
    return local if labels and labels.get(build.RECIPE_LABEL) == build.recipe() else None


def _fetch(kinds: list[str]) -> dict[str, str]:
    with ThreadPoolExecutor() as pool:
        problems = dict(zip(kinds, pool.map(lambda kind: _pull(PUBLIC_IMAGES[kind]), kinds), strict=True))
    to_build = [kind for kind, problem in problems.items() if problem]
    if to_build:
        say(f"cannot pull {', '.join(PUBLIC_IMAGES[kind] for kind in to_build)}: {problems[to_build[0]]}")
        build.build(to_build)
    return {
        kind: build.LOCAL_IMAGES[kind].name if problem else PUBLIC_IMAGES[kind] for kind, problem in problems.items()
    }


def _labels(image: str) -> dict[str, str] | None:
    """The image's labels, or None if it is not here."""
    try:
        found = run("docker", "image", "inspect", "--format", "{{json .Config.Labels}}", image)
    except SetupError:
        return None
    return json.loads(found) or {}


def _pull(image: str) -> str | None:
    """Pull an image; returns why that failed, if it did."""
    command = ["docker", "pull", image]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as pulling:
        try:
            assert pulling.stdout is not None
            if not select.select([pulling.stdout], [], [], FIRST_ANSWER_SECONDS)[0]:
                return f"no registry answered within {FIRST_ANSWER_SECONDS} s"
            _, error = pulling.communicate(timeout=DOWNLOAD_SECONDS)
        except subprocess.TimeoutExpired:
            return f"the download took more than {DOWNLOAD_SECONDS} s"
        finally:
            pulling.kill()
    if pulling.returncode == 0:
        return None
    return error.strip() or "docker pull failed"


def main() -> int:
    """Print the settings as shell commands; exit 1 if the servers cannot be set up."""
    try:
        prepared = prepare()
    except SetupError as error:
        say(str(error))
        return 1
    try:
        ensure_driver()
    except SetupError as error:
        say(f"the tests on mysqlclient will fail: {error}")
    for name, value in prepared.environment().items():
        sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
