"""One settings file; everything that differs between machines comes from the environment (docs/operations.md)."""

import os
from contextlib import suppress
from pathlib import Path
from zoneinfo import available_timezones

import django
from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _
from whitenoise.compress import Compressor

from fixaloop import environment, speed
from fixaloop.databases import connections
from fixaloop.network import LOCAL, own_addresses
from fixaloop.watch import logs
from fixaloop.words.holidays import REGIONS

BASE_DIR = Path(__file__).resolve().parent.parent

VAR_DIR = environment.data_folder()


def kept_secret_key() -> str:
    """A random key made once and kept in `var/`, so that sessions survive a restart without any configuration."""
    path = VAR_DIR / "secret_key"
    if not path.exists():
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(get_random_secret_key() + get_random_secret_key())
        # A second process starting at the same moment must read a whole key, and the same one.
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text().strip()


DEBUG = environment.flag("DEBUG")
SECRET_KEY = environment.text("SECRET_KEY") or kept_secret_key()
# Keys from before: what they signed or sealed is still read.
SECRET_KEY_FALLBACKS = environment.several("SECRET_KEY_FALLBACKS")
# Its own names on the network with LAN=1; itself always.
LAN = environment.flag("LAN")
ALLOWED_HOSTS = [*LOCAL, *environment.several("ALLOWED_HOSTS"), *(own_addresses() if LAN else ())]
CSRF_TRUSTED_ORIGINS = environment.several("CSRF_TRUSTED_ORIGINS")
# Whether other machines may reach the site, directly or through a proxy.
IS_REACHABLE = LAN or not {environment.text("HOST", LOCAL[1]), *ALLOWED_HOSTS} <= {*LOCAL, "::1"}

# Django 6 has them built in.
PARTIALS = ["template_partials"] if django.VERSION < (6, 0) else []

INSTALLED_APPS = [
    "fixaloop",
    "clients",
    "access",
    "interventions",
    "django.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "django_countries",
    "django_filters",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "lucide",
    "ninja",
    "phonenumber_field",
    "simple_history",
    *PARTIALS,
]

MIDDLEWARE = [
    "fixaloop.watch.requests.WatchMiddleware",
    "fixaloop.web.middleware.KnownHostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    (
        "fixaloop.web.middleware.PageGZipMiddleware"
        if speed.is_on("compression")
        else "django.middleware.gzip.GZipMiddleware"
    ),
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "fixaloop.audit.trail.AuditMiddleware",
    "fixaloop.web.middleware.ChosenLanguageMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "fixaloop.accounts.middleware.ProviderMiddleware",
    "fixaloop.accounts.middleware.StayMiddleware",
    "fixaloop.accounts.middleware.FirstThingsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "fixaloop.web.middleware.PageAboveMiddleware",
    "fixaloop.web.middleware.BusyDatabaseMiddleware",
    "fixaloop.databases.pages.WrittenMiddleware",
]

ROOT_URLCONF = "fixaloop.urls"
WSGI_APPLICATION = "fixaloop.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [f"{app}.templatetags.partials" for app in PARTIALS],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "fixaloop.web.navigation.navigation",
            ],
        },
    },
]
FORM_RENDERER = (
    "fixaloop.speed.renderer.QuickRenderer" if speed.is_on("widgets") else "fixaloop.forms.renderer.WholeTextRenderer"
)


