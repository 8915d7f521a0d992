"""All settings on one page. Each variable of the environment: docs/architecture.md names it with unit and default."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from csp.constants import NONCE, NONE, SELF
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from summit.config.env import env_bool, env_int, env_list, env_str

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR = Path(env_str("PARLEY_VAR", str(BASE_DIR / "var")))  # database, uploads, exports, sockets, logs
VAR.mkdir(parents=True, exist_ok=True)

# ── Who we are ────────────────────────────────────────────────────────────────────────────────────────────────
DEMO = env_bool("PARLEY_DEMO")  # demo summit, reusable demo links, a demo secret
DEBUG = env_bool("PARLEY_DEBUG")
DEMO_SECRET = "demo-only-not-a-secret"  # noqa: S105  refused below unless DEMO
SECRET_KEY = env_str("PARLEY_SECRET_KEY", DEMO_SECRET)
if not DEMO and (SECRET_KEY == DEMO_SECRET or len(SECRET_KEY) < 32):
    raise ImproperlyConfigured("Set PARLEY_SECRET_KEY to at least 32 random characters, or PARLEY_DEMO=1 for a demo.")
if DEBUG and not DEMO:
    raise ImproperlyConfigured("PARLEY_DEBUG shows internals to everyone; it works only together with PARLEY_DEMO=1.")

ORIGIN = env_str("PARLEY_ORIGIN", "http://localhost:8000")  # public address, no slash at the end
SECURE = ORIGIN.startswith("https://")
ALLOWED_HOSTS = env_list("PARLEY_HOSTS", "localhost,.localhost,127.0.0.1")
CSRF_TRUSTED_ORIGINS = [ORIGIN]
TRUSTED_PROXIES = env_int("PARLEY_TRUSTED_PROXIES", 0)  # proxies in front whose X-Forwarded-For we believe

# ── Parts ─────────────────────────────────────────────────────────────────────────────────────────────────────
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "summit.config.apps.OrganisersConfig",  # django.contrib.admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.forms",  # its widgets' templates, now that FORM_RENDERER looks where pages look
    "django.contrib.humanize",  # allauth says when a passkey was added
    "servestatic",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "summit",
    "rooms",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "summit.config.urls"
ASGI_APPLICATION = "summit.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "summit.config.pages.frame",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # finds templates/admin/rows.html

# ── Data ──────────────────────────────────────────────────────────────────────────────────────────────────────
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def _database(url: str) -> dict[str, object]:
    """SQLite in VAR, or what DATABASE_URL says. SQLite writes begin IMMEDIATE: deferred ones fail at once under load."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR / "parley.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,  # s
                # secure_delete: what a corridor wrote is overwritten, not left in free pages.
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;"
                "PRAGMA secure_delete=ON",
            },
            "TEST": {"NAME": VAR / "test.sqlite3"},  # a file: several threads and processes share it
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgres://, or be left out for SQLite.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 0,  # under ASGI, connections are handed out by a pool instead
        "CONN_HEALTH_CHECKS": True,  # the first request after a restart of the database works
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8, "timeout": 3}, "connect_timeout": 3},  # s
    }


DATABASES = {"default": _database(env_str("DATABASE_URL"))}
REDIS_URL = env_str("REDIS_URL", f"unix://{VAR / 'valkey.sock'}")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"{REDIS_URL}?db=1"}}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            # Rooms wait for news 5 s at a time (channels_redis), so the library's own 5 s would end every quiet wait as a fault.
            "hosts": [{"address": REDIS_URL, "socket_timeout": 20}],
            "capacity": 1000,  # messages a socket may fall behind before some are dropped; versions show the gap
            "expiry": 30,  # s
            "symmetric_encryption_keys": [SECRET_KEY],
        },
    }
}
METRICS_TOKEN = env_str("PARLEY_METRICS_TOKEN")  # whoever shows it may read /metrics; without it nobody may
MEDIA_DOOR = env_str("MEDIA_DOOR", f"unix://{VAR / 'media.sock'}")
MEDIA_DOORS = env_list("PARLEY_MEDIA_DOORS") or [MEDIA_DOOR]  # of all nodes; rooms are spread over them
MEDIA_DOOR_TOKEN = env_str("MEDIA_DOOR_TOKEN")
WEB_ADDRESS = env_str("PARLEY_WEB_ADDRESS")  # http://host:port at which other web processes reach this one
TURN_URLS = env_list("PARLEY_TURN_URLS")  # relays for pages whose network lets no UDP out
TURN_SECRET = env_str("PARLEY_TURN_SECRET")  # the relay's static-auth-secret

