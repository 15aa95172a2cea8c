"""Settings, from the environment. The embedded profile needs none."""

import warnings
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from django.conf.locale import LANG_INFO
from environs import Env, validate

from linkspan.accounts.rules import DECIDING, Role
from linkspan.kernel.bucket_address import store_url
from linkspan.site.broker_address import broker_url, bus_platform, bus_url, cache_url, collector_url
from linkspan.site.languages import whole_languages
from linkspan.site.logs import SHARED
from linkspan.site.mail_server import mail_settings
from linkspan.site.replica_address import replica_of
from linkspan.site.secrets import EarlierKeys, kept_seal, kept_secret

# XBlock's file system library still asks for pkg_resources at import; nothing we can change here.
warnings.filterwarnings("ignore", message="pkg_resources is deprecated")

env = Env()
PACKAGE = Path(__file__).resolve().parent.parent

# Reading the settings writes nothing: folder and keys are made by the commands that open the database, or at first use.
#: The folder of everything that is stored outside the database; read by its owner alone.
HOME = Path(env.str("LINKSPAN_HOME", "var")).resolve()
#: Signs sessions and links. By default a key is made once and kept in the home folder.
SECRET_KEY = env.str("LINKSPAN_SECRET_KEY", "") or kept_secret(HOME, "secret_key")
#: Encrypts documents at rest. By default a key is made once and kept in the home folder.
DOCUMENT_KEY = env.str("LINKSPAN_DOCUMENT_KEY", "") or kept_secret(HOME, "document_key")
#: Keys that signed before and still count, newest first, with commas: a new key signs nobody out.
SECRET_KEY_FALLBACKS: list[str] = env.list("LINKSPAN_EARLIER_SECRET_KEYS", []) or EarlierKeys(HOME, "secret_key")
#: Keys of documents that still open them, with commas, until `linkspan keys rotate` has encrypted all of them anew.
EARLIER_DOCUMENT_KEYS: list[str] = env.list("LINKSPAN_EARLIER_DOCUMENT_KEYS", []) or EarlierKeys(HOME, "document_key")
DOCUMENT_ROOT = HOME / "documents"
#: The store of documents and course files that several machines share, `s3://KEY:SECRET@HOST/BUCKET?region=REGION`
#: (`s3+http://` without TLS); it needs the extra `several`. Empty: they are in the home folder.
STORE_URL = store_url(env.str("LINKSPAN_STORE_URL", ""))
#: Where the heads of the audit trail are noted each day; better on a disk that only may be appended to.
TRAIL_NOTES = Path(env.str("LINKSPAN_TRAIL_NOTES", str(HOME / "trail-heads.jsonl"))).resolve()
#: A file of public keys of age or SSH, one a line, to whom `linkspan backup` encrypts; empty: it does not encrypt.
BACKUP_RECIPIENTS = env.str("LINKSPAN_BACKUP_RECIPIENTS", "")
#: Show traces in the browser. For developers; never on a server that others reach.
DEBUG = env.bool("LINKSPAN_DEBUG", False)
#: The Unix socket of clamd, which scans documents for viruses; empty: documents are marked as not scanned.
CLAMD_SOCKET = env.str("LINKSPAN_CLAMD", "")
#: Offer sign-in links for the people of the sample world; `linkspan demo` sets it.
DEMO = env.bool("LINKSPAN_DEMO", False)
#: The W3C VC API for systems of institutions; off unless an operator turns it on.
VC_API = env.bool("LINKSPAN_VC_API", False)
#: Who brings this token, as `Authorization: Bearer`, may read `/metrics`; empty: nobody by a token.
METRICS_TOKEN = env.str("LINKSPAN_METRICS_TOKEN", "")
#: A collector of traces that speaks OTLP over HTTP, such as http://127.0.0.1:4318, with the extra `telemetry`; empty:
#: nothing is traced.
OTLP_URL = collector_url(env.str("LINKSPAN_OTLP_URL", ""))
#: Whether programs on this machine may read `/metrics` without a token.
METRICS_LOOPBACK = env.bool("LINKSPAN_METRICS_LOOPBACK", False)
#: The public address of the site, as links, credentials and wallets name it.
BASE_URL = env.str("LINKSPAN_BASE_URL", "http://127.0.0.1:8000")
#: A second origin for course content, such as https://content.example.edu; empty: the site's own, sandboxed.
CONTENT_URL = env.str("LINKSPAN_CONTENT_URL", "").rstrip("/")
#: The address that people write to about their data, about barriers and about holes in the security of the site.
CONTACT = env.str("LINKSPAN_CONTACT", "")
#: How many days a person has to withdraw the wish to have their account deleted: 0 to 28.
DELETION_DAYS = env.int("LINKSPAN_DELETION_DAYS", 14, validate=validate.Range(0, 28))
#: For how many minutes an act that others are told of can be undone after it was confirmed: 0 to 1440.
UNDO_MINUTES = env.int("LINKSPAN_UNDO_MINUTES", 15, validate=validate.Range(0, 1440))
#: For how many days each kind of data is kept, such as `notices=180,mail=7`; `linkspan retention` lists the kinds.
RETENTION: dict[str, int] = env.dict("LINKSPAN_RETENTION", {}, subcast_values=int)
#: The short name of the institution whose issuer document stands at `/.well-known/did.json`.
INSTITUTION = env.str("LINKSPAN_INSTITUTION", "")
#: Key and certificate (PEM) that seal certificates and transcripts as PDF. By default a self-signed one is made.
PDF_SEAL = env.str("LINKSPAN_PDF_SEAL", "") or kept_seal(HOME, f"Linkspan at {BASE_URL}")
_verifiers = ["decentralized_identifier", "x509_hash", "x509_san_dns", "redirect_uri"]
#: How wallets know verifiers of this server: `decentralized_identifier`, `x509_hash`, `x509_san_dns`, `redirect_uri`.
WALLET_CLIENT = env.str("LINKSPAN_WALLET_CLIENT", "decentralized_identifier", validate=validate.OneOf(_verifiers))
#: Key (P-256) and certificates (PEM) by which wallets know this server, where they are to know it by a certificate.
WALLET_CERTIFICATE = env.str("LINKSPAN_WALLET_CERTIFICATE", "")
#: The profile of high assurance (HAIP 1.0): wallets push and show a key; verifiers have a certificate and hide answers.
HAIP = env.bool("LINKSPAN_HAIP", False)
#: The host names that the site answers to, with commas.
ALLOWED_HOSTS = env.list("LINKSPAN_HOSTS", ["127.0.0.1", "localhost", "[::1]", "testserver"])
if CONTENT_URL:
    ALLOWED_HOSTS.append(str(urlsplit(CONTENT_URL).hostname))
