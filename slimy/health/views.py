"""`/health/live` and `/health/ready`, for supervisors and load balancers: 200 and "ok", or 503 and "not ok"."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from slimy.health.checks import CHECKS, Examiner, Finding
from slimy.logs import OncePerSecond, get_logger
from slimy.operators import has_token, is_staff

log = get_logger(__name__)
_may_warn = OncePerSecond()
_examine = Examiner(CHECKS)

UNCACHED = {"Cache-Control": "no-store"}


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return _said(ok=True)


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """It can do its work. What is wrong is for staff, and for the bearer of METRICS_TOKEN, who are told in JSON."""
    findings = _examine()
    ok = not any(finding.problem for finding in findings)
    if not ok and _may_warn():
        problems = {finding.name: finding.problem for finding in findings if finding.problem}
        log.warning("Not ready", action="not_ready", **problems)
    if has_token(request) or (_database_answers(findings) and is_staff(request)):
        return JsonResponse(_document(findings, ok=ok), status=200 if ok else 503, headers=UNCACHED)
    return _said(ok=ok)


def _database_answers(findings: list[Finding]) -> bool:
    """Whether sessions can be read: nobody waits for a server that has just not answered."""
    return not any(finding.problem for finding in findings if finding.name == "database")


def _said(*, ok: bool) -> HttpResponse:
    text, status = ("ok\n", 200) if ok else ("not ok\n", 503)
    headers = UNCACHED if ok else UNCACHED | {"Retry-After": "2"}
    return HttpResponse(text, status=status, content_type="text/plain", headers=headers)


def _document(findings: list[Finding], *, ok: bool) -> dict[str, object]:
    checks = {
        finding.name: {"ok": not finding.problem, "ms": finding.ms}
        | ({"problem": finding.problem} if finding.problem else {})
        for finding in findings
    }
    return {"ok": ok, "checks": checks}
