"""A guided tour of the API for `make demo`: every job goes in through HTTP, is waited for, and its outcome noted."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import requests

SECONDS_A_JOB = 60
NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Stop:
    """One job of the tour: what it was, how it ended and whether that was expected."""

    type: str
    status: str
    attempts: int
    milliseconds: int
    result: str
    as_expected: bool


@dataclass
class Tour:
    """A client of the API at `url` with a user's `token`."""

    url: str
    token: str
    stops: list[Stop] = field(default_factory=list)

    def call(self, method: str, path: str, body: Any = None, files: Any = None, **headers: str) -> requests.Response:
        """One request. Raises requests.RequestException when the server doesn't answer."""
        authorization = {"Authorization": f"Bearer {self.token}"}
        return requests.request(
            method,
            urljoin(self.url, path),
            json=body,
            files=files,
            headers=authorization | headers,
            timeout=SECONDS_A_JOB,
        )

    def job(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        files: Any = None,
        expect: str = "completed",
        result: Mapping[str, Any] = NOTHING,
    ) -> dict[str, Any]:
        """Make a job, wait for it to finish and note the stop; returns the job as the API shows it.

        `files` make the body a form, as in requests; `expect` is the status it should end in, `result` what its result
        should hold among other things.
        """
        started = time.perf_counter()
        accepted = self.call(method, path, body, files)
        if accepted.status_code != 202:
            problem: dict[str, Any] = accepted.json()
            self._note({"jobType": f"{method} {path}", "status": "refused", "error": problem.get("detail")}, 0, expect)
            return problem
        done = self._finished(accepted.headers["Location"])
        self._note(done, round((time.perf_counter() - started) * 1000), expect, result)
        return done

    def submit(self, type: str, data: dict[str, Any], *, expect: str = "completed") -> dict[str, Any]:
        """Make a job of any type through the common door."""
        return self.job("POST", "/api/chat/db-jobs", {"type": type, "data": data}, expect=expect)

    def _finished(self, location: str) -> dict[str, Any]:
        until = time.monotonic() + SECONDS_A_JOB
        while True:
            job: dict[str, Any] = self.call("GET", location, Prefer="wait=10").json()
            if job.get("status") not in ("queued", "active", "delayed") or time.monotonic() > until:
                return job

    def _note(self, job: dict[str, Any], milliseconds: int, expect: str, result: Mapping[str, Any] = NOTHING) -> None:
        came, status = job.get("result") or {}, str(job.get("status"))
        shown = str(came or job.get("error") or "")
        as_expected = status == expect and all(came.get(name) == value for name, value in result.items())
        self.stops.append(
            Stop(job.get("jobType", "?"), status, job.get("attempts", 0), milliseconds, shown, as_expected)
        )
