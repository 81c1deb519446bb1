"""What this project is compared with, each doing the same work on tables of its own."""