DATABASES = connections.configuration(VAR_DIR)
DATABASE_ROUTERS = ["fixaloop.databases.replica.Router"] if "replica" in DATABASES else []
# How far behind a replica may be that serves lists, reports and exports.
REPLICA_MAX_LAG_SECONDS = environment.number("REPLICA_MAX_LAG_SECONDS", 5, least=1, most=3_600)
# The server itself where `DATABASE_URL` leads to PgBouncer, for the programs of PostgreSQL.
DATABASE_DIRECT = environment.server("DATABASE_DIRECT_URL")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = ["fixaloop.accounts.sign_in.AccountBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "fixaloop.accounts.passwords.PublishedPasswordValidator"},
    {"NAME": "fixaloop.accounts.passwords.NamesValidator"},
    {"NAME": "fixaloop.accounts.passwords.LongestValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "login"

# The longest that wrong passwords make the next one wait (fixaloop/accounts/guesses.py).
LOGIN_COOLOFF_HOURS = environment.amount("LOGIN_COOLOFF_HOURS", "0.25")

# The groups that may not work without a second factor; “superusers” stands for them all.
REQUIRE_SECOND_FACTOR = environment.several("REQUIRE_SECOND_FACTOR")
# How long a password or a code is proof enough for what is grave; 0: as long as the session.
STEP_UP_MINUTES = environment.number("STEP_UP_MINUTES", 15, least=0, most=24 * 60)

# Signing in by the firm’s own provider (OpenID Connect), off while the first is empty; its groups to ours.
OIDC_ISSUER = environment.issuer("OIDC_ISSUER")
OIDC_CLIENT_ID = environment.text("OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = environment.text("OIDC_CLIENT_SECRET")
OIDC_GROUPS_CLAIM = environment.text("OIDC_GROUPS_CLAIM", "groups")
OIDC_GROUPS = environment.pairs("OIDC_GROUPS")
# How long its word is good before it is asked again.
OIDC_RECHECK_MINUTES = environment.number("OIDC_RECHECK_MINUTES", 15, least=1, most=24 * 60)

# Where people find the site, for links in e-mails.
SITE_URL = environment.text("SITE_URL").rstrip("/")

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("Français")), ("en", _("Anglais"))]
LOCALE_PATHS = [BASE_DIR / "fixaloop" / "locale"]
TIME_ZONE = environment.one_of("TIME_ZONE", "Europe/Paris", available_timezones(), "Europe/Paris, America/Cayenne…")
# Which public holidays there are: Alsace and Moselle have two more, each overseas department its own.
HOLIDAYS_REGION = environment.one_of(
    "HOLIDAYS_REGION",
    "",
    REGIONS,
    f"empty, or the number of a department: {', '.join(filter(None, REGIONS))}",
    f"vide, ou le numéro d’un département : {', '.join(filter(None, REGIONS))}",
)
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
PHONENUMBER_DEFAULT_REGION = "FR"
PHONENUMBER_DB_FORMAT = "E164"

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Where files are kept that people send or ask for: a bucket that several machines share, else the disk of this one.
BUCKET = environment.bucket("STORAGE_URL")
STORAGES = {
    "default": (
        {"BACKEND": "fixaloop.files.bucket.Bucket", "OPTIONS": BUCKET}
        if BUCKET
        else {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    ),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# What a first start waits for: only the names that pages use are compressed, and no maps of libraries' scripts.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
MEDIA_ROOT = Path(environment.text("MEDIA_ROOT", str(VAR_DIR / "media"))).absolute()
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

EMAIL_CONFIG = environment.email("dummymail://")
vars().update(EMAIL_CONFIG)
# Whether messages reach anybody: where they would not, pages say so, and none waits to be sent.
MAIL_IS_SET_UP = bool(environment.text("EMAIL_URL"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = environment.text("DEFAULT_FROM_EMAIL", "fixaloop@localhost")

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# Behind a reverse proxy that speaks HTTPS; the embedded default answers on http://127.0.0.1 only.
HTTPS = environment.flag("HTTPS")
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# For ever, and for names that may have nothing to do with this site: the operator decides.
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS and environment.flag("HSTS_SUBDOMAINS")
SECURE_HSTS_PRELOAD = HTTPS and environment.flag("HSTS_PRELOAD")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
# Names that browsers take from this site alone, over HTTPS, for the whole of it.
COOKIES = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIES}sessionid", f"{COOKIES}csrftoken"
LANGUAGE_COOKIE_NAME, LANGUAGE_COOKIE_SECURE = f"{COOKIES}django_language", HTTPS
# A session ends after so long without a page, and so long after the password, whatever comes first.
SESSION_ENGINE = "fixaloop.accounts.sessions"
SESSION_IDLE_MINUTES = environment.number("SESSION_IDLE_MINUTES", 120, least=5, most=31 * 24 * 60)
SESSION_HOURS = environment.number("SESSION_HOURS", 12, most=31 * 24)
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}

MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# Rules that a firm may set (docs/rules.md). More days than these lead to no date at all.
MOST_DAYS = 36_500
RECENT_DAYS = environment.number("RECENT_DAYS", 90, least=0, most=MOST_DAYS)
EVENT_RETENTION_DAYS = environment.number("EVENT_RETENTION_DAYS", 90, most=MOST_DAYS)
CLIENT_RETENTION_YEARS = environment.number("CLIENT_RETENTION_YEARS", 3, most=100)
REVIEW_MONTHS = environment.number("REVIEW_MONTHS", 12, most=120)
ENTRY_RETENTION_DAYS = environment.number("ENTRY_RETENTION_DAYS", 365, most=MOST_DAYS)
# An e-mail is recommended for clients; the firm may require it.
REQUIRE_EMAIL = environment.flag("REQUIRE_EMAIL")
# How many days before a card or a status ends its notice is sent.
NOTICE_DAYS = environment.number("NOTICE_DAYS", 7, most=90)
UNPAID_LIMIT = environment.amount("UNPAID_LIMIT", "50")
READER_SILENT_MINUTES = environment.number("READER_SILENT_MINUTES", 60)
REPEAT_SECONDS = environment.number("REPEAT_SECONDS", 5, least=0, most=600)
TURN_SECONDS = environment.number("TURN_SECONDS", 60, least=0, most=3_600)
# How long a read may take: in all, for a statement, and waiting for a lock (docs/operations.md, The gate in time).
GATE_ANSWER_MS = environment.number("GATE_ANSWER_MS", 2_000, least=100, most=60_000)
GATE_STATEMENT_MS = environment.number("GATE_STATEMENT_MS", 2_000, least=100, most=60_000)
GATE_LOCK_MS = environment.number("GATE_LOCK_MS", 1_000, least=100, most=60_000)
# Ten a second, as a camera sends what it sees.
GATE_READS_PER_MINUTE = environment.number("GATE_READS_PER_MINUTE", 600, least=10, most=100_000)
# How long a reader may decide by the list it holds; 0: no list.
GATE_LIST_HOURS = environment.number("GATE_LIST_HOURS", 12, least=0, most=48)
ORPHAN_HOURS = environment.number("ORPHAN_HOURS", 14, least=1, most=366 * 24)
PARKED_DAYS = environment.number("PARKED_DAYS", 30, least=1, most=MOST_DAYS)
# What the planning counts as time to work; checked when the app is ready.
WORK_HOURS = environment.text("WORK_HOURS", "lun-ven 8h-12h, 13h-17h")
FIRM_RULES = (
    "RECENT_DAYS",
    "NOTICE_DAYS",
    "REVIEW_MONTHS",
    "UNPAID_LIMIT",
    "REQUIRE_EMAIL",
    "ORPHAN_HOURS",
    "PARKED_DAYS",
    "REPEAT_SECONDS",
    "TURN_SECONDS",
    "READER_SILENT_MINUTES",
    "EVENT_RETENTION_DAYS",
    "ENTRY_RETENTION_DAYS",
    "CLIENT_RETENTION_YEARS",
)
FIRM_VARIABLES = ("FIRM_NAME", "FIRM_ADDRESS", "FIRM_PHONE", "FIRM_EMAIL", "FIRM_SIRET")
# Printed on the bon d’intervention.
FIRM = {
    name: environment.text(f"FIRM_{name.upper()}", default)
    for name, default in (("name", "Fixaloop"), ("address", ""), ("phone", ""), ("email", ""), ("siret", ""))
}
# What the environment says of all this: the firm cannot say otherwise on its page (fixaloop/installation/firm.py).
GIVEN = frozenset(name for name in (*FIRM_VARIABLES, *FIRM_RULES, "WORK_HOURS") if environment.text(name))
# The journal: how long it is kept, at least a year, and whether it says who opened whose file.
AUDIT_DAYS = environment.number("AUDIT_DAYS", 366, least=366, most=MOST_DAYS)
AUDIT_OPENED = environment.flag("AUDIT_OPENED", default=True)
# When the worker does the work of the night; 24 for never, where cron does.
NIGHTLY_HOUR = environment.number("NIGHTLY_HOUR", 3, least=0, most=24)
EXPORT_BACKGROUND_ROWS = environment.number("EXPORT_BACKGROUND_ROWS", 20_000, least=0)

# What Prometheus shows to read `/metrics`; without it there is no such page, and nothing is counted.
METRICS_TOKEN = environment.secret("METRICS_TOKEN")
LOG_FORMAT = logs.log_format()
LOGGING = logs.configuration()
