"""What the home page shows of jobs. Each figure leads to the list of the jobs that it counts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from slimy.admin.panels import Cell, Chart, Content, Figure, Series, Table, panel
from slimy.jobs.admin import figures, links
from slimy.jobs.admin.crew import LATE, Worker, crew
from slimy.jobs.pauses import Pause

VIEW = "jobs.view_job"
TONES = {"completed": "good", "failed": "bad", "cancelled": "quiet"}
OLD = 60  # seconds that a job may wait before it is worth a warning


@panel("now", "Now", VIEW, width="full")
def now_panel() -> Content:
    """The six numbers that say whether work flows."""
    now, queues = timezone.now(), figures.waiting()
    active = sum(row["jobs"] for row in figures.active())
    hour = figures.outcomes(now, timedelta(minutes=1), 60)
    done, failed = (sum(minute.get(how, 0) for minute in hour.values()) for how in ("completed", "failed"))
    due, oldest = (
        sum(row["due"] for row in queues.values()),
        max((row["seconds"] or 0 for row in queues.values()), default=0),
    )
    span = links.span(min(hour), timedelta(hours=1))
    return Content(
        figures=[
            Figure("Waiting", Cell(_at_least(due), links.jobs(status="queued")), _delayed(queues)),
            Figure("Oldest waits", Cell(links.ago(oldest) if due else "-", links.jobs(status="queued"), _old(oldest))),
            Figure("Running", Cell(f"{active:,}", links.jobs(status="active"))),
            Figure("Completed", Cell(f"{done:,}", links.jobs(status="completed", finished=span)), "last hour"),
            Figure(
                "Failed",
                Cell(f"{failed:,}", links.jobs(status="failed", finished=span), "bad" if failed else "good"),
                _share(failed, done + failed),
            ),
            _workers_figure(crew(), now),
        ]
    )


def _delayed(queues: dict[str, Any]) -> str:
    later = sum(row["later"] for row in queues.values())
    return f"and {later:,} for their time" if later else ""


def _share(failed: int, ended: int) -> str:
    return f"{failed / ended:.2%}, last hour" if ended else "last hour"


def _workers_figure(workers: list[Worker] | None, now: datetime) -> Figure:
    if workers is None:
        return Figure("Workers", Cell("?", operation(), "bad"), "Redis doesn't answer")
    alive = [worker for worker in workers if worker.silent(now) < LATE]
    return Figure(
        "Workers", Cell(str(len(alive)), operation(), "" if alive else "bad"), "alive" if alive else "nobody works"
    )


@panel("hour", "Jobs per minute, the last hour", VIEW)
def hour_panel() -> Content:
    """By outcome, minute by minute."""
    return _per_minute(timedelta(minutes=1), 60)


@panel("day", "Jobs per minute, the last day", VIEW, keep=10.0)
def day_panel() -> Content:
    """By outcome, a quarter of an hour a bar."""
    return _per_minute(timedelta(minutes=15), 96)


def _per_minute(step: timedelta, steps: int) -> Content:
    found = figures.outcomes(timezone.now(), step, steps)
    minutes = step.total_seconds() / 60
    series = [
        Series(how, [round(counts.get(how, 0) / minutes, 2) for counts in found.values()], tone, links.jobs(status=how))
        for how, tone in TONES.items()
    ]
    labels = [f"{timezone.localtime(at):%H:%M}" for at in found]
    spans = [links.jobs(finished=links.span(at, step)) for at in found]
    return Content(chart=Chart(labels, series, "jobs a minute", "From", stacked=True, links=spans))


@panel("queues", "Queues", VIEW)
def queues_panel() -> Content:
    """How deep, how old, and whether workers take from it."""
    waiting, pauses = figures.waiting(), {pause.queue: pause for pause in Pause.objects.all()}
    active: dict[str, int] = {}
    for row in figures.active():
        active[row["queue"]] = active.get(row["queue"], 0) + row["jobs"]
    rows = [_queue(name, waiting.get(name), active.get(name, 0), paused=name in pauses) for name in figures.queues()]
    heads = ["Queue", "Waiting", "Oldest waits", "Delayed", "Running", ""]
    return Content(table=Table(heads, rows, "There is no queue."), more=Cell("Pause and resume", operation()))


def _queue(name: str, row: Any, active: int, *, paused: bool) -> list[Cell]:
    due, later, seconds = (row["due"], row["later"], row["seconds"] or 0.0) if row else (0, 0, 0.0)
    return [
        Cell(name, links.jobs(queue=name)),
        Cell(_at_least(due), links.jobs(queue=name, status="queued")),
        Cell(links.ago(seconds) if due else "-", "", _old(seconds)),
        Cell(f"{later:,}", links.jobs(queue=name, status="delayed")),
        Cell(f"{active:,}", links.jobs(queue=name, status="active")),
        Cell("paused", operation(), "warn") if paused else Cell("open", "", "quiet"),
    ]


@panel("workers", "Workers", VIEW)
def workers_panel() -> Content:
    """Who is alive, on which slot, and at what."""
    workers, now = crew(), timezone.now()
    if workers is None:
        return Content(note="Redis doesn't answer, so nobody knows. Jobs are safe and wait.")
    rows = [_worker(worker, now) for worker in workers[:20]]
    heads = ["Worker", "Slot", "Seen", "Busy with"]
    return Content(
        table=Table(heads, rows, "No worker is alive: start manage.py rqworker database."),
        more=Cell("All of them", operation()),
    )


def _worker(worker: Worker, now: datetime) -> list[Cell]:
    silent = worker.silent(now)
    return [
        Cell(worker.name[:24], operation(), title=worker.name),
        Cell(worker.slots or "stands by", "", "" if worker.slots else "quiet"),
        Cell(f"{links.ago(silent)} ago", "", "bad" if silent >= LATE else ""),
        Cell(
            worker.busy or worker.state,
            links.jobs(worker=worker.name) if worker.busy else "",
            "" if worker.busy else "quiet",
        ),
    ]


@panel("durations", "Duration by type, the last hour", VIEW)
def durations_panel() -> Content:
    """Median and 95th percentile of the time from first start to completion."""
    rows = figures.durations(timezone.now())
    names = [row["type"] for row in rows]
    series = [
        Series(name, [round(row["ms"][place], 2) for row in rows], tone)
        for place, (name, tone) in enumerate((("median (p50)", "calm"), ("p95", "warn")))
    ]
    chart = Chart(
        names, series, "ms", "Type", lying=True, links=[links.jobs(type=name, status="completed") for name in names]
    )
    if not rows:
        return Content(note="Nothing was completed in the last hour.")
    return Content(chart=chart, note=f"Of the newest {figures.LATEST:,} jobs of each queue.")


@panel("failures", "Failures by code, the last day", VIEW)
def failures_panel() -> Content:
    """What goes wrong most."""
    rows = figures.failures(timezone.now())
    if not rows:
        return Content(note="Nothing failed in the last day.")
    codes = [row["code"] for row in rows]
    leads = [links.jobs(status="failed", code=code) for code in codes]
    return Content(
        chart=Chart(
            codes, [Series("failed", [row["jobs"] for row in rows], "bad")], "jobs", "Code", lying=True, links=leads
        )
    )


@panel("failed", "Newest failed jobs", VIEW, width="full")
def failed_panel() -> Content:
    """What somebody should look at."""
    rows = [_failed(row) for row in figures.newest_failed()]
    heads = ["Job", "Code", "What went wrong", "Owner", "Failed"]
    return Content(
        table=Table(heads, rows, "Nothing has failed."), more=Cell("All failed jobs", links.jobs(status="failed"))
    )


def _failed(row: dict[str, Any]) -> list[Cell]:
    code, seconds = row["code"] or "internal_error", (timezone.now() - row["finished_at"]).total_seconds()
    return [
        Cell(row["type"], links.job(row["id"]), title=str(row["id"])),
        Cell(code, links.jobs(status="failed", code=code)),
        Cell((row["message"] or "-")[:120]),
        Cell(row["owner"] or "-", links.jobs(owner__id__exact=row["owner_id"]) if row["owner"] else ""),
        Cell(f"{links.ago(seconds)} ago", title=f"{timezone.localtime(row['finished_at']):%Y-%m-%d %H:%M:%S %Z}"),
    ]


def operation() -> str:
    """The page of queues and workers."""
    return reverse("admin:jobs_job_operation")


def _at_least(count: int) -> str:
    return f"{count:,}" if count < figures.COUNTED else f"over {figures.COUNTED:,}"


def _old(seconds: float) -> str:
    return "warn" if seconds > OLD else ""
