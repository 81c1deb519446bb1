"""The pages on which staff set up their second factor and take it away, and superusers that of who lost the phone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import segno
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString, mark_safe
from django_otp.plugins.otp_totp.models import TOTPDevice

from slimy.accounts import second_factor
from slimy.accounts.models import User
from slimy.accounts.proof import ConfirmForm, OwnerForm
from slimy.admin.window import moment

HOME = "second_factor"
TITLE = "Second factor"


@dataclass(frozen=True)
class Question:
    """What is asked before something is done."""

    title: str
    text: str
    button: str
    variant: str = "primary"


SET_UP = Question("Set up a second factor", "You need your phone with an authenticator app on it.", "Go on")
MOVE = Question("Move to another phone", "The app that you use now counts until the new one is confirmed.", "Go on")
CODES = Question("New recovery codes", "The codes that you have are worth nothing from then on.", "Make new codes")
OFF = Question("Turn off the second factor", "Then your password alone lets you in.", "Turn it off", "danger")
RESET = (
    "For somebody who lost phone and recovery codes: from then on the password alone lets {} in. "
    "Make sure that it is really they who ask."
)


def home(request: HttpRequest) -> HttpResponse:
    """Whether it is on, and what can be done about it."""
    state = second_factor.state_of(_me(request))
    facts = [[("Last used", moment(state.last_used)), ("Recovery codes left", str(state.codes_left))]]
    more = {"state": state, "since": moment(state.since), "facts": facts, "codes": second_factor.CODES}
    return _page(request, "home", TITLE, required=_is_required(), **more)


def set_up(request: HttpRequest) -> HttpResponse:
    """Asks who it is; then there is a secret to be scanned."""
    question = MOVE if second_factor.is_on(_me(request)) else SET_UP
    return _ask(request, question, lambda: _begun(request))


def scan(request: HttpRequest) -> HttpResponse:
    """The secret as a picture and as text, until a code shows that the app has it; then recovery codes, this once."""
    device = second_factor.waiting_of(_me(request))
    if device is None:
        messages.warning(request, "There is nothing to be confirmed any more. Begin again.")
        return redirect(HOME)
    form = ConfirmForm(request)
    if form.is_valid():
        return _codes(request, form.codes or [], "The second factor is on.")
    secret = second_factor.secret_of(device)
    minutes = int(second_factor.WAITS.total_seconds() // 60)
    return _page(request, "scan", SET_UP.title, form=form, picture=picture(device), secret=secret, minutes=minutes)


def codes(request: HttpRequest) -> HttpResponse:
    """New ones instead of those that are used up or lost."""
    if not second_factor.is_on(_me(request)):
        return redirect(HOME)
    said = "These are your new codes."
    return _ask(request, CODES, lambda: _codes(request, second_factor.renew_codes(_me(request)), said))


def turn_off(request: HttpRequest) -> HttpResponse:
    """With password and code, where the installation lets its staff go without."""
    if _is_required():
        messages.error(request, "Here nobody goes without a second factor. You can move it to another phone.")
        return redirect(HOME)
    if not second_factor.is_on(_me(request)):
        return redirect(HOME)
    return _ask(request, OFF, lambda: _removed(request, _me(request), HOME))


def reset(request: HttpRequest, user_id: int) -> HttpResponse:
    """Take away somebody else's. Superusers only, who prove that it is they; one's own is turned off with its code."""
    if not request.user.is_superuser:
        raise PermissionDenied
    user = get_object_or_404(User, pk=user_id)
    if user == request.user:
        return redirect(HOME)
    question = Question(f"Remove the second factor of {user}", RESET.format(user), "Remove it", "danger")
    there = reverse("admin:accounts_user_change", args=[user.pk])
    return _ask(request, question, lambda: _removed(request, user, there), there)


def picture(device: TOTPDevice) -> SafeString:
    """The secret as a QR code (ISO/IEC 18004), as SVG without a script or a style: the page's policy allows neither."""
    code = segno.make_qr(device.config_url, error="m", boost_error=False)
    return mark_safe(code.svg_inline(omitsize=True, light="#fff", svgclass=None, lineclass=None))  # noqa: S308  # nosec B308 B703  numbers


def urls() -> list[URLPattern]:
    """Below /admin/second-factor/."""
    view = admin.site.admin_view
    return [
        path("", view(home), name=HOME),
        path("set-up/", view(set_up), name="second_factor_set_up"),
        path("scan/", view(scan), name="second_factor_scan"),
        path("codes/", view(codes), name="second_factor_codes"),
        path("off/", view(turn_off), name="second_factor_off"),
        path("<int:user_id>/reset/", view(reset), name="second_factor_reset"),
    ]


def _ask(request: HttpRequest, question: Question, act: Callable[[], HttpResponse], back: str = "") -> HttpResponse:
    form = OwnerForm(request)
    if form.is_valid():
        return act()
    return _page(request, "question", question.title, question=question, form=form, back=back or reverse(HOME))


def _begun(request: HttpRequest) -> HttpResponse:
    second_factor.begin(_me(request))
    return redirect("second_factor_scan")


def _codes(request: HttpRequest, shown: Sequence[str], said: str) -> HttpResponse:
    return _page(request, "codes", "Recovery codes", shown=shown, said=said)


def _removed(request: HttpRequest, user: User, where: str) -> HttpResponse:
    had = second_factor.remove(user, cast("User", request.user))
    said = f"The second factor of {user} is removed." if had else f"{user} had no second factor."
    messages.add_message(request, messages.SUCCESS if had else messages.WARNING, said)
    return redirect(where)


def _page(request: HttpRequest, name: str, title: str, **more: Any) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": title, **more}
    return TemplateResponse(request, f"admin/accounts/second_factor/{name}.html", context)


def _me(request: HttpRequest) -> User:
    return cast("User", request.user)


def _is_required() -> bool:
    return bool(settings.STAFF_TOTP == "required")
