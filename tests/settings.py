"""The project's settings, with a zoo of jobs: one for every way in which a job can end."""

from slimy.settings import *  # noqa: F403
from slimy.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.zoo"]
JOBS = {**JOBS, "UPGRADE_SECONDS": 0}  # noqa: F405  what no worker understands fails at once
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
THROTTLE_RATES = {"anonymous": "100000/min", "user": "100000/min", "jobs": "100000/min"}
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": THROTTLE_RATES}  # noqa: F405
if not CHAT["BASE_URL"].startswith("http://127.0.0.1:"):  # noqa: F405
    CHAT["API_KEY"] = ""  # noqa: F405  a developer's own: tests ask nobody outside
