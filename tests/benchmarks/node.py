"""Node.js for the peers that need it; without it the rest is measured all the same."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
from functools import cache
from pathlib import Path

from slimy.stack.leash import leashed
from tests.benchmarks.children import CHECKOUT, Child
from tests.benchmarks.place import BULLMQ, Place
from tests.benchmarks.samples import say

SCRIPTS = Path(__file__).with_name("peers") / "bullmq"
INSTALLED = CHECKOUT / ".venv" / "bench-node"
STAMP = INSTALLED / "installed"


@cache
def missing() -> str:
    """Why there are no peers in Node.js; "" when they can run. Installs their packages on the first call."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "Node.js (node and npm) isn't installed here"
    lock = hashlib.sha256((SCRIPTS / "package-lock.json").read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == lock:
        return ""
    if error := _install():
        return f"npm could not install the packages: {error}"
    STAMP.write_text(lock)
    return ""


def child(place: Place, script: str, *arguments: str, talks: bool = False) -> Child:
    """The process of one of the scripts."""
    env = place.peers(BULLMQ) | {"NODE_PATH": str(INSTALLED / "node_modules")}
    return Child(["node", str(SCRIPTS / script), *arguments], env, talks=talks)


def versions() -> dict[str, str]:
    """Of Node.js and of the packages that matter."""
    found = {"Node.js": subprocess.check_output(["node", "--version"], text=True).strip().lstrip("v")}
    for name in ("bullmq", "pg", "express"):
        package = json.loads((INSTALLED / "node_modules" / name / "package.json").read_text())
        found[name] = package["version"]
    return found


def _install() -> str:
    """Install what package-lock.json says; returns the end of npm's words when that fails."""
    say("installing the packages of the peers in Node.js (once) ...")
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(SCRIPTS / name, INSTALLED)
    argv = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
    done = subprocess.run(
        leashed(argv, signal.SIGTERM), cwd=INSTALLED, env=os.environ, capture_output=True, text=True, check=False
    )
    return (done.stdout + done.stderr)[-500:] if done.returncode else ""
