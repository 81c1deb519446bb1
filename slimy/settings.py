"""All settings, fed by the environment; docs/configuration.md lists every variable.

A value that makes no sense stops the start with one sentence that names the variable.
"""

import os
from datetime import timedelta
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from slimy.environment import (
    BASE_DIR,
    choice,
    env,
    flag,
    number,
    optional_secret,
    rate,
    refuse,
    shared_folder,
    url,
    web_address,
    word,
)
from slimy.hardening import *  # noqa: F403
from slimy.hardening import ENVIRONMENT, NUM_PROXIES
from slimy.jobs import faults
from slimy.logs import logging_config

if faults.PLAN and ENVIRONMENT == "production":
    raise refuse("SLIMY_FAULTS", "breaks things on purpose, for tests; unset it, or set SLIMY_ENV=development")

# --- Parts -------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "slimy.admin.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "knox",
    "django_rq",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "slimy.accounts",
    "slimy.jobs",
    "slimy.audit",
    "slimy.metrics",
    "slimy.database",
    "slimy.backups",
    "slimy.stack",
    "guilds",
    "clubs",
    "chat",
]
MIDDLEWARE = [
    "slimy.middleware.RequestIdMiddleware",
    "slimy.metrics.middleware.MetricsMiddleware",
    "slimy.content_policy.ContentPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "slimy.audit.middleware.AuditMiddleware",
    "slimy.middleware.ApiGateMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "slimy.urls"
WSGI_APPLICATION = "slimy.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

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

# --- The Database Processor --------------------------------------------------------------------
JOBS = {
    "BATCH_SIZE": min(number("JOBS_BATCH_SIZE", 500), 500),
    "SET_BASED": flag("JOBS_SET_BASED", default=True),
    "MAX_OPEN_PER_USER": number("JOBS_MAX_OPEN_PER_USER", 1000),
    "SECONDS": number("JOBS_SECONDS", 30),
    "UPGRADE_SECONDS": number("JOBS_UPGRADE_SECONDS", 3600, least=0),
    "HANG_SECONDS": number("JOBS_HANG_SECONDS", 30),
    "KEEP_COMPLETED": number("JOBS_KEEP_COMPLETED", 50, least=0),
    "KEEP_FAILED": number("JOBS_KEEP_FAILED", 100, least=0),
    "KEEP_DAYS": number("JOBS_KEEP_DAYS", 7),
    "RECYCLE_AFTER": number("JOBS_RECYCLE_AFTER", 0, least=0),
    "RECYCLE_MB": number("JOBS_RECYCLE_MB", 0, least=0),
}

# --- Guilds: two of the defaults of their settings -----------------------------------------------
GUILDS = {
    "SHEET_ID": env.str("STATS_SHEET_ID", default=""),
    "SHEET_TAB": env.str("STATS_BASELINE_TITLE", default="Baseline (10-24-25)"),
}

# --- The bot: any server that speaks OpenAI's chat completions; without a key it says that it can't answer ----
CHAT: dict[str, Any] = {
    "API_KEY": word("OPENAI_API_KEY"),
    "BASE_URL": web_address("OPENAI_BASE_URL", default="https://api.openai.com/v1"),
    "MODEL": word("OPENAI_MODEL") or "gpt-4o-mini",
    "CONNECT_SECONDS": number("CHAT_CONNECT_SECONDS", 5),
    "READ_SECONDS": number("CHAT_READ_SECONDS", 30),
    "TOTAL_SECONDS": number("CHAT_TOTAL_SECONDS", 45),
    "PATIENCE": number("CHAT_PATIENCE", 120, least=0),
    "CONTEXT_TOKENS": number("CHAT_CONTEXT_TOKENS", 2000, least=0),
    "ANSWER_TOKENS": number("CHAT_ANSWER_TOKENS", 500),
}

# --- Screenshots: how they are read, where they are kept ------------------------------------------
OCR = {
    "INSTALLED": {"1": True, "0": False, "auto": find_spec("rapidocr") is not None}[
        choice("OCR", ("auto", "1", "0"), default="auto")
    ],
    "ENGINE": env.str("OCR_ENGINE", default="clubs.screenshots.rapid.RapidEngine"),
    "THREADS": number("OCR_THREADS", max(1, (os.cpu_count() or 2) // 2)),
    "PICTURE_SECONDS": number("OCR_PICTURE_SECONDS", 60),
    "MEMORY_MB": number("OCR_MEMORY_MB", 4096, least=1024),
}
SCREENSHOTS = {
    "QUOTA_MB": number("SCREENSHOT_QUOTA_MB", 500),
    "KEEP_DAYS": number("SCREENSHOT_KEEP_DAYS", 30),
}
QUEUES_WITHOUT_WORKER = [] if OCR["INSTALLED"] else ["ocr"]  # that a worker on this machine could do nothing with
STORAGES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "screenshots": {
        "BACKEND": env.str("SCREENSHOT_STORAGE", default="django.core.files.storage.FileSystemStorage"),
        "OPTIONS": env.json(
            "SCREENSHOT_STORAGE_OPTIONS",
            default={
                "location": str(BASE_DIR / "screenshots"),
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        ),
    },
}

# --- Who may come in ---------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
LOGIN_REDIRECT_URL = "admin:index"
REST_KNOX = {
    "TOKEN_TTL": timedelta(days=number("TOKEN_DAYS", 90)),
    "AUTH_HEADER_PREFIX": "Bearer",
    "AUTO_REFRESH": False,
}

# --- The API -----------------------------------------------------------------------------------
MAX_BODY_BYTES = 1024 * 1024
THROTTLE_RATES = {
    "anonymous": rate("THROTTLE_ANONYMOUS", "60/min"),
    "user": rate("THROTTLE_USER", "3000/min"),
    "jobs": rate("THROTTLE_JOBS", "1200/min"),
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "slimy.accounts.authentication.BearerAuthentication",
        "slimy.accounts.authentication.PageSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["slimy.parsing.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_THROTTLE_CLASSES": ["slimy.accounts.throttling.UserThrottle"],
    "DEFAULT_THROTTLE_RATES": THROTTLE_RATES,
    "DEFAULT_SCHEMA_CLASS": "slimy.openapi.WireSchema",
    "EXCEPTION_HANDLER": "slimy.problems.exception_handler",
    "NUM_PROXIES": NUM_PROXIES,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Slimy's Database Processor",
    "DESCRIPTION": "Jobs on conversations, clubs and guilds: post one, get its id at once, read its outcome.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_SPLIT_PATCH": False,  # what a PATCH requires is said by its serializer
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [],  # choices stay where they are: as components their names collide between apps
}

# --- What operators see ------------------------------------------------------------------------
METRICS_DIR = env.str("METRICS_DIR", default="") or shared_folder("metrics", DATABASES["default"], REDIS_URL)
METRICS_TOKEN = optional_secret("METRICS_TOKEN")
SLOW_STATEMENT_MS = number("SLOW_STATEMENT_MS", 500)
AUDIT_MESSAGES = flag("AUDIT_MESSAGES", default=False)

# --- Pages, time, logs -------------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = ENVIRONMENT == "development"
UNFOLD = {
    "SITE_TITLE": "Slimy",
    "SITE_HEADER": "Slimy",
    "SITE_SUBHEADER": "Database Processor",
    "SITE_SYMBOL": "database",
    "SITE_URL": None,
    "STYLES": ["slimy.admin.site.stylesheet", "slimy.admin.site.window_stylesheet"],
    "SCRIPTS": ["slimy.admin.site.live_script", "slimy.admin.site.chart_script"],
    "LOGIN": {"form": "slimy.accounts.sign_in.SignInForm"},
    "SIDEBAR": {"navigation": "slimy.admin.site.navigation"},
}
LOG_FORMAT = choice("LOG_FORMAT", ("json", "console"), default="console" if ENVIRONMENT == "development" else "json")
LOG_LEVEL = choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), default="INFO")
LOGGING = logging_config(LOG_LEVEL, LOG_FORMAT)
