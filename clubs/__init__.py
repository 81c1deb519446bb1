"""Clubs of a game: their members, what screenshots say of them, standings and trends."""
