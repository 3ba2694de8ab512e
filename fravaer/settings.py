"""What does this installation look like?

The one settings file. Everything that differs between installations comes from the environment, is read here once,
typed, and named in `docs/operations.md`. A missing or wrong value stops the start with its name.
"""

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import Env, validate

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env(eager=False)

DEBUG: bool = env.bool("DEBUG", False)
# A demonstration signs in by a click and shows the latest school day; accounts.checks refuses it elsewhere than on loopback.
DEMO: bool = env.bool("DEMO", False)
SECRET_KEY_FILE: str = env.str("SECRET_KEY_FILE", "")
if SECRET_KEY_FILE:
    try:
        SECRET_KEY = Path(SECRET_KEY_FILE).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"SECRET_KEY_FILE cannot be read: {error.strerror}") from None
    if len(SECRET_KEY) < 32:
        raise ImproperlyConfigured("SECRET_KEY_FILE holds fewer than 32 characters")
else:
    SECRET_KEY = env.str("SECRET_KEY", validate=validate.Length(min=32))
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost"])
# The address guardians' gateway and browsers reach us at; callback signatures are computed over it.
PUBLIC_BASE_URL: str = (
    env.str("PUBLIC_BASE_URL", "http://127.0.0.1:8000", validate=validate.Regexp(r"https?://[^/\s]+/?$"))
    or ""
).rstrip("/")
WAS_URL: str = env.str("WAS_URL", "")
LOG_LEVEL: str = env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR"]))

DATABASES = {"default": env.dj_db_url("DATABASE_URL", conn_max_age=300, conn_health_checks=True)}
# Where readings are noted, on a connection of its own: the same database, by a role of its own where there is one.
TRAIL_DATABASE_URL: str = env.str("TRAIL_DATABASE_URL", "")
if TRAIL_DATABASE_URL:
    DATABASES["trail"] = env.dj_db_url("TRAIL_DATABASE_URL", conn_max_age=300)
REDIS_URL: str = env.str("REDIS_URL", validate=validate.Regexp(r"rediss?://"))

TWILIO_BASE_URL: str = env.str("TWILIO_BASE_URL", "")
TWILIO_ACCOUNT_SID: str = env.str("TWILIO_ACCOUNT_SID", "")
TWILIO_AUTH_TOKEN: str = env.str("TWILIO_AUTH_TOKEN", "")
TWILIO_FROM: str = env.str("TWILIO_FROM", "")
# What numbers that want no SMS are hashed with; without one, SECRET_KEY.
OPT_OUT_KEY: str = env.str("OPT_OUT_KEY", "")
# The most the provider takes from our sender, of all workers together; 0 for any number.
SMS_PER_SECOND: float = env.float("SMS_PER_SECOND", 0.0, validate=validate.Range(min=0))

EMAIL_HOST: str = env.str("EMAIL_HOST", "")
EMAIL_PORT: int = env.int("EMAIL_PORT", 587, validate=validate.Range(min=1, max=65535))
EMAIL_HOST_USER: str = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD: str = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS: bool = env.bool("EMAIL_USE_TLS", True)
MAIL_FROM: str = env.str("MAIL_FROM", "")

# Where files of cases are kept: outside everything that is served, in the backup, and the same for web and worker.
FRAVAER_DOCUMENTS: str = env.str("FRAVAER_DOCUMENTS", str(BASE_DIR / ".fravaer" / "documents"))
# Where files somebody asked for lie until they are fetched: as above, but in no backup.
FRAVAER_EXPORTS: str = env.str("FRAVAER_EXPORTS", str(BASE_DIR / ".fravaer" / "exports"))
# The journal a restored copy learns from: on another disk than the database, in no backup of it, the same for web and worker.
FRAVAER_JOURNAL: str = env.str("FRAVAER_JOURNAL", str(BASE_DIR / ".fravaer" / "journal"))

# Where packages for an archive are put before what they hold is deleted; none is written without it.
FRAVAER_ARCHIVE: str = env.str("FRAVAER_ARCHIVE", "")

# Whether CPR numbers are taken from the roster and kept, sealed; most installations need none.
KEEP_CPR: bool = env.bool("KEEP_CPR", False)
# The folder with the keys numbers, notes and files are sealed with; a development machine makes its own.
FIELD_KEYS: str = env.str("FIELD_KEYS", str(BASE_DIR / ".fravaer" / "keys") if DEBUG or DEMO else "")
# Where the head of the trail's chain is kept outside the database, and what it is signed with.
AUDIT_ANCHOR_FILE: str = env.str("AUDIT_ANCHOR_FILE", "")
AUDIT_ANCHOR_MAIL: str = env.str("AUDIT_ANCHOR_MAIL", "")
AUDIT_ANCHOR_KEY_FILE: str = env.str("AUDIT_ANCHOR_KEY_FILE", "")

