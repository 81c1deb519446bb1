"""Errors of clubs."""

from slimy.exceptions import PermanentError


class MemberNotFound(PermanentError):
    """There is no such member."""

    status = 404
    code = "member_not_found"


class TooManyMembers(PermanentError):
    """There are more members than a club can have."""

    code = "too_many_members"


class CannotMerge(PermanentError):
    """Only two different members of one club can be merged."""

    code = "cannot_merge"
