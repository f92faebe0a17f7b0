"""Settings of the site that the HTTP benches ask: the product's own, with the reference view beside its addresses."""

from config.settings import *  # noqa: F403  # the product's settings, whole

ROOT_URLCONF = "tests.benchmarks.http_urls"
LOGGING = {"version": 1, "disable_existing_loggers": False, "root": {"level": "WARNING"}}
