"""A container engine that answers: the one that is there, or on a bare Debian machine a new one."""

import ipaddress
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from tests.images.polling import wait_until

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "crossfade-test"
_DOCKERD_LOG = CACHE / "dockerd.log"


class SetupError(RuntimeError):
    """The test servers cannot be set up; the message says what is missing."""


def say(text: str) -> None:
    """Tell on stderr (stdout carries the settings)."""
    sys.stderr.write(f"[test images] {text}\n")


def run(*command: str, seconds: float = 900, env: dict[str, str] | None = None) -> str:
    """Run a command and return its stdout. Raises SetupError with the end of its output."""
    try:
        done = subprocess.run(
            command,
            env=None if env is None else os.environ | env,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=True,
        )
    except FileNotFoundError as error:
        raise SetupError(f"{command[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise SetupError(f"{' '.join(command[:3])} ...: no end after {seconds} s") from error
    except subprocess.CalledProcessError as error:
        tail = "\n".join((error.stdout + error.stderr).strip().splitlines()[-15:])
        raise SetupError(f"{' '.join(command[:3])} ... failed:\n{tail}") from error
    return done.stdout


def detach(*command: str, log: Path = Path(os.devnull), cwd: Path | None = None) -> None:
    """Start a command that outlives this process."""
    with log.open("wb") as out:
        # Through a shell that ends at once: a child of this process would have to be waited for.
        subprocess.run(
            ["/bin/sh", "-c", '"$@" &', "sh", *command],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            check=True,
        )


def is_root_on_debian() -> bool:
    """Whether packages may be installed here: as root, where apt manages Debian packages."""
    return os.geteuid() == 0 and Path("/etc/debian_version").exists()


def apt_install(*packages: str) -> None:
    """Install Debian packages. Raises SetupError where that is not possible."""
    if not is_root_on_debian():
        raise SetupError(f"install {' '.join(packages)}, or run as root on Debian, where it is done for you")
    say(f"installing {' '.join(packages)}")
    run("apt-get", "update", "-qq")
    # docker.io became two packages in Debian 13; without its recommendations the client would be missing.
    if "docker.io" in packages and run("apt-cache", "search", "--names-only", "^docker-cli$"):
        packages = (*packages, "docker-cli")
    run(
        *("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages),
        env={"DEBIAN_FRONTEND": "noninteractive"},
    )


def engine_answers() -> bool:
    """Whether the docker client reaches a server."""
    try:
        return bool(run("docker", "version", "--format", "{{.Server.Version}}", seconds=20).strip())
    except SetupError:
        return False


def ensure_engine() -> None:
    """Make sure that a container engine answers; install and start Docker where that is possible."""
    if engine_answers():
        return
    if "DOCKER_HOST" in os.environ:
        raise SetupError(f"no container engine answers at DOCKER_HOST={os.environ['DOCKER_HOST']}")
    if not is_root_on_debian():
        raise SetupError(
            "no container engine answers: start Docker (as root on Debian it is installed and started here)"
        )
    if not (shutil.which("docker") and shutil.which("dockerd")):
        apt_install("docker.io", "iptables", "ca-certificates")
    if not engine_answers():
        _start_dockerd()


def _start_dockerd() -> None:
    say("starting dockerd")
    if Path("/run/systemd/system").is_dir():
        run("systemctl", "start", "docker")
    else:
        if not os.path.ismount("/sys/fs/cgroup"):
            run("mount", "-t", "cgroup2", "none", "/sys/fs/cgroup")
        detach("dockerd", log=_DOCKERD_LOG)
    try:
        wait_until(engine_answers)
    except TimeoutError as error:
        raise SetupError(f"dockerd was started but does not answer; see {_DOCKERD_LOG}") from error


def docker_host() -> str:
    """The engine's address: the Python SDK does not know the client's contexts, so it must be told."""
    return run("docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}").strip()


def published_host(address: str) -> str:
    """The host name under which ports published by the engine at `address` are reached from here."""
    if remote := urlsplit(address).hostname:
        return remote
    if not Path("/.dockerenv").exists() or _owns(_bridge_gateway()):
        return "127.0.0.1"
    # In a container that was only handed the engine's socket, published ports are on the engine's host.
    return _default_route()


def _bridge_gateway() -> str:
    subnet = run("docker", "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Subnet}}")
    return str(ipaddress.ip_network(subnet.strip())[1])


def _owns(address: str) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
        return True


def _default_route() -> str:
    for line in Path("/proc/net/route").read_text().splitlines()[1:]:
        _, destination, gateway, *_ = line.split()
        if destination == "00000000":
            return str(ipaddress.ip_address(bytes.fromhex(gateway)[::-1]))
    return "127.0.0.1"
