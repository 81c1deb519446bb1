"""The tests: one file a verb, through the real worker on real servers."""
