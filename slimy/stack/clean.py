"""`python -m slimy.stack clean`: throw the data of this checkout away."""

import shutil

from slimy.stack.errors import StackError
from slimy.stack.folder import data_path
from slimy.stack.lock import Lock, Taken


def clean() -> int:
    """Remove the data folder. Raises StackError while the stack runs; returns the exit code."""
    path = data_path()
    if not path.exists():
        return 0
    try:
        with Lock(path):
            shutil.rmtree(path)
    except Taken as taken:
        raise StackError(f"The stack is running at {taken}. Stop it first.") from None
    print(f"Removed {path}")
    return 0
