"""Pictures of the game's screen: checked, stored, read, reviewed. clubs/vision.py says what is on one."""
