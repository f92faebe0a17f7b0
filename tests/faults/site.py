"""What the web server of a fault serves: the program, which obeys the fail points."""

from config.wsgi import application
from tests.faults import failpoints

__all__ = ["application"]

failpoints.install()
