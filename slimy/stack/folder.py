"""Where a stack keeps its data: one folder per checkout, closed to other users.

PostgreSQL refuses to run as root. When root starts the stack, root owns the folder and an unprivileged
account that every system has owns the servers' part of it; nothing is added to the system for that.
"""

import hashlib
import os
import pwd
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from slimy.stack.errors import StackError

CHECKOUT = Path(__file__).resolve().parents[2]
SHARED = Path("/var/tmp")  # noqa: S108 (what we make there is ours alone, and we look whether it is)  # nosec B108


class Account(NamedTuple):
    """A user of the operating system, by number."""

    uid: int
    gid: int


def server_account() -> Account | None:
    """Whom the servers run as: `nobody` when we are root, else None (ourselves)."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def data_path() -> Path:
    """The data folder of this checkout: $SLIMY_DATA, else one named after the checkout's own path."""
    if chosen := os.environ.get("SLIMY_DATA"):
        return Path(chosen).expanduser().absolute()
    name = "slimy-" + hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:12]
    if os.geteuid() == 0:
        return SHARED / name  # root's home is closed to the servers' account
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / name


def throwaway_path() -> Path:
    """A new, empty folder for temporary data, where the servers' account can get at it."""
    usual = Path(tempfile.gettempdir())
    parent = usual if server_account() is None or passable(usual) else SHARED
    return Path(tempfile.mkdtemp(prefix="slimy-", dir=parent))


def passable(path: Path) -> bool:
    """Whether any account may walk through `path` and all folders above it."""
    path = path.resolve()
    return all(each.stat().st_mode & 0o001 for each in (path, *path.parents))


@dataclass(frozen=True)
class Folder:
    """A data folder that exists and belongs to us. Get one from `Folder.open`."""

    path: Path
    account: Account | None

    @classmethod
    def open(cls, path: Path) -> "Folder":
        """Create the folder, or take the existing one.

        Raises StackError when it belongs to somebody else or the servers' account can't reach it.
        """
        account = server_account()
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = path.resolve()
        if path.stat().st_uid != os.geteuid():
            raise StackError(f"{path} belongs to another user. Set SLIMY_DATA to a folder of your own.")
        if account and not passable(path.parent):
            raise StackError(f"The servers can't reach {path} as user nobody. Set SLIMY_DATA to another folder.")
        path.chmod(0o711 if account else 0o700)
        return cls(path, account)

    def private(self, name: str) -> Path:
        """A folder inside that only the servers' account may enter."""
        inside = self.path / name
        inside.mkdir(mode=0o700, exist_ok=True)
        self._hand_over(inside)
        return inside

    def write(self, name: str, text: str, *, for_server: bool = False) -> Path:
        """Write a file that only we, or only the servers' account, may read (mode 600)."""
        target = self.path / name
        draft = target.with_name(target.name + ".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        if for_server:
            self._hand_over(draft)
        return draft.replace(target)

    def secret(self, name: str) -> str:
        """A random text of 43 letters that stays the same from start to start."""
        file = self.path / f"{name}.secret"
        if not file.exists():
            self.write(file.name, secrets.token_urlsafe(48))
        return file.read_text()

    def _hand_over(self, path: Path) -> None:
        if self.account:
            os.chown(path, *self.account)
