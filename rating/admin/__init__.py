"""The back office of `rating`, a module for each part: rows are read here, and mended by asking a rule."""

from rating.admin import decks, limits, reratings, rollups, sessions, uploads, usage

__all__ = ["decks", "limits", "reratings", "rollups", "sessions", "uploads", "usage"]
