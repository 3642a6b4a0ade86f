"""Settings that differ between machines: each read from the variable `X`, or from the file that `X_FILE` names.

What the environment does not say is read from `settings.env` in the data folder, one `NAME=value` a line, which
`manage.py configure` writes. An empty variable counts as unset. A wrong one stops the start with a sentence: what
it is, what would be right.
"""

import os
import re
import warnings
from collections.abc import Collection
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from django.core.exceptions import ImproperlyConfigured
from environ import Env

YES = Env.BOOLEAN_TRUE_STRINGS
NO = ("0", "false", "off", "no", "n")
MOST = 1_000_000
SQLITE, POSTGRESQL = Env.DB_SCHEMES["sqlite"], Env.DB_SCHEMES["postgres"]
POSTGRESQL_URL = "postgres://user:password@host/name"
SETTINGS_FILE = "settings.env"
# The names that settings ask for: others in the file are mistakes.
ASKED: set[str] = set()
READABLE = ("a file of text that can be read", "un fichier de texte qui se lit")
PROVIDER = re.compile(r"(https://[\w.-]+|http://(localhost|127\.0\.0\.1))(:\d{1,5})?(/\S*)?")
STORAGE = re.compile(
    r"s3://((?P<key>[^:@/?]+):(?P<secret>[^@?]+)@(?P<server>[\w.-]+(:\d{1,5})?)/)?"
    r"(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(/(?P<prefix>[\w./-]*))?"
    r"(\?((region=(?P<region>[\w-]+)|tls=(?P<tls>[01]))(&|$))*)?"
)
IN_MEMORY = "sqlite://:memory:"


def text(name: str, default: str = "") -> str:
    ASKED.add(name)
    path = os.environ.get(f"{name}_FILE", "").strip()
    if not path:
        return os.environ.get(name, "").strip() or kept().get(name) or default
    try:
        return Path(path).read_text(encoding="utf-8").strip() or default
    except (OSError, UnicodeDecodeError) as error:
        raise wrong(f"{name}_FILE", path, *READABLE) from error


@cache
def kept() -> dict[str, str]:
    path = data_path() / SETTINGS_FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        raise wrong(SETTINGS_FILE, str(path), *READABLE) from error
    found = {}
    for line in map(str.strip, lines):
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not (equals and name.strip().isidentifier()):
            raise wrong(str(path), _unsaid(line), "NAME=value on each line", "NOM=valeur sur chaque ligne")
        found[name.strip()] = value.strip()
    return found


def data_path() -> Path:
    return Path(os.environ.get("VAR_DIR", "").strip() or Path(__file__).parent.parent / "var")


def data_folder() -> Path:
    return folder("VAR_DIR", data_path())


