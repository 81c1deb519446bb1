"""All settings, fed by the environment; docs/configuration.md lists every variable.

A value that makes no sense stops the start with one sentence that names the variable. The servers are in servers.py,
what keeps attackers out in hardening.py, what single apps are told in app_settings.py.
"""

from datetime import timedelta
from typing import Any

from slimy.app_settings import *  # noqa: F403
from slimy.environment import BASE_DIR, choice, env, flag, number, optional_secret, rate, refuse, shared_folder
from slimy.hardening import *  # noqa: F403
from slimy.hardening import ENVIRONMENT, NUM_PROXIES
from slimy.jobs import faults
from slimy.logs import logging_config
from slimy.servers import *  # noqa: F403
from slimy.servers import DATABASES, REDIS_URL

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
    "slimy.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "slimy.middleware.AuthenticationMiddleware",
    "slimy.middleware.MessageMiddleware",
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
    "ACCOUNT": {"navigation": "slimy.admin.site.account_links"},
}
LOG_FORMAT = choice("LOG_FORMAT", ("json", "console"), default="console" if ENVIRONMENT == "development" else "json")
LOG_LEVEL = choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), default="INFO")
LOGGING = logging_config(LOG_LEVEL, LOG_FORMAT)