FILES = VAR / "files"  # uploads and exports; never served by name
EXPORTS = VAR / "exports"
RECORDINGS = Path(env_str("PARLEY_RECORDINGS_DIR", str(VAR / "recordings")))  # the media node writes here, we read
UPLOAD_LIMIT = 25 * 1024 * 1024  # bytes of one paper
MEDIA_ROOT = FILES
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "summit.config.static.Storage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# ── Sign-in ───────────────────────────────────────────────────────────────────────────────────────────────────
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTH_USER_MODEL = "summit.User"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_VERIFICATION = "none"  # an invitation link is the proof of the address
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_ADAPTER = "summit.credentials.adapter.InvitationOnly"
ACCOUNT_LOGOUT_ON_GET = False
# Two hundred delegates may sit behind one address; guessing at one account stays at five tries in five minutes.
ACCOUNT_RATE_LIMITS = {"login": "600/m/ip", "login_failed": "60/m/ip,5/5m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600  # s; then a dangerous act asks again (summit/credentials/stepup.py)


def _provider(key: str) -> dict[str, Any]:
    """An identity provider of PARLEY_OIDC: `unog` is told by PARLEY_OIDC_UNOG_ISSUER, _CLIENT, _SECRET, _DOMAINS, _NAME."""
    name = f"PARLEY_OIDC_{key.upper().replace('-', '_')}"
    found = {part: env_str(f"{name}_{part.upper()}") for part in ("issuer", "client", "secret")}
    domains = [one.lower() for one in env_list(f"{name}_DOMAINS")]
    if missing := [part for part, value in {**found, "domains": domains}.items() if not value]:
        raise ImproperlyConfigured(f"PARLEY_OIDC names {key!r}, but {name}_{missing[0].upper()} is not set.")
    if not found["issuer"].startswith("https://") and not DEMO:
        raise ImproperlyConfigured(f"{name}_ISSUER must begin with https://.")
    return {"id": key, "name": env_str(f"{name}_NAME", key), "domains": domains, **found}


OIDC = [_provider(key) for key in env_list("PARLEY_OIDC")]  # whom they may vouch for: summit/credentials/sso.py
SOCIALACCOUNT_ADAPTER = "summit.credentials.sso.Ministries"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": one["id"], "name": one["name"], "client_id": one["client"], "secret": one["secret"],
                "settings": {"server_url": one["issuer"], "domains": one["domains"]},
            }
            for one in OIDC
        ],
    }
}  # fmt: skip
# A passkey belongs to a host name and a trusted certificate; `up --lan` has neither, only an address.
PASSKEYS = not re.fullmatch(r"[\d.]+|.*:.*", urlsplit(ORIGIN).hostname or "")
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", *(["webauthn"] if PASSKEYS else [])]
MFA_PASSKEY_LOGIN_ENABLED = PASSKEYS
MFA_ADAPTER = "summit.credentials.adapter.Passkeys"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_FORMS = {
    "add_webauthn": "summit.credentials.forms.AddKeyForm", "edit_webauthn": "summit.credentials.forms.RenameKeyForm",
}  # fmt: skip
STAFF_SECOND_FACTOR = env_bool("PARLEY_STAFF_SECOND_FACTOR", not DEMO)  # /admin/ opens only to accounts that have one
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE  # browsers accept passkeys on localhost without TLS
MFA_TOTP_ISSUER = "Parley"

SESSION_ENGINE = "django.contrib.sessions.backends.db"  # Valkey may be flushed; nobody is signed out by that
SESSION_COOKIE_AGE = 12 * 3600  # s
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "parley_session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "parley_csrf"
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # who serves plain HTTP redirects: that is the proxy, not we

# Paper, stage and sign-in pages obey this. /admin/ is the one exception (summit/config/organising.py).
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "blob:", "data:"],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["lit-html", "parley"],  # the library that draws, and static/js/trusted.js
    }
}

