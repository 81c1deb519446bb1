"""Settings that keep attackers out; slimy/settings.py takes them all over. docs/operations/security.md says why.

Everything is on in production. `HTTPS_ONLY=0` is for an installation that nobody reaches through a network.
"""

from slimy.environment import choice, env, flag, hosts, number, refuse, secret

# --- What stops the start ----------------------------------------------------------------------
ENVIRONMENT = choice("SLIMY_ENV", ("production", "development"), default="production")
IS_PRODUCTION = ENVIRONMENT == "production"
DEBUG = False
if IS_PRODUCTION and str(env.str("DEBUG", default="")).lower() not in ("", "0", "false", "no", "off"):
    raise refuse("DEBUG", "would show strangers what the program holds; unset it")
SECRET_KEY = secret("SECRET_KEY", least=50 if IS_PRODUCTION else 32)
ALLOWED_HOSTS = hosts("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"], exact=IS_PRODUCTION)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
NUM_PROXIES = number("NUM_PROXIES", 0, least=0)

# --- Only TLS ----------------------------------------------------------------------------------
HTTPS_ONLY = flag("HTTPS_ONLY", default=IS_PRODUCTION)
SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]  # asked by supervisors and Prometheus, past the proxy
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if NUM_PROXIES else None
SECURE_HSTS_SECONDS = number("HSTS_SECONDS", 31_536_000, least=0) if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = flag("HSTS_SUBDOMAINS", default=True)
SECURE_HSTS_PRELOAD = flag("HSTS_PRELOAD", default=False)
# Whether a name goes into the browsers' own lists, which can't be undone for months, is for its owner to say.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

# --- Cookies and sessions ----------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS_ONLY
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS_ONLY else "sessionid"  # __Host-: no other host could have set it
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS_ONLY else "csrftoken"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = number("SESSION_HOURS", 8) * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# --- Headers; the policies of contents are in slimy/content_policy.py ----------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- Passwords ---------------------------------------------------------------------------------
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",  # hashes of old are read, and replaced at the next sign-in
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
STAFF_TOTP = choice("STAFF_TOTP", ("optional", "required"), default="optional")
OTP_TOTP_ISSUER = "Slimy"
OTP_TOTP_THROTTLE_FACTOR = 1  # seconds until the next try after a wrong code, doubling
