"""One browser for all tests; each test has a server, staff signed in, and three screens."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, sync_playwright

from slimy.accounts.models import User
from slimy.admin import panels
from slimy.jobs import pauses
from slimy.jobs.admin import figures
from tests.admin.clubs import stone, twin  # noqa: F401  fixtures
from tests.browser.screens import FLAGS, MODES, Screen, chromium
from tests.conftest import test_database_url, wait_until

SESSIONS = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
OURS = 2  # this thread's, and the one that asks
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="session")
def browser(django_db_setup) -> Iterator[Browser]:
    """Debian's chromium; closed before the database is dropped, for the server's connections end with the browser's."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright runs a loop in this thread; Django's use is elsewhere
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        database = test_database_url()
        yield browser
        browser.close()
    with psycopg.connect(database, autocommit=True) as session:
        wait_until(lambda: len(session.execute(SESSIONS).fetchall()) <= OURS, seconds=30)
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def all_screens(browser) -> Iterator[list[Screen]]:
    screens = [Screen.open(browser, mode) for mode in MODES]
    yield screens
    for screen in screens:
        screen.context.close()


@pytest.fixture(autouse=True)
def nothing_known():
    """Figures of the test before are forgotten."""
    panels.forget_all()
    pauses.forget()
    figures._settled.clear()


@pytest.fixture
def root(transactional_db) -> User:
    """May everything."""
    return User.objects.create_superuser("root", password=PASSWORD)


@pytest.fixture
def strangers(all_screens, live_server) -> Iterator[list[Screen]]:
    """The screens, with nobody signed in."""
    yield [screen.begin(live_server.url, "") for screen in all_screens]
    leave(all_screens)


@pytest.fixture
def screens(all_screens, live_server, root) -> Iterator[list[Screen]]:
    """The screens, with Root signed in."""
    client = Client()
    client.force_login(root)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    yield [screen.begin(live_server.url, session) for screen in all_screens]
    leave(all_screens)


def leave(screens: list[Screen]) -> None:
    """No page looks again while the tables are emptied."""
    for screen in screens:
        screen.page.goto("about:blank")