#: Host and port pairs on the loopback interface that may be called; for tests of two servers.
EXCHANGE_LOOPBACK: list[str] = env.list("LINKSPAN_EXCHANGE_LOOPBACK", [])
#: The authority that signed for those; for tests of two servers.
EXCHANGE_LOOPBACK_CA = env.str("LINKSPAN_EXCHANGE_LOOPBACK_CA", "")
CSRF_FAILURE_VIEW = "linkspan.web.refusals.refused_token"
#: The origins whose forms are taken, with commas.
CSRF_TRUSTED_ORIGINS = env.list("LINKSPAN_ORIGINS", [BASE_URL])

DOMAINS = [
    "kernel",
    "accounts",
    "messages",
    "institutions",
    "catalog",
    "finance",
    "enrolment",
    "courseware",
    "records",
    "exams",
    "credentials",
    "pathways",
    "admissions",
    "recognition",
    "outcomes",
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.saml",
    *[f"linkspan.{name}" for name in DOMAINS],
    "linkspan.web",
    "linkspan.site",
]
MIDDLEWARE = [
    "linkspan.site.middleware.HeadMiddleware",
    "linkspan.site.health.HealthMiddleware",
    "linkspan.site.middleware.NumberedMiddleware",
    "linkspan.site.metrics.MetricsMiddleware",
    "linkspan.site.middleware.PrivateMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "linkspan.web.content.ContentHost",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "linkspan.site.middleware.LanguageMiddleware",
    "linkspan.site.middleware.ActorMiddleware",
    "linkspan.web.refusals.RefusalMiddleware",
]
ROOT_URLCONF = "linkspan.site.urls"
WSGI_APPLICATION = "linkspan.site.wsgi.application"
_blocks = find_spec("xblocks_contrib")
assert _blocks is not None, "xblocks-contrib is not installed"
#: Of the problems that Open edX runs, found without loading them: as an application they would take a second.
CAPA_TEMPLATES = Path(str(_blocks.origin)).parent / "problem" / "capa" / "templates"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates", CAPA_TEMPLATES],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "linkspan.web.pages.context",
            ],
        },
    }
]

#: The database. PostgreSQL for more than one process; SQLite in the home folder needs nothing.
_database = env.dj_db_url("LINKSPAN_DATABASE_URL", f"sqlite:///{HOME / 'linkspan.sqlite3'}")
if _database["ENGINE"].endswith("sqlite3"):
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    #: For how many seconds a thread keeps its connection to PostgreSQL; a request that finds it cut opens another one.
    _database |= {"CONN_MAX_AGE": env.int("LINKSPAN_DATABASE_KEEP", 60), "CONN_HEALTH_CHECKS": True}
