"""RQ's own workers: `python -m tests.benchmarks.peers.rq_worker fork|simple`.

They have loaded what their jobs need, so that a fork doesn't import it again for each.
"""

import os
import sys

import redis
from rq import Queue, SimpleWorker, Worker

from tests.benchmarks.peers import message

KINDS = {"fork": Worker, "simple": SimpleWorker}

if __name__ == "__main__":
    assert message.save_message
    connection = redis.Redis.from_url(os.environ["BENCH_REDIS_URL"])
    KINDS[sys.argv[1]]([Queue("bench", connection=connection)], connection=connection).work(logging_level="WARNING")