# ── The organisers' pages (Unfold), in the colours of static/css/tokens.css ──────────────────────────────────
UNFOLD = {
    "SITE_TITLE": "Parley",
    "SITE_HEADER": _("Organise the summit"),
    "SITE_URL": "/",
    "SHOW_HISTORY": False,  # the journal is the history
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "6px",
    "DASHBOARD_CALLBACK": "summit.config.attention.attention",
    "STYLES": [lambda request: static("css/admin.css")],
    "SIDEBAR": {"navigation": "summit.config.organising.navigation"},
    "COLORS": {
        "base": {
            "50": "#fbfaf7", "100": "#f3f1ea", "200": "#e3dfd4", "300": "#c9c5ba", "400": "#8a93a3", "500": "#5b6475",
            "600": "#474f5f", "700": "#343c4d", "800": "#1f2738", "900": "#12161f", "950": "#0d1320",
        },
        "primary": {
            "50": "#eef5fc", "100": "#d9e9f8", "200": "#b4d3f1", "300": "#85b8e8", "400": "#4d95d8", "500": "#2478c3",
            "600": "#0b5cad", "700": "#094c8f", "800": "#093e73", "900": "#0a335d", "950": "#14213d",
        },
        "font": {
            "subtle-light": "#5b6475", "subtle-dark": "#a3adbd", "default-light": "#343c4d", "default-dark": "#c9c5ba",
            "important-light": "#14213d", "important-dark": "#e8ebf1",
        },
    },
}  # fmt: skip

# ── Languages and time ────────────────────────────────────────────────────────────────────────────────────────
USE_I18N = USE_TZ = True
LANGUAGE_CODE = "en"
LANGUAGES = [  # of the interface, complete at all times: those of the United Nations
    ("en", _("English")), ("fr", _("French")), ("es", _("Spanish")), ("ar", _("Arabic")), ("ru", _("Russian")),
    ("zh", _("Chinese")),
]  # fmt: skip
LANG_INFO["zh"] = LANG_INFO["zh-hans"] | {"code": "zh"}  # Django names Chinese by its script only
CONTENT_LANGUAGES = [code for code, _name in LANGUAGES]  # names and titles may be given in these
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["summit.config.formats"]  # 22 November 2026, 14:00
TIME_ZONE = "UTC"

# ── Letters ───────────────────────────────────────────────────────────────────────────────────────────────────
_mail = urlsplit(env_str("EMAIL_URL"))  # smtp://, smtps:// or smtp+tls:// user:password@host:port
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if _mail.hostname else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = VAR / "mail"  # without EMAIL_URL letters are written here
EMAIL_HOST, EMAIL_PORT = _mail.hostname or "localhost", _mail.port or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
EMAIL_USE_SSL = _mail.scheme == "smtps"
EMAIL_USE_TLS = _mail.scheme == "smtp+tls"  # STARTTLS, usual on port 587
EMAIL_TIMEOUT = 10  # s; a silent mail server never holds up an organiser
DEFAULT_FROM_EMAIL = env_str("PARLEY_FROM", "Parley <parley@localhost>")
BOUNCES = env_str("PARLEY_BOUNCES")  # address that undeliverable letters come back to; else the sender's

# ── Celery ────────────────────────────────────────────────────────────────────────────────────────────────────
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://") + ("?virtual_host=0" if "unix" in REDIS_URL else "")
CELERY_RESULT_BACKEND = None  # results live in our own tables
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 300  # s
CELERY_WORKER_CONCURRENCY = 1
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2}  # s; whoever rings for work waits no longer
CELERY_BEAT_SCHEDULE = {
    "outbox": {"task": "summit.record.tasks.relay", "schedule": 5.0},
    "notices": {"task": "summit.notices.tasks.look", "schedule": 5.0},
    "bilaterals": {"task": "summit.bilaterals.tasks.forget", "schedule": 3600.0},
    "search": {"task": "summit.search.tasks.look", "schedule": 15.0},
    "recordings": {"task": "summit.recordings.tasks.purge", "schedule": 3600.0},
    "retention": {"task": "summit.retention.tasks.purge", "schedule": 3600.0},
}

# ── Logs: counts and codes, never what people said ────────────────────────────────────────────────────────────
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django.channels": {"level": "WARNING"}, "aioice": {"level": "WARNING"}},
}