DATABASES = {"default": _database}
#: A streaming replica of that PostgreSQL, `postgres://NAME:WORD@HOST:PORT/NAME`: statistics, the dean's figures and the
#: auditors' lists are read there, and may be late. Nothing is written there. Empty: the one database answers all.
if env.str("LINKSPAN_DATABASE_REPLICA", ""):
    DATABASES["replica"] = replica_of(_database, env.dj_db_url("LINKSPAN_DATABASE_REPLICA"))
#: A replica that is further behind than so many seconds is not read: the primary answers.
REPLICA_SECONDS = env.int("LINKSPAN_REPLICA_SECONDS", 30)
DATABASE_ROUTERS = ["linkspan.kernel.replica.Router"]
#: The broker by which workers on several machines share the jobs, `redis://`, `rediss://`, `valkey://`, `amqp://` or
#: `amqps://NAME:WORD@HOST:PORT`; it needs PostgreSQL and the extra `several`. Empty: the worker looks by itself.
BROKER_URL = broker_url(env.str("LINKSPAN_BROKER_URL", ""))
#: The cache that all servers share, `redis://`, `rediss://` or `valkey://NAME:WORD@HOST:PORT/NUMBER`; it needs the
#: extra `several`. Empty: each process keeps counts and limits of sign-ins for itself.
if CACHE_URL := cache_url(env.str("LINKSPAN_CACHE_URL", "")):
    CACHES = {"default": {"BACKEND": "linkspan.site.shared_cache.SharedCache", "LOCATION": CACHE_URL}}
