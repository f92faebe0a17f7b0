"""The back office: people and organizations, the catalogue, subscribers and their licences."""

from subscriptions.admin import catalogue, keys, people, subscribers

__all__ = ["catalogue", "keys", "people", "subscribers"]