SMALL_CELL_N: int = env.int("SMALL_CELL_N", 5, validate=validate.Range(min=3))
SMALL_DENOM: int = env.int("SMALL_DENOM", 10, validate=validate.Range(min=3))
DRAW_MINUTES: int = env.int("DRAW_MINUTES", 10, validate=validate.Range(min=0, max=1440))
CHILDREN_AN_HOUR: int = env.int("CHILDREN_AN_HOUR", 60, validate=validate.Range(min=5))
# The municipality's own login by OpenID Connect; without an issuer people sign in with a password and a second factor.
OIDC_ISSUER: str = env.str("OIDC_ISSUER", "", validate=validate.Regexp(r"(https?://[^\s]+)?$")) or ""
OIDC_CLIENT_ID: str = env.str("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET_FILE: str = env.str("OIDC_CLIENT_SECRET_FILE", "")
OIDC_LABEL: str = env.str("OIDC_LABEL", "")
OIDC_SCOPES: str = env.str("OIDC_SCOPES", "openid profile email")
# Which level is asked for, and which words of the login stand for which level: low, substantial or high.
OIDC_ACR_VALUES: str = env.str("OIDC_ACR_VALUES", "")
OIDC_LEVELS: dict[str, str] = env.dict("OIDC_LEVELS", {})
OIDC_CLAIM_EMAIL: str = env.str("OIDC_CLAIM_EMAIL", "email")
OIDC_CLAIM_NAME: str = env.str("OIDC_CLAIM_NAME", "name")
OIDC_CLAIM_STAFF_KEY: str = env.str("OIDC_CLAIM_STAFF_KEY", "")
OIDC_CLAIM_USER_TYPE: str = env.str("OIDC_CLAIM_USER_TYPE", "")
OIDC_CLAIM_GRANTS: str = env.str("OIDC_CLAIM_GRANTS", "")
OIDC_LINK_BY_EMAIL: bool = env.bool("OIDC_LINK_BY_EMAIL", False)
OIDC_LOW_REGISTER: bool = env.bool("OIDC_LOW_REGISTER", False)
# The proxies in front, whose word about where a request comes from is believed; others' is not.
TRUSTED_PROXIES: list[str] = env.list("TRUSTED_PROXIES", [])
SESSION_IDLE_MINUTES: int = env.int("SESSION_IDLE_MINUTES", 60, validate=validate.Range(min=5))
SESSION_ABSOLUTE_HOURS: int = env.int("SESSION_ABSOLUTE_HOURS", 10, validate=validate.Range(min=1))

HTTPS: bool = PUBLIC_BASE_URL.startswith("https://")
env.seal()
_LOOPBACK = {"127.0.0.1", "localhost", "[::1]", "::1"}
for _name, _is_on in (("DEBUG", DEBUG), ("DEMO", DEMO)):
    # A web server asks no system check before it starts.
    if _is_on and (HTTPS or not {*ALLOWED_HOSTS, urlsplit(PUBLIC_BASE_URL).hostname} <= _LOOPBACK):
        raise ImproperlyConfigured(
            f"{_name} must be off where ALLOWED_HOSTS or PUBLIC_BASE_URL names more than this machine"
        )
OIDC_CLIENT_SECRET = ""
if OIDC_ISSUER:
    try:
        OIDC_CLIENT_SECRET = Path(OIDC_CLIENT_SECRET_FILE).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"OIDC_CLIENT_SECRET_FILE cannot be read: {error.strerror}") from None
    if not (OIDC_CLIENT_ID and OIDC_CLIENT_SECRET):
        raise ImproperlyConfigured("OIDC_ISSUER needs OIDC_CLIENT_ID and a secret in OIDC_CLIENT_SECRET_FILE")
if not set(OIDC_LEVELS.values()) <= {"low", "substantial", "high"}:
    raise ImproperlyConfigured("OIDC_LEVELS must say low, substantial or high of each word")
if EMAIL_HOST and "@" not in MAIL_FROM:
    raise ImproperlyConfigured("MAIL_FROM must say which address reminders come from when EMAIL_HOST is set")