#: The event bus of an Open edX, `redis://`, `rediss://` or `valkey://NAME:WORD@HOST:PORT/NUMBER`; it needs the extra
#: `events`. Empty: none is read.
EVENT_BUS_URL = bus_url(env.str("LINKSPAN_EVENT_BUS_URL", ""))
#: The host of the Open edX that publishes there, such as courses.example.edu, as its connections name it.
EVENT_BUS_PLATFORM = bus_platform(env.str("LINKSPAN_EVENT_BUS_PLATFORM", ""), EVENT_BUS_URL)
#: The streams that are read, with commas, as that Open edX names them.
EVENT_BUS_STREAMS = env.list("LINKSPAN_EVENT_BUS_STREAMS", ["learning-certificate-lifecycle"])
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
#: The first keeps new passwords; the others read those that were kept before.
PASSWORD_HASHERS = ["linkspan.accounts.engines.passwords.Argon2id", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "linkspan.web.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "linkspan.web.sign_up.SignUpForm"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Nobody signs in before the address is confirmed. It is confirmed by a code, in the browser that signs in: a link would
# let whoever opens it confirm the account, and the password, of a stranger.
#: Whether an address must be confirmed before sign-in: `mandatory`, `optional` or `none`.
ACCOUNT_EMAIL_VERIFICATION = env.str("LINKSPAN_EMAIL_VERIFICATION", "optional" if DEMO else "mandatory")
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = ACCOUNT_EMAIL_VERIFICATION == "mandatory"
#: How often a minute people at one address may sign in, sign up or ask for a password: a campus has one address.
ADDRESS_LIMIT = env.int("LINKSPAN_ADDRESS_LIMIT", 600, validate=validate.Range(1))
ACCOUNT_RATE_LIMITS = {
    **dict.fromkeys(
        ["login", "signup", "reset_password_from_key", "application_token", "wallet_proof"], f"{ADDRESS_LIMIT}/m/ip"
    ),
    "register_application": "20/m/ip,100/d/ip",
    "application_put": "120/m/key",  # what all applications of a person put in: each badge is verified
    "reset_password": f"{ADDRESS_LIMIT}/m/ip,5/m/key",
    "request_login_code": f"{ADDRESS_LIMIT}/m/ip,3/m/key",
    "login_failed": "5/300s/key",  # only what failed counts, by account
}
SOCIALACCOUNT_ADAPTER = "linkspan.web.universities.SocialAdapter"
#: For how many hours a sign-in by an institution lasts: who left it is out after that.
INSTITUTION_SIGN_IN_HOURS = env.int("LINKSPAN_INSTITUTION_SIGN_IN_HOURS", 12)
_deciding = [] if DEMO else [*DECIDING]
#: The roles, with commas, that wait until their holder has a passkey or an authenticator app; empty: none.
SECOND_FACTOR_ROLES = env.list("LINKSPAN_SECOND_FACTOR", _deciding, validate=validate.ContainsOnly(Role))
MFA_ADAPTER = "linkspan.web.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = BASE_URL.startswith(("http://127.0.0.1", "http://localhost"))
LOGIN_REDIRECT_URL = "enrolment-dashboard"
LOGIN_URL = "account_login"
LOGOUT_REDIRECT_URL = "catalog-home"

#: The secret key of Stripe. Cards are offered where this and the webhook secret are set.
STRIPE_KEY = env.str("LINKSPAN_STRIPE_KEY", "")
#: The secret by which Stripe signs what it sends.
STRIPE_WEBHOOK_SECRET = env.str("LINKSPAN_STRIPE_WEBHOOK_SECRET", "")
#: The address of a stand-in for Stripe; empty: Stripe itself.
STRIPE_API_BASE = env.str("LINKSPAN_STRIPE_API_BASE", "")

#: The Django class that sends mail where no mail server is named; files in the home folder.
EMAIL_BACKEND = env.str("LINKSPAN_EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = HOME / "mail"
#: The mail server: `smtp://`, `smtp+tls://` or `smtps://NAME:PASSWORD@HOST:PORT`.
if _mail_server := env.str("LINKSPAN_EMAIL_URL", ""):
    globals().update(mail_settings(_mail_server))
#: How many seconds a mail server may be silent.
EMAIL_TIMEOUT = env.int("LINKSPAN_EMAIL_TIMEOUT", 10)
#: Whom mail comes from.
DEFAULT_FROM_EMAIL = env.str("LINKSPAN_FROM", "Linkspan <linkspan@localhost>")

LANGUAGE_CODE = "en"
#: Offer languages that are not whole, in which some texts are English, and a pseudo-locale that shows what cannot be
#: translated.
UNFINISHED = env.bool("LINKSPAN_UNFINISHED_LANGUAGES", DEBUG)
# Each by its own name. One is offered if its catalogue was whole when it was compiled (`linkspan.web.build_locales`).
LANGUAGES = [("en", "English"), ("es", "Español"), ("ar", "العربية"), ("en-xa", "Pseudo-locale")]
LANGUAGES = [one for one in LANGUAGES if UNFINISHED or one[0] in whole_languages(PACKAGE / "web/locale/whole.json")]
#: How many seconds a browser keeps the language that a visitor chose: a year.
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LOCALE_PATHS = [PACKAGE / "web" / "locale", HOME / "locale"]
LANG_INFO["en-xa"] = {"bidi": False, "code": "en-xa", "name": "Pseudo", "name_local": "Pseudo"}
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "web" / "static"]
# Hashed, compressed and kept for good where they were collected (`linkspan.site.collect`), as by `make setup`; else as
# they lie in the sources.
SERVED = PACKAGE / "web" / "served"
HASHED = "linkspan.site.static_files.Hashed"
_collected = SERVED.is_dir() and not DEBUG
STATIC_ROOT = SERVED if _collected else None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": HASHED if _collected else "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = not _collected
WHITENOISE_AUTOREFRESH = DEBUG

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "frame-src": ["'self'", *([CONTENT_URL] if CONTENT_URL else [])],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
#: For how many seconds browsers stay with https once they were here; it counts where the public address is https.
HSTS_SECONDS = env.int("LINKSPAN_HSTS_SECONDS", 31_536_000, validate=validate.Range(0))
SECURE_HSTS_SECONDS = HSTS_SECONDS if BASE_URL.startswith("https://") else 0
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BASE_URL.startswith("https://")
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # an installation speaks for its own host, not for those below it
    "security.W008",  # the proxy turns http into https: it alone knows how it was asked
    "security.W021",  # and does not put itself on the browsers' lists
]
#: How the log is written: `text` for people, `json` for programs, one object a line.
LOG_FORMAT = env.str("LINKSPAN_LOG_FORMAT", "text", validate=validate.OneOf(["text", "json"]))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"one line": {"()": "linkspan.site.logs.OneLine"}},
    "formatters": {"kept": {"()": "linkspan.site.logs.formatter", "kind": LOG_FORMAT}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "kept"},
        "one line": {"class": "logging.StreamHandler", "formatter": "kept", "filters": ["one line"]},
    },
    #: The least level that is logged: DEBUG, INFO, WARNING, ERROR.
    "root": {"handlers": ["stderr"], "level": env.str("LINKSPAN_LOG_LEVEL", "WARNING")},
    "loggers": {
        "waitress.queue": {"level": "ERROR"},  # that a request waits for a thread is no news
        # What others send is no fault of ours; and an address that is not found may be somebody's secret, half copied.
        "django.security": {"handlers": ["one line"], "propagate": False},
        "django.request": {"level": "ERROR"},
    },
}

# Standard output is for answers.
# By the standard library's handlers: to standard error, and a log that cannot be written ends no request.
structlog.configure(
    processors=[structlog.stdlib.filter_by_level, *SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
)

# What xblocks-contrib expects of the platform around it.
FEATURES: dict[str, bool] = {}
OPENEDX_TELEMETRY: list[str] = []
ENABLE_CODEJAIL_REST_SERVICE = True
CODE_JAIL_REST_SERVICE_REMOTE_EXEC = "linkspan.courseware.engines.sandbox.remote_exec"
COURSE_ROOT = HOME / "courses"
