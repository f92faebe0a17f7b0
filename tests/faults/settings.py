"""Settings of the processes in a fault: the program's own, with static files that nobody has to collect first."""

from config.settings import *  # noqa: F403  # the program's settings, whole
from config.settings import STORAGES

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