if (AUDIT_ANCHOR_FILE or AUDIT_ANCHOR_MAIL) and not AUDIT_ANCHOR_KEY_FILE:
    raise ImproperlyConfigured("AUDIT_ANCHOR_KEY_FILE must name the key that what is anchored is signed with")
if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL must name a Postgres database: postgres://…")
# Statements that count everybody look dear to the planner and take less time than compiling them would.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c jit=off")
DATABASES.setdefault("trail", {**DATABASES["default"], "CONN_HEALTH_CHECKS": False})
# A page waits for its entry this long (milliseconds), and is then refused.
DATABASES["trail"]["OPTIONS"] = {
    "connect_timeout": 5,
    **DATABASES["trail"].get("OPTIONS", {}),
    "options": "-c jit=off -c statement_timeout=5000",
}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "fravaer.core",
    "fravaer.audit",
    "fravaer.schools",
    "fravaer.accounts",
    "fravaer.absence",
    "fravaer.sms",
    "fravaer.cases",
    "fravaer.reports",
    "fravaer.oversight",
    "fravaer.keeping",
    "fravaer.synthetic",
]

MIDDLEWARE = [
    "fravaer.core.headers.Headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "fravaer.core.language.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "fravaer.core.typable.Typable",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "fravaer.accounts.middleware.SessionLimits",
    "fravaer.accounts.middleware.ScopeOfRequest",
    "fravaer.oversight.refusals.RefusalsNoted",
    "fravaer.audit.middleware.NothingUnnoted",
    "fravaer.core.access.DeclaredActionMiddleware",
    "fravaer.accounts.opening.ManyChildren",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "fravaer.urls"
WSGI_APPLICATION = "fravaer.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "fravaer.navigation.context",
            ]
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
DJANGO_TABLES2_TEMPLATE = "components/table.html"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "fravaer.accounts.passwords.Passwords"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

# A colleague elsewhere cannot be locked out by somebody guessing: the lock is on the pair of account and address.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "fravaer.accounts.forms.account_tried"
AXES_CLIENT_IP_CALLABLE = "fravaer.accounts.origin.address"
AXES_FAILURE_LIMIT = 6
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# The trail notes who began a session; addresses and browsers of those who did nothing wrong are kept nowhere else.
AXES_DISABLE_ACCESS_LOG = True

LANGUAGE_CODE = "da"
LANGUAGES = [("da", _("Danish")), ("en", _("English"))]
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [
    BASE_DIR / "locale" / app
    for app in (
        *("core", "audit", "schools", "accounts", "absence", "sms", "cases", "reports", "oversight"),
        "keeping",
        "synthetic",
    )
]
FORMAT_MODULE_PATH = ["fravaer.core.formats"]
TIME_ZONE = "Europe/Copenhagen"
USE_TZ = True

# A demonstration writes its reminders to the worker's log; an installation without a mail server reminds on its pages alone.
EMAIL_BACKEND = (
    f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console' if DEMO else 'dummy'}.EmailBackend"
)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = MAIL_FROM or "fravaer@localhost"

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# A browser takes a name that begins so from this host alone, over https, and for all of its paths.
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrftoken"
SESSION_ENGINE = "fravaer.accounts.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# A session is ended by us, who know whose it was when a form comes too late: its row and cookie last a night longer.
SESSION_COOKIE_AGE = (SESSION_ABSOLUTE_HOURS + 14) * 3600
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "fravaer.core.errors.csrf_failure"
LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "frame-src": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FILES = 1
FILE_UPLOAD_HANDLERS = [
    "fravaer.core.uploads.Capped",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
]
# Everything `Capped` lets through stays in memory: nothing that was sent lies open on a disk.
FILE_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A killed worker's job comes back within seconds, not after the default hour.
    "visibility_timeout": 300,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A worker with both this and gossip off was seen to hear nothing any more after its broker had been killed.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = True
# A call under way when a worker is to go at once may still end.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 25.0
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"fravaer.sms.tasks.*": {"queue": "sms"}}
CELERY_TIMEZONE = TIME_ZONE
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"scrub": {"()": "fravaer.core.logs.Scrub"}},
    "formatters": {"json": {"()": "fravaer.core.logs.json_formatter"}},
    "handlers": {"stdout": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["scrub"]}},
    "root": {"handlers": ["stdout"], "level": LOG_LEVEL},
    # The twilio client logs telephone numbers at INFO.
    "loggers": {"twilio": {"level": "ERROR"}, "axes": {"level": "WARNING"}},
}
