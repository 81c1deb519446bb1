"""What PostgreSQL has to do: how long statements take, which are slow, how its tables are."""
