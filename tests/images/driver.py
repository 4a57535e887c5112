"""mysqlclient, the optional driver: installed where it is missing, with what it is built of."""

import fcntl
import importlib
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

from tests.images.engine import CACHE, SetupError, apt_install, run, say

_PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
# Debian's names: the client library's headers, what finds them, and a compiler.
_PACKAGES = ("default-libmysqlclient-dev", "pkg-config", "gcc", "libc6-dev")


def ensure_driver() -> None:
    """Make sure that mysqlclient can be imported; one process at a time. Raises SetupError, saying what is missing."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "driver.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if _is_there():
            return
        say("installing mysqlclient")
        try:
            _install()
        except SetupError:
            headers = Path(sysconfig.get_path("include")) / "Python.h"
            apt_install(*_PACKAGES, *([] if headers.exists() else ["python3-dev"]))
            _install()
        importlib.invalidate_caches()


def _is_there() -> bool:
    # Asked of another process: a module that could not be imported once may stay so in this one.
    return subprocess.run([sys.executable, "-c", "import MySQLdb"], capture_output=True, check=False).returncode == 0


def _install() -> None:
    wanted = tomllib.loads(_PYPROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]["fast"]
    run(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted)
