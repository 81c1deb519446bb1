"""What tests of the second factor have in common: its pages, codes as an app shows them, somebody's authenticator."""

import re

import pytest
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from slimy.accounts import second_factor
from slimy.jobs.models import Job
from tests.admin.conftest import PASSWORD, signed_in, text

HOME = "/admin/second-factor/"
SET_UP, SCAN, CODES, OFF = (f"{HOME}{name}/" for name in ("set-up", "scan", "codes", "off"))
WRONG = "isn&#x27;t right"


@pytest.fixture
def page(pat):
    return signed_in(pat)


@pytest.fixture
def device(pat):
    """Pat's, in use."""
    return second_factor.give(pat)


def code_of(device, steps=0):
    return f"{TOTP(device.bin_key, drift=steps).token():06}"


def waiting(user):
    return TOTPDevice.objects.get(user=user, confirmed=False)


def wrong_for(device):
    """Six digits that are right neither now nor around now."""
    right = {code_of(device, steps) for steps in range(-3, 4)}
    return next(f"{number:06}" for number in range(10) if f"{number:06}" not in right)


def set_up(page, user):
    """Through the pages. Returns the device and the recovery codes."""
    page.post(SET_UP, {"password": PASSWORD})
    device = waiting(user)
    shown = text(page.post(SCAN, {"code": code_of(device)}))
    return device, re.findall(r"<li><code>([\d ]+)</code></li>", shown)


def sign_in(name, **more):
    data = {"username": name, "password": PASSWORD, **more}
    return Client().post("/admin/login/", data).status_code == 302


def events(action):
    return [job.payload for job in Job.objects.filter(type="log_event", payload__action=action).order_by("number")]
