"""Fault points: where a test lets a process die, hang or stumble. Without `SLIMY_FAULTS` they do nothing.

`SLIMY_FAULTS=after_claim:kill:0.05,mid_job:delay=20` kills one in twenty times after a claim, and slows each job.
"""

import os
import random
import re
import signal
import time

from django.db import InterfaceError

from slimy.environment import env, refuse

POINTS = (
    "after_claim",  # executor: the claim is committed, the work has not begun
    "outside",  # outside: the answer is there, nothing of it is recorded
    "mid_job",  # executor: inside a job's savepoint, after its effects
    "before_commit",  # executor: all is recorded
    "after_commit",  # executor: nothing is reported yet
    "after_acknowledge",  # worker: Redis has heard of it
    "before_ring",  # queue: the row is committed, Redis doesn't know of it
)
_FAULT = re.compile(r"(\w+):(kill|exit|hang|raise|delay=\d{1,6})(?::(1|0?\.\d+))?")


def _plan(text: str) -> dict[str, tuple[str, float]]:
    """Point → (action, probability). Raises ImproperlyConfigured."""
    plan = {}
    for part in filter(None, text.split(",")):
        match = _FAULT.fullmatch(part)
        if not match or match[1] not in POINTS:
            raise refuse("SLIMY_FAULTS", f"{part!r} is no point:action or point:action:probability")
        plan[match[1]] = (match[2], float(match[3] or 1))
    return plan


PLAN = _plan(env.str("SLIMY_FAULTS", default=""))


def fault(point: str) -> None:
    """What `SLIMY_FAULTS` says for this point, if anything. Raises InterfaceError when it says `raise`."""
    if PLAN and point in PLAN:
        action, probability = PLAN[point]
        if random.random() < probability:  # noqa: S311  keeps no secret
            _strike(action, point)


def _strike(action: str, point: str) -> None:
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "exit":
        os._exit(7)
    elif action == "raise":
        raise InterfaceError(f"fault at {point}")
    elif action == "hang":
        while True:
            time.sleep(3600)
    else:
        time.sleep(int(action.removeprefix("delay=")) / 1000)
