"""Setting up a second factor as it is done: password, scan, code, recovery codes."""

import cv2
import numpy
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.browser.conftest import PASSWORD

HOME = "/admin/second-factor/"


def scanned(image):
    """What a camera reads."""
    pixels = cv2.imdecode(numpy.frombuffer(image.screenshot(), numpy.uint8), cv2.IMREAD_COLOR)
    return cv2.QRCodeDetector().detectAndDecode(pixels)[0]


def test_staff_set_up_their_second_factor(screens, root):
    for screen in screens:
        TOTPDevice.objects.all().delete()
        page = screen.go(HOME)
        screen.check("second-factor-off")
        screen.press("Set it up", "link")
        screen.check("second-factor-password")
        page.get_by_label("Your password").fill(PASSWORD)
        screen.press("Go on")
        assert scanned(page.get_by_role("img", name="QR code")) == TOTPDevice.objects.get(user=root).config_url
        screen.check("second-factor-scan")
        page.get_by_label("Code of the app").fill("12")
        screen.press("Confirm")
        screen.check("second-factor-wrong")
        device = TOTPDevice.objects.get(user=root)
        device.throttle_reset()
        page.get_by_label("Code of the app").fill(f"{TOTP(device.bin_key).token():06}")
        screen.press("Confirm")
        assert page.locator("#codes li").count() == 10
        screen.check("second-factor-codes")
        screen.press("I have them", "link")
        screen.check("second-factor-on")
        screen.press("Turn off", "link")
        screen.check("second-factor-turn-off")
