"""Every setting of the product. Secrets and addresses come from the environment; odd values are refused.

See docs/operators.md for the list of variables with their defaults.
"""

import os
from pathlib import Path
from zoneinfo import ZoneInfo

import environ
from csp.constants import NONE, SELF
from psycopg import IsolationLevel

from leadcrm.lib.env import (
    broker_url,
    named_keys,
    one_key,
    one_of,
    positive_int,
    service_url,
    time_zone,
    whole_number,
)
from leadcrm.lib.logs import logging_for

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- What every installation decides -----------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
# Without a key Django refuses to start; `make run` makes one and keeps it in DATA_DIR.
SECRET_KEY = env.str("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Seal what is kept as evidence only: the first seals, all of them open (leadcrm/lib/sealing.py).
EVIDENCE_KEYS = named_keys("EVIDENCE_KEYS", env.str("EVIDENCE_KEYS", default=""))
# Recognises erased people who must not be contacted, by digests nobody without it can guess at; never changes.
LOOKUP_KEY = one_key("LOOKUP_KEY", env.str("LOOKUP_KEY", default=""))
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000").rstrip("/")
# Number of proxies in front that append to X-Forwarded-For; 0 trusts the socket's address alone.
TRUSTED_PROXIES = whole_number("TRUSTED_PROXIES", 0, most=10)
HTTPS = env.bool("HTTPS", default=PUBLIC_URL.startswith("https://"))

AGENCY_NAME = env.str("AGENCY_NAME", default="Example Insurance Agency")
# Other names under which a consent wording may name the agency.
AGENCY_ALSO_NAMED = env.list("AGENCY_ALSO_NAMED", default=[])
# Under every commercial e-mail (15 USC 7704(a)(5)); without it no e-mail is sent from a lead's page.
AGENCY_POSTAL_ADDRESS = env.str("AGENCY_POSTAL_ADDRESS", default="").strip()
AGENCY_TIME_ZONE = time_zone(env.str("AGENCY_TIME_ZONE", default="America/New_York"))
AGENCY_ZONE = ZoneInfo(AGENCY_TIME_ZONE)

# May agents set their own working hours on their page? Else managers do, in the admin.
AGENTS_SET_HOURS = env.bool("AGENTS_SET_HOURS", default=False)
RENEWAL_DAYS = whole_number("RENEWAL_DAYS", 30, most=365)
# Seconds after which a lead that came while no page of its agent was open is told of by e-mail.
NOTICE_MAIL_AFTER = positive_int("NOTICE_MAIL_AFTER", 90, most=3600)

# --- Django --------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "leadcrm",
    "intake",
    "compliance",
    "agents",
    "leadcrm.lib.admin.config.ManagerAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "axes",
    "django_otp",
]

MIDDLEWARE = [
    # Answers the polls of open pages, many a second, and nothing else.
    "agents.views.polling.PollMiddleware",
    "leadcrm.lib.frontdoor.FrontDoorMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "leadcrm.lib.actor.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "agents.second_factor.gate.SecondFactorGate",
    "axes.middleware.AxesMiddleware",
    # Last: what it makes of an answer gets the cookies of those above.
    "leadcrm.lib.kept.KeptWordsMiddleware",
]

ROOT_URLCONF = "leadcrm.urls"
WSGI_APPLICATION = "leadcrm.wsgi.application"
APPEND_SLASH = False

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
            ],
        },
    },
]

AUTH_USER_MODEL = "leadcrm.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "queue"
LOGOUT_REDIRECT_URL = "login"

# Second factor: whoever likes (optional), nobody (off), or who must have one before any page opens.
SECOND_FACTOR = one_of("SECOND_FACTOR", ("optional", "off", "staff", "everyone"))

# Its pages would sort and search what has no index; ours do not (leadcrm.admin_logins).
AXES_ENABLE_ADMIN = False
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
# The name of the field in the form, which Django calls username although an e-mail address is typed there.
AXES_USERNAME_FORM_FIELD = "username"
AXES_CLIENT_IP_CALLABLE = "leadcrm.lib.client.client_ip"

LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
FORMAT_MODULE_PATH = "leadcrm.formats"
TIME_ZONE = AGENCY_TIME_ZONE

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Where the truth is kept -----------------------------------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL", default="postgres://leadcrm@127.0.0.1:5432/leadcrm")}
DATABASES["default"].update(
    CONN_MAX_AGE=whole_number("CONN_MAX_AGE", 60),
    CONN_HEALTH_CHECKS=True,
)
DATABASES["default"].setdefault("OPTIONS", {}).update(
    # A dead database must turn into a 503 within seconds, a stuck lock into an error a vendor can retry.
    connect_timeout=5,
    options="-c lock_timeout=10s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s "
    # Prepared statements (leadcrm.lib.db alone makes them) are planned once a connection.
    # A page is read at random for little more than in a row (memory, SSD): else the plans made while a table is
    # still tiny would read it whole, and be kept while it grows.
    # Compiling a plan takes half a second that no statement of ours is worth.
    "-c plan_cache_mode=force_generic_plan -c random_page_cost=1.1 -c jit=off",
    # "Take the lock, then read what it protects" needs a fresh snapshot for each statement.
    isolation_level=IsolationLevel.READ_COMMITTED,
    prepare_threshold=whole_number("PREPARE_THRESHOLD", 5) or None,
)

# --- Mail: agents' e-mails, and the head of the evidence for whoever keeps it outside -------------------

EMAIL_HOST = env.str("EMAIL_HOST", default="localhost")
EMAIL_PORT = positive_int("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = 20
# For trying things out: every mail becomes a file in this folder, and nobody gets it.
EMAIL_FOLDER = env.str("EMAIL_FOLDER", default="").strip()
if EMAIL_FOLDER:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = EMAIL_FOLDER
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="leadcrm@localhost")

# --- Celery: the doorbell ----------------------------------------------------------------------------

CELERY_BROKER_URL = broker_url("CELERY_BROKER_URL", "redis://127.0.0.1:6379/0")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = AGENCY_TIME_ZONE
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A dead broker must not hold up a vendor's answer: the sweep finds the row anyway.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 0.5,
    "socket_timeout": 2.0,
    "retry_on_timeout": False,
    "max_retries": 0,
}

# --- Metrics for Prometheus: nobody is told anything unless this says so ----------------------------------

