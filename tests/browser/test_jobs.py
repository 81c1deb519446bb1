"""Find a failed job and have it retried until it is completed; cancel one that waits; pause a queue."""

from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from tests.admin.conftest import JOBS, failed_job


def test_a_failed_job_is_found_and_retried_to_completion(screens, alice, worker):
    jobs = [
        failed_job(alice, type="zoo", payload={"how": "complete", "note": f"note {n}"}) for n, _ in enumerate(screens)
    ]
    failed_job(alice)
    with worker():
        for n, (screen, job) in enumerate(zip(screens, jobs, strict=True)):
            page = screen.go(JOBS)
            page.get_by_role("navigation", name="State").get_by_role("link", name="Failed").click()
            page.get_by_placeholder("Id, request id").fill(f'"note {n}"')
            page.keyboard.press("Enter")
            page.wait_for_url("**q=**")
            assert page.locator("#result_list tbody").count() == 1
            screen.check("jobs")
            page.locator("#result_list").get_by_role("link", name="zoo").first.click()
            page.get_by_role("heading", name="Timeline").wait_for()
            screen.check("job-failed")
            screen.act("Retry")
            screen.press("Yes, retry")
            page.locator("#job-state", has_text="completed").wait_for()  # the page follows by itself
            assert Job.objects.get(pk=job.pk).status == "completed"
            screen.picture("job-completed")
            assert not screen.wrong


def test_a_waiting_job_is_cancelled(screens, alice):
    for screen in screens:
        job = add_job("database", "zoo", {"how": "complete"}, alice)
        page = screen.go(f"{JOBS}{job.pk}/change/")
        screen.act("Cancel")
        screen.check("job-cancel")
        screen.press("Yes, cancel")
        assert page.get_by_text("1 job was cancelled.").count() == 1
        assert Job.objects.get(pk=job.pk).status == "cancelled"
        assert not screen.wrong


def test_all_that_match_are_retried(screens, alice):
    screen = screens[0]
    for _ in range(3):
        failed_job(alice)
    page = screen.go(f"{JOBS}?status=failed")
    screen.press("Retry all that match", "link")
    assert page.get_by_text("Retry 3 jobs?").count() == 1
    screen.check("jobs-all")
    screen.press("Yes, retry all")
    assert page.get_by_text("3 jobs were put back into the queue.").count() == 1


def test_the_list_renews_itself_unless_somebody_is_choosing(screens, alice):
    screen = screens[0]
    failed_job(alice)
    page = screen.go(f"{JOBS}?status=failed")  # signing in has made a job, too
    page.evaluate("window.stays = true")
    box = page.locator("input.action-select").first
    box.check()
    failed_job(alice)
    screen.renew()
    page.locator("#jobs-total", has_text="2 jobs").wait_for()
    assert page.locator("#result_list tbody").count() == 1
    box.uncheck()
    screen.renew()
    box.focus()
    page.locator("#result_list tbody").nth(1).wait_for()
    assert page.evaluate("document.activeElement.name") == "_selected_action"
    page.locator("#action-toggle").check()
    assert page.locator("input.action-select:checked").count() == 2
    assert page.evaluate("window.stays")
    assert not screen.wrong


def test_a_queue_is_paused_and_resumed(screens):
    for screen in screens:
        page = screen.go(f"{JOBS}operation/")
        screen.press("Pause database", "link")
        screen.press("Yes, pause it")
        assert page.get_by_text("The queue database is paused.").count() == 1
        screen.check("queues")
        screen.press("Resume database", "link")
        screen.press("Yes, resume it")
        assert page.get_by_text("is worked on again").count() == 1
