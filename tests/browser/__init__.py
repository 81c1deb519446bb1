"""The staff's window in a real browser: light, dark, and on a phone."""
