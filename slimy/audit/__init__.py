"""Who did what: every change becomes an event that nobody can change any more."""
