"""Celery with the Redis broker: `celery -A tests.benchmarks.peers.celery_app worker`."""

import os
from typing import Any

from celery import Celery

from tests.benchmarks.peers import message

app = Celery("bench", broker=os.environ["BENCH_CELERY_URL"])
app.conf.update(task_ignore_result=True, broker_connection_retry_on_startup=True, task_default_queue="bench")


@app.task
def save_message(data: dict[str, Any]) -> dict[str, Any]:
    """One job."""
    return message.save_message(data)
