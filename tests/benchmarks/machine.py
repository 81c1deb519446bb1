"""On what it was measured."""

import os
import platform
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from tests.benchmarks import node, world
from tests.benchmarks.place import OURS, Place

PACKAGES = ("django", "djangorestframework", "rq", "django-rq", "psycopg", "redis", "granian", "celery")


def here() -> dict[str, str]:
    """When and where."""
    memory = psutil.virtual_memory().total / 2**30
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{os.cpu_count()} × {_processor()}, {memory:.0f} GiB, {platform.system()} {platform.release()}",
        "load before": ", ".join(f"{load:.1f}" for load in os.getloadavg()),
    }


def facts(place: Place) -> dict[str, str]:
    """The machine, the versions, and the settings of the servers that matter."""
    postgres, valkey = world.settings_of_postgres(), place.client(OURS)
    found = here() | {
        "PostgreSQL": ", ".join(f"{name} {setting}" for name, setting in postgres.items()),
        "Valkey": f"{valkey.info('server').get('valkey_version')}, appendonly {_of(valkey, 'appendonly')}, "
        f"appendfsync {_of(valkey, 'appendfsync')}",
        "Python": ", ".join([platform.python_version(), *_versions()]),
    }
    if not node.missing():
        found["Node.js"] = ", ".join(f"{name} {number}" for name, number in node.versions().items())
    return found


def _versions() -> Iterator[str]:
    """Of those that are installed: `make load` needs no peers."""
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            yield f"{name} {version(name)}"


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def _of(valkey, name: str) -> str:
    return str(valkey.config_get(name).get(name))
