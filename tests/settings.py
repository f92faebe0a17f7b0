"""The settings under which tests run: production's own, with plain static files and fast passwords.

Tests make, empty and drop their database, so they run as its owner. The processes that a journey or a fault starts run
as the program, and so does tests/config/test_roles.py.
"""

import os

os.environ.setdefault("REDIS_KEY_PREFIX", f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}:")

os.environ.setdefault("STATEMENT_TIMEOUT", "120000")  # a test database takes its time to be dropped on a busy machine

from config.settings import *  # noqa: F403
from config.settings import DATABASE_OWNER, STORAGES

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
LANGUAGE_CODE = "en"
PROVIDER_AGAIN_SECONDS = 0.0  # what looks at the pace sets it
DATABASES = {"default": dict(DATABASE_OWNER)}
if suffix := os.environ.get("DJANGO_TEST_DB_SUFFIX"):
    DATABASES["default"]["TEST"] = {"NAME": f"test_credits_{suffix}"}
