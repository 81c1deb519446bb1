"""Settings of PostgreSQL, Redis and the queues; slimy/settings.py takes them all over."""

from typing import Any
from urllib.parse import urlsplit

from slimy.environment import env, flag, number, url

# --- PostgreSQL --------------------------------------------------------------------------------
DATABASES: dict[str, Any] = {
    "default": {
        **env.db_url_config(
            url("DATABASE_URL", ("postgres", "postgresql"), "postgres://user:password@host:5432/slimy")
        ),
        "ENGINE": "slimy.postgres",
        "CONN_MAX_AGE": number("DATABASE_MAX_AGE", 600),
        "CONN_HEALTH_CHECKS": True,
    },
}
DATABASES["default"].setdefault("OPTIONS", {}).update(
    application_name="slimy",
    server_side_binding=True,
    prepare_threshold=5 if flag("DATABASE_PREPARED", default=True) else None,  # times until the server keeps a plan
    connect_timeout=3,  # seconds
    keepalives_idle=5,  # a server's machine that is gone is found out in 11 s, in the middle of a statement in 15
    keepalives_interval=2,
    keepalives_count=3,
    tcp_user_timeout=15_000,  # milliseconds
)
DATABASE_PATIENCE = number("DATABASE_PATIENCE", 10)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis or Valkey: one database for the queues, the next for the cache -----------------------
REDIS_URL = url("REDIS_URL", ("redis", "rediss", "unix"), "redis://host:6379/0")
CACHE_URL = env.str("CACHE_URL", default="") or urlsplit(REDIS_URL)._replace(path="/1").geturl()
REDIS_TIMEOUTS = {"socket_connect_timeout": 0.15, "socket_timeout": 0.15}  # seconds; nobody waits twice
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "slimy",
        "OPTIONS": {
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            "IGNORE_EXCEPTIONS": True,
            "SOCKET_CONNECT_TIMEOUT": REDIS_TIMEOUTS["socket_connect_timeout"],
            "SOCKET_TIMEOUT": REDIS_TIMEOUTS["socket_timeout"],
        },
    },
}
QUEUES = {  # name → workers that may work on it at the same time, on all machines together
    "database": number("JOBS_LIMIT_DATABASE", 10),
    "audit": number("JOBS_LIMIT_AUDIT", 2),
    "chat": number("JOBS_LIMIT_CHAT", 5),
    "ocr": number("JOBS_LIMIT_OCR", 2),
}
RQ_QUEUES = {
    name: {"URL": REDIS_URL, "SERIALIZER": "rq.serializers.JSONSerializer", "DEFAULT_TIMEOUT": 60}
    for name in (*QUEUES, "default")  # rqsuspend and rqresume ask "default" for the connection; no job goes there
}
RQ = {"WORKER_CLASS": "slimy.jobs.worker.LedgerWorker", "COMMIT_MODE": "auto"}
RQ_SHOW_ADMIN_LINK = False  # its pages need only is_staff; slimy/urls.py shows them to superusers
