"""How fast the staff's pages are with a million jobs in the ledger.

    python -m slimy.stack exec -- python -m tests.benchmarks.window [--jobs 1000000] [--rounds 7]

The whole of Django in one process, session and permissions included; the first request of each page is shown apart,
for it reads what this process keeps afterwards (bars of the day that have ended).
"""

import argparse
import os
import statistics
import sys
import time

import django

BUDGET = 500  # milliseconds, of the home page and of the list


def main() -> int:
    """Fill, measure, print; 1 when the home page or the list takes too long."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--keep", action="store_true", help="measure the ledger as it is")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from tests.benchmarks import ledger, world

    if not options.keep:
        world.migrate()
        ledger.fill(options.jobs)
    return measure(options.rounds)


def measure(rounds: int) -> int:
    """Print a line for each page."""
    from django.test import Client

    from slimy.accounts.models import User
    from slimy.admin.panels import forget_all

    root, _ = User.objects.get_or_create(username="window", is_staff=True, is_superuser=True)
    client = Client(SERVER_NAME="localhost")
    client.force_login(root)
    slow = 0
    print(f"{'page':58}{'first':>8}{'median':>8}{'worst':>8}   ms")
    for name, path in pages().items():
        times = []
        for _ in range(rounds + 1):
            forget_all()
            began = time.perf_counter()
            response = client.get(path)
            times.append((time.perf_counter() - began) * 1000)
            assert response.status_code == 200, (path, response.status_code)
        median = statistics.median(times[1:])
        slow += median > BUDGET
        print(f"{name:58}{times[0]:8.0f}{median:8.0f}{max(times[1:]):8.0f}")
    return int(slow > 0)


def pages() -> dict[str, str]:
    """The home page, and the list in many ways."""
    from slimy.jobs.models import Job

    jobs = "/admin/jobs/job/"
    middle = Job.objects.order_by("-pk")[Job.objects.count() // 2]
    failed = Job.objects.filter(status="failed").order_by("-pk")[5000]
    now = int(time.time())
    return {
        "home": "/admin/",
        "home, figures as JSON": "/admin/figures.json",
        "list": jobs,
        "list, page in the middle": f"{jobs}?before={middle.pk}",
        "list, failed": f"{jobs}?status=failed",
        "list, failed, page in the middle": f"{jobs}?status=failed&before={failed.pk}",
        "list, queued": f"{jobs}?status=queued",
        "list, completed in a queue": f"{jobs}?status=completed&queue=audit",
        "list, a type": f"{jobs}?type=update_guild_settings",
        "list, a type without jobs": f"{jobs}?type=delete_conversation",
        "list, a code of failures": f"{jobs}?status=failed&code=job_timeout",
        "list, an owner": f"{jobs}?owner__id__exact={middle.owner_id}",
        "list, finished within an hour": f"{jobs}?finished={now - 3600}-{now}",
        "search by id": f"{jobs}?q={middle.pk}",
        "search by request id": f"{jobs}?q={middle.request_id}",
        "search by owner": f"{jobs}?q=bench1",
        "search in payloads": f"{jobs}?q=%22world+%23{middle.number}%22",
        "search for what isn't there": f"{jobs}?q=nothing-like-this",
        "a job": f"{jobs}{middle.pk}/change/",
        "queues and workers": f"{jobs}operation/",
        "retry all that failed: the question": f"{jobs}all/retry/?status=failed",
    }


if __name__ == "__main__":
    sys.exit(main())
