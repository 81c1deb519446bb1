"""The bot's queue: workers that die while they ask a slow language model which stumbles, too."""

import random
import time
from collections import Counter
from typing import Any

from slimy.jobs.models import Job
from slimy.stack.language_model import Handler
from tests.chaos.experiment import experiment
from tests.chaos.world import World
from tests.model import NO_ANSWER, Model

SLOTS, WORKERS, QUESTIONS = 5, 6, 80
KILL_EVERY = 1.5  # seconds
RESCUE_SECONDS = 3.0
STUMBLES = ("error_500", "reset", "no_json", "html")  # each once, at every tenth question, then it answers
SETTINGS = {"CHAT_READ_SECONDS": "5", "CHAT_TOTAL_SECONDS": "10"}


class Stumbling(Model):
    """Takes its time, and stumbles the first time it hears a question whose number ends in 7."""

    def respond(self, handler: Handler, question: dict[str, Any]) -> None:
        prompt = question["messages"][-1]["content"]
        stumbles = prompt.endswith("7") and self.prompts().count(prompt) == 1
        self.way = NO_ANSWER[STUMBLES[int(prompt) // 10 % len(STUMBLES)]][0] if stumbles else None
        super().respond(handler, question)


@experiment(f"SIGKILL of one of {WORKERS} workers every {KILL_EVERY} s that ask a slow model, which stumbles, too")
def chat(world: World) -> None:
    world.rescue_limit = RESCUE_SECONDS
    with Stumbling(seconds=0.5) as model:
        world.crew.hire(queue="database")
        world.crew.hire_pool(WORKERS, queue="chat", **SETTINGS, **model.environment)
        world.load.questions(QUESTIONS)
        most = _storm(world)
        world.drain(60)
        calls = Counter(model.prompts())
    world.require(most <= SLOTS, "I8", f"{most} questions asked at once by workers that live")
    jobs = Job.objects.filter(type="chat_bot_interaction")
    asked_again = [job.pk for job in jobs if calls[job.payload["prompt"]] > job.attempts + job.crashes]
    world.require(not asked_again, "calls", f"{len(asked_again)} questions asked more often than their attempts say")
    fallbacks = jobs.filter(result__usedFallback=True).count()
    world.figures.note(
        f"{QUESTIONS} questions, {calls.total()} calls, at most {most} at once, {fallbacks} answered by the fallback"
    )


def _storm(world: World) -> int:
    """Kill until nobody asks any more; returns how many living workers asked at once, at most."""
    working = Job.objects.filter(status="active", queue="chat").values_list("claimed_by", flat=True)
    most, next_kill = 0, time.monotonic() + KILL_EVERY
    end = time.monotonic() + 40 * world.scale
    while world.count(queue="chat", status__in=("queued", "active")) and time.monotonic() < end:
        names = set(working.all())
        asking = [member for member in world.crew.alive if member.name in names]
        most = max(most, len(asking))
        if asking and time.monotonic() >= next_kill:
            random.choice(asking).kill()
            next_kill = time.monotonic() + KILL_EVERY
        world.pause(0.05)
    return most
