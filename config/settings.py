"""Settings by environment; what is unset is answered by the embedded stand-ins of config/embedded."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from config.embedded import addresses

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- Who and where -------------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", False)
#: No provider is named, so the sandbox stands in for it and the sample organizations may be loaded.
DEMO = not env.str("STRIPE_API_BASE", "") and not env.str("STRIPE_SECRET_KEY", "")
SECRET_KEY = env.str("SECRET_KEY", "") or addresses.secret_key()
SITE_URL = env.str("SITE_URL", "") or addresses.site_url()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEST_RUNNER = "django.test.runner.DiscoverRunner"

INSTALLED_APPS = [
    "config",
    "rating",
    "credits",
    "notifications",
    "subscriptions",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "ninja",
    "allauth",
    "allauth.account",
    "django_celery_beat",
    "csp",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.person_language",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "config.context.shell",
            ],
            # In place of the library's own, which draws every icon anew and at full length.
            "libraries": {"heroicons": "subscriptions.templatetags.icons"},
        },
    },
]


# --- Data ----------------------------------------------------------------------------------------------------------
def _database(address: str) -> dict[str, Any]:
    found = env.db_url_config(address) | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    # A forgotten transaction elsewhere must not hang a page: waits end by themselves (milliseconds).
    waits = "-c lock_timeout=3000 -c idle_in_transaction_session_timeout=30000"
    waits += f" -c statement_timeout={env.int('STATEMENT_TIMEOUT', 15000)}"
    # Django's own None would forbid what credits.statements prepares; nothing else binds on the server.
    return {**found, "OPTIONS": {"prepare_threshold": 5, **found.get("OPTIONS", {}), "options": waits}}


#: Two roles of one database: the program's, and its owner's for migrations and tests (config/roles.py).
DATABASE_PROGRAM = _database(env.str("DATABASE_URL", "") or addresses.database_url())
DATABASE_OWNER = _database(env.str("DATABASE_OWNER_URL", "") or env.str("DATABASE_URL", "") or addresses.owner_url())
DATABASES: dict[str, dict[str, Any]] = {"default": dict(DATABASE_PROGRAM)}
# Rate limits of sign-in live here and must outlast Redis, so they stay in the database.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}

# --- Celery (config/celery.py has the timetable and the queues) ----------------------------------------------------
REDIS_URL = env.str("REDIS_URL", "") or addresses.redis_url()
#: Tests give each of their processes a prefix, so that no two share a queue.
REDIS_KEY_PREFIX = env.str("REDIS_KEY_PREFIX", "")
#: How often beat rings every sweep; what follows from a page or a sweep is rung at once.
SWEEP_SECONDS = env.float("SWEEP_SECONDS", 60)

# --- Live calls (docs/live-calls.md) -------------------------------------------------------------------------------
#: A grant is at most so many seconds; it may be renewed until so many more have passed.
CALL_GRANT_SECONDS = env.int("CALL_GRANT_SECONDS", 600)
CALL_GRANT_MARGIN_SECONDS = env.int("CALL_GRANT_MARGIN_SECONDS", 60)

# --- People --------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "subscriptions.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "subscriptions.signin.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# Addresses are proved by the invitation that brought the person here.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_PREVENT_ENUMERATION = True
PASSWORD_RESET_TIMEOUT = 3600
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
#: Secure cookies and HTTPS only, wherever the site is not a loopback demo.
HTTPS = env.bool("HTTPS", SITE_URL.startswith("https://"))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
CSRF_FAILURE_VIEW = "config.views.incident.stale_form"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- Mail ----------------------------------------------------------------------------------------------------------
if env.str("EMAIL_URL", ""):
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = addresses.mail_folder()
EMAIL_TIMEOUT = 10
#: Notices that one organization is told in one day of its calendar at most; those of money are never held back.
NOTICES_A_DAY = env.int("NOTICES_A_DAY", 20)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Communications Credits <credits@localhost>")

# --- Money in ------------------------------------------------------------------------------------------------------
STRIPE_API_BASE = env.str("STRIPE_API_BASE", "") or (addresses.provider_url() if DEMO else "https://api.stripe.com")
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "") or addresses.provider_key()
#: The current secret first; the one before it stays good while it is being rotated.
STRIPE_WEBHOOK_SECRETS = env.list("STRIPE_WEBHOOK_SECRETS", default=[]) or [addresses.webhook_secret()]
#: So many orders and so many visits to the page for cards an hour, for an organization from one address.
MONEY_AN_HOUR = {"orders": env.int("ORDERS_AN_HOUR", 5), "cards": env.int("CARDS_AN_HOUR", 5)}
#: Staff may give back what is left of a purchase within so many days.
REFUND_DAYS = env.int("REFUND_DAYS", 14)
#: A run that would expire fewer lots is never stopped: ratios of a few lots say nothing (credits/expiry.py).
EXPIRY_BRAKE_LOTS = env.int("EXPIRY_BRAKE_LOTS", 100)
#: Who stands on receipts as the one who was paid; each keeps what it was when it was issued.
RECEIPT_ISSUER = {
    "name": env.str("RECEIPT_ISSUER_NAME", "Communications Credits"),
    "address": env.str("RECEIPT_ISSUER_ADDRESS", "", multiline=True),
    "tax_number": env.str("RECEIPT_ISSUER_TAX_NUMBER", ""),
}
#: A folder with NotoSansCJK-Regular.ttc and NotoSansCJK-Bold.ttc (on Debian: fonts-noto-cjk).
RECEIPT_FONTS = env.str("RECEIPT_FONTS", "/usr/share/fonts/opentype/noto")

# --- Words ---------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hant", _("Traditional Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"

# --- Files ---------------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", "") or BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static", ("bootstrap", str(files("django_include_bootstrap") / "static"))]
# Maps are for developers' tools only, and take longest to compress.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("jpg", "png", "webp", "gz", "br", "woff", "woff2", "map")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
#: The largest file that people may hand in on a page; what is larger is thrown away while it is being read.
UPLOAD_MEBIBYTES = env.int("UPLOAD_MEBIBYTES", 64)
FILE_UPLOAD_HANDLERS = [
    "rating.uploads.limiting.Limit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- The browser's wall --------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        # The provider's hosted page, and the way to the bank, are reached by a redirect from our own form.
        "form-action": [
            SELF,
            *([STRIPE_API_BASE] if DEMO else ["https://checkout.stripe.com", "https://hooks.stripe.com"]),
        ],
    },
}

# --- When everything stops and somebody is called (credits.brakes) --------------------------------------------------
#: Automatic charges in ten minutes: more than so many times the usual number, and more than so many.
#: What the provider has not answered, or turned away, is asked of it again once in so many seconds at most.
PROVIDER_AGAIN_SECONDS = env.float("PROVIDER_AGAIN_SECONDS", 1.0)
BRAKE_CHARGES_TIMES, BRAKE_CHARGES_AT_LEAST = 10, 100
#: More than so many percent of them unanswered, of at least so many.
BRAKE_UNKNOWN_PERCENT, BRAKE_UNKNOWN_OF_AT_LEAST = 3, 50
ADMINS = [("", address) for address in env.list("ADMINS", default=[])]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line"},
        # Whoever ADMINS names is called.
        "call": {"class": "django.utils.log.AdminEmailHandler", "level": "CRITICAL"},
    },
    # They tell of every request, addresses and all; and of every character of a receipt.
    "loggers": {name: {"level": "WARNING"} for name in ("stripe", "httpx", "fontTools")},
    "root": {"handlers": ["console", "call"], "level": env.str("LOG_LEVEL", "INFO")},
}
