"""What can go wrong on purpose while a stack starts or runs."""


class StackError(Exception):
    """The stack can't start or go on; the text says why, and what to do about it."""


class Stop(Exception):
    """Somebody asked to stop while the stack was still starting."""
