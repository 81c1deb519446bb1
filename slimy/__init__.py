"""The project: settings, paths, and what all apps share."""