def folder(name: str, path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        told = f"a folder that can be made and written ({error.strerror})"
        raise wrong(name, str(path), told, f"un dossier qui se crée et s’écrit ({error.strerror})") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise wrong(name, str(path), "a folder that can be written", "un dossier qui s’écrit")
    return path


def secret(name: str, *, least: int = 20) -> str:
    """What nobody guesses; empty where it is not set."""
    value = text(name)
    if value and not (len(value) >= least and value.isascii() and value.isprintable() and " " not in value):
        told = f"at least {least} letters and digits, for instance what openssl rand -hex 32 gives"
        raise wrong(
            name, "…", told, f"au moins {least} lettres et chiffres, par exemple ce que donne openssl rand -hex 32"
        )
    return value


def several(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def pairs(name: str) -> list[tuple[str, str]]:
    """`one=other,third=fourth`; the same name may stand before several."""
    found = [tuple(map(str.strip, part.partition("=")[::2])) for part in several(name)]
    if not all(before and after for before, after in found):
        raise wrong(name, text(name), "theirs=ours,theirs=ours", "leur-groupe=Notre groupe,leur-groupe=Notre groupe")
    return [(before, after) for before, after in found]


def issuer(name: str) -> str:
    """The address of a provider, over HTTPS unless it is this machine; what goes with it must be there too."""
    url = text(name)
    if not url:
        return ""
    if not PROVIDER.fullmatch(url):
        raise wrong(name, _unsaid(url), "https://…")
    for other in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_GROUPS"):
        if not text(other):
            raise wrong(other, "", f"set where {name} is", f"une valeur dès que {name} en a une")
    return url


def flag(name: str, *, default: bool = False) -> bool:
    value = text(name, (YES if default else NO)[0])
    if value.lower() not in (*YES, *NO):
        raise wrong(name, value, "1 or 0", "1 ou 0")
    return value.lower() in YES


def number(name: str, default: int, *, least: int = 1, most: int = MOST) -> int:
    value = text(name, str(default))
    if not (value.isascii() and value.isdecimal() and len(value) < 10 and least <= int(value) <= most):
        raise wrong(name, value, f"a whole number from {least} to {most}", f"un nombre entier de {least} à {most}")
    return int(value)


def amount(name: str, default: str) -> Decimal:
    value = text(name, default)
    try:
        found = Decimal(value)
    except InvalidOperation:
        found = Decimal("NaN")
    if not (found.is_finite() and 0 <= found <= MOST):
        told = f"a number from 0 to {MOST}, with a point before its decimals"
        raise wrong(name, value, told, f"un nombre de 0 à {MOST}, avec un point avant ses décimales")
    return found


def one_of(name: str, default: str, choices: Collection[str], example: str, french: str = "") -> str:
    value = text(name, default)
    if value not in choices:
        raise wrong(name, value, example, french)
    return value


def database(default: str) -> dict[str, Any]:
    return database_at(text("DATABASE_URL", default))


def database_at(url: str) -> dict[str, Any]:
    config = _address(url)
    # An address with a slash too few means a database in memory, gone when its process ends.
    is_lost = config.get("ENGINE") == SQLITE and ":memory:" in config["NAME"] and url != IN_MEMORY
    if not config or is_lost:
        raise wrong("DATABASE_URL", _unsaid(url), f"{POSTGRESQL_URL} or sqlite:////folder/file.sqlite3")
    return config


def server(name: str) -> dict[str, Any]:
    """A PostgreSQL besides that of `DATABASE_URL`; empty while it is not set."""
    url = text(name)
    config = _address(url) if url else {}
    if url and config.get("ENGINE") != POSTGRESQL:
        raise wrong(name, _unsaid(url), POSTGRESQL_URL)
    return config


def _address(url: str) -> dict[str, Any]:
    try:
        # Its warnings would show the password.
        with warnings.catch_warnings(action="ignore"):
            config: dict[str, Any] = Env.db_url_config(url)
    except ValueError:
        return {}
    return config if config.get("ENGINE") in (SQLITE, POSTGRESQL) and config["NAME"] else {}


def bucket(name: str) -> dict[str, Any]:
    """The options of `files.bucket`; none where files stay on the disk of this machine."""
    url = text(name)
    return bucket_at(name, url) if url else {}


def bucket_at(name: str, url: str) -> dict[str, Any]:
    found = STORAGE.fullmatch(url)
    if found is None:
        right = "s3://KEY:SECRET@host:port/bucket/prefix?region=…&tls=1"
        raise wrong(name, _unsaid(url), f"{right}, or s3://bucket/prefix", f"{right}, ou s3://bucket/prefix")
    options = {
        "bucket_name": found["bucket"],
        "location": (found["prefix"] or "").strip("/"),
        "region_name": found["region"],
    }
    if not found["server"]:
        return options
    scheme = "http" if found["tls"] == "0" else "https"
    keys = {"access_key": unquote(found["key"]), "secret_key": unquote(found["secret"]), "security_token": None}
    return options | keys | {"endpoint_url": f"{scheme}://{found['server']}"}


def email(default: str) -> dict[str, Any]:
    url = text("EMAIL_URL", default)
    try:
        config: dict[str, Any] = Env.email_url_config(url)
    except (ValueError, ImproperlyConfigured) as error:
        raise wrong("EMAIL_URL", _unsaid(url), "smtp+tls://user:password@host:587") from error
    return config


def wrong(name: str, value: str, right: str, french: str = "") -> ImproperlyConfigured:
    """A sentence in French and one in English, with what would be right: `french` where the words differ."""
    return ImproperlyConfigured(
        f"{name}={value} ne convient pas : il faut {french or right}.\n"
        f"{name}={value} cannot be used: it should be {right}."
    )


def _unsaid(url: str) -> str:
    """An address without its user and password, since a log may keep it."""
    start, at, end = url.rpartition("@")
    return f"{start.partition('://')[0]}://…@{end}" if at else url
