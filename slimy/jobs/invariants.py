"""What must hold in the ledger."""

from slimy.backups.invariants import INVARIANTS, ids

_NUMBERS = """
SELECT 'slimy_job_number' AS id FROM slimy_job_number
 WHERE last_value < (SELECT coalesce(max(number), 0) FROM slimy_job)"""

_LOST = """
SELECT id FROM slimy_job WHERE (status = 'queued' AND ring_at > clock_timestamp() + interval '1 hour'
                                AND available_at < clock_timestamp())
                            OR (status = 'active' AND claimed_at IS NULL)"""


@INVARIANTS.add("no number of a job will be given again")
def numbers_given_again(subject: None) -> list[str]:
    """The sequence, when it is behind the jobs: messages would come before older ones."""
    return ids(_NUMBERS)


@INVARIANTS.add("every open job will be found by a worker")
def lost_jobs(subject: None) -> list[str]:
    """Jobs that are due and that no round of a worker would bring back."""
    return ids(_LOST)