METRICS = one_of("METRICS", ("off", "loopback", "token"))
METRICS_TOKEN = env.str("METRICS_TOKEN", default="").strip()
METRICS_DIR = env.str("METRICS_DIR", default="").strip() if METRICS != "off" else ""
METRICS_SECONDS = positive_int("METRICS_SECONDS", 15, most=300)
if METRICS_DIR:
    Path(METRICS_DIR).mkdir(parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = METRICS_DIR  # where prometheus_client looks when it is loaded

# --- The front door ------------------------------------------------------------------------------------

MAX_BODY_BYTES = positive_int("MAX_BODY_BYTES", 256 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["intake.api.auth.SourceKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "intake.api.renderers.ResultXMLRenderer",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "leadcrm.lib.api_errors.handle",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "intake.api.renderers.AnyAccept",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "leadcrm lead intake",
    "DESCRIPTION": "Post a lead, get a decision at once, read it back.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "intake.api.schema.without_trailing_slash",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
}

# --- Certificates of consent: without a key a service is off, and the pages say so ----------------------------

TRUSTEDFORM_API_KEY = env.str("TRUSTEDFORM_API_KEY", default="").strip()
TRUSTEDFORM_BASE_URL = service_url("TRUSTEDFORM_BASE_URL", "https://cert.trustedform.com")
JORNAYA_LAC = env.str("JORNAYA_LAC", default="").strip()
JORNAYA_LAK = env.str("JORNAYA_LAK", default="").strip()
JORNAYA_LPC = env.str("JORNAYA_LPC", default="").strip()
JORNAYA_BASE_URL = service_url("JORNAYA_BASE_URL", "https://api.leadid.com")
# Seconds that one background call to either may take in all (compliance.certificates.retaining says why not more).
CERTIFICATE_TIMEOUT = positive_int("CERTIFICATE_TIMEOUT", 10, most=20)

# --- Outside scrub services: each is off without its key -------------------------------------------------------

BLACKLIST_ALLIANCE_KEY = env.str("BLACKLIST_ALLIANCE_KEY", default="").strip()
BLACKLIST_ALLIANCE_BASE_URL = service_url("BLACKLIST_ALLIANCE_BASE_URL", "https://api.blacklistalliance.net")
DNC_COM_LOGIN_ID = env.str("DNC_COM_LOGIN_ID", default="").strip()
DNC_COM_PROJECT_ID = env.str("DNC_COM_PROJECT_ID", default="").strip()
DNC_COM_CAMPAIGN_ID = env.str("DNC_COM_CAMPAIGN_ID", default="").strip()
DNC_COM_BASE_URL = service_url("DNC_COM_BASE_URL", "https://www.dncscrub.com")
REAL_PHONE_VALIDATION_TOKEN = env.str("REAL_PHONE_VALIDATION_TOKEN", default="").strip()
REAL_PHONE_VALIDATION_BASE_URL = service_url(
    "REAL_PHONE_VALIDATION_BASE_URL", "https://api.realvalidation.com"
)

# --- Texts and bridged calls: off without a provider; tel: links always work -----------------------------------------

TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", default="").strip()
TWILIO_AUTH_TOKEN = env.str("TWILIO_AUTH_TOKEN", default="").strip()
TWILIO_FROM = env.str("TWILIO_FROM", default="").strip()
TWILIO_MESSAGING_SERVICE_SID = env.str("TWILIO_MESSAGING_SERVICE_SID", default="").strip()
TWILIO_BASE_URL = service_url("TWILIO_BASE_URL", "https://api.twilio.com")
# Which provider: “twilio”, “off”, or empty for Twilio as soon as its account is set.
TELEPHONY = env.str("TELEPHONY", default="").strip() or ("twilio" if TWILIO_ACCOUNT_SID else "off")
# --- Webhooks ------------------------------------------------------------------------------------------------

# Hosts inside your own network that webhooks may reach, though their addresses are not public, also by http.
WEBHOOK_PRIVATE_HOSTS = env.list("WEBHOOK_PRIVATE_HOSTS", default=[])
# How long events and the log of their deliveries are kept.
WEBHOOK_DAYS = positive_int("WEBHOOK_DAYS", 30)

# --- Pings -----------------------------------------------------------------------------------------------------

# How long pings are kept once they have ended.
PING_DAYS = positive_int("PING_DAYS", 90)

# --- Imports of leads: the largest file; processes that take lines at a time; how long a file is kept once done with --
IMPORT_MAX_BYTES = positive_int("IMPORT_MAX_BYTES", 512 * 1024 * 1024)
IMPORT_WORKERS = positive_int("IMPORT_WORKERS", 1)
IMPORT_DAYS = positive_int("IMPORT_DAYS", 30)

# --- Browsers --------------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "leadcrm.lib.kept.stale_form"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = False if DEBUG else HTTPS
SECURE_REDIRECT_EXEMPT = [r"^api/", r"^healthz", r"^readyz", r"^metrics"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = whole_number("SECURE_HSTS_SECONDS", 31_536_000 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
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
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Logs: ids only, never a name, a phone, an e-mail or a key -------------------------------------------------

LOG_FORMAT = one_of("LOG_FORMAT", ("console", "json") if DEBUG else ("json", "console"))
LOG_LEVEL = one_of("LOG_LEVEL", ("info", "debug", "warning", "error", "critical")).upper()
LOGGING = logging_for(form=LOG_FORMAT, level=LOG_LEVEL)
LOGGING_CONFIG = "leadcrm.lib.logs.set_up"
