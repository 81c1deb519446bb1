"""Who uses the system: users and their API tokens."""
