"""The books are checked after every test of this folder that books anything."""

from tests.integrity import books_are_right

__all__ = ["books_are_right"]
