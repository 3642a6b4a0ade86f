"""Taking the demonstration out again: exactly what it made, and nothing that people changed or that hangs on theirs."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from fixaloop.accounts.models import Factor, KnownPlace, Passkey, ProviderAccount, RecoveryCode
from fixaloop.accounts.sessions import OpenSession
from fixaloop.discovery import modules
from fixaloop.installation.made import Rows, changed, owner, references, remembered, reset_numbers, tables
from fixaloop.installation.marks import DEMONSTRATION, PASSWORD
from fixaloop.models import Counter, DemoRows, PaymentHead, Preference, Submission
from fixaloop.notices.models import Notice, NoticeRead
from fixaloop.records.chain import payment_models
from fixaloop.records.frozen import frozen_tables, thawed
from fixaloop.records.refusal import Refused

Keys = dict[type[Model], set[Any]]
# Kept about accounts.
FOLLOWERS = (
    *(Factor, KnownPlace, Notice, NoticeRead, OpenSession, Passkey, Preference, ProviderAccount, RecoveryCode),
    Submission,
)
CHUNK = 500


@transaction.atomic
def remove() -> tuple[int, Keys]:
    """Delete what was made; return how many rows, and which stay because of people."""
    # Nobody takes a payment meanwhile.
    PaymentHead.objects.select_for_update().first()
    made = remembered()
    _refuse_to_cut_the_chain(made)
    kept = _kept(made)
    gone = {model: set(rows) - kept[model] for model, rows in made.items()}
    _add_followers(gone)
    with thawed(connection, frozen_tables(connection)):
        for model, keys in gone.items():
            _delete(model, keys)
        connection.check_constraints()
    PaymentHead.objects.update(number=0, hash="")
    _close_accounts(kept[User])
    reset_numbers()
    DemoRows.objects.all().delete()
    Counter.objects.filter(pk=DEMONSTRATION).delete()
    return sum(map(len, gone.values())), kept


def _refuse_to_cut_the_chain(made: Rows) -> None:
    count = sum(model._base_manager.exclude(pk__in=list(made.get(model, ()))).count() for model in payment_models())
    if count:
        message = _(
            "%(count)s paiement(s) encaissé(s) depuis suivent ceux de la démonstration, dans une chaîne que rien ne"
            " coupe : exportez vos fiches et importez-les dans une base neuve."
        )
        raise Refused((message % {"count": count},))


def _kept(made: Rows) -> Keys:
    """Rows that people changed, those that theirs refer to, and so on; with each its links, its past and its like."""
    kept: Keys = defaultdict(set, changed(made))
    for model, keys in _of_people(made):
        kept[model] |= keys
    while _spread(kept, made):
        pass
    for model in payment_models():
        # All of them go: a chain is whole or empty. Sums are computed anew.
        kept.pop(model, None)
    return kept


def _of_people(made: Rows) -> Iterator[tuple[type[Model], set[Any]]]:
    falling = _followers()
    for model in tables():
        rows = model._base_manager.exclude(pk__in=falling[model].values("pk")) if model in falling else None
        rows = model._base_manager.all() if rows is None else rows
        own = made.get(model, {})
        for field, target in _links(model, made):
            found = rows.filter(**{f"{field}__in": list(made[target])}).values_list("pk", field)
            yield target, {referred for key, referred in found.iterator() if key not in own}


def _links(model: type[Model], made: Rows) -> Iterator[tuple[str, type[Model]]]:
    for field in references(model):
        target: Any = field.related_model
        if target in made:
            yield field.attname, target


def _spread(kept: Keys, made: Rows) -> bool:
    """Keep what kept rows refer to, and what belongs to them; return whether that was more."""
    more = 0
    for model, own in made.items():
        rows = model._base_manager.filter(pk__in=list(own))
        for field, target in _links(model, made):
            held = set(rows.filter(pk__in=list(kept[model])).values_list(field, flat=True)) & set(made[target])
            more += _add(kept[target], held)
        whole = owner(model)
        if whole is not None and kept[whole[0]]:
            more += _add(
                kept[model], rows.filter(**{f"{whole[1]}__in": list(kept[whole[0]])}).values_list("pk", flat=True)
            )
    return bool(more)


def _add(keys: set[Any], others: Iterable[Any]) -> int:
    before = len(keys)
    keys.update(others)
    return len(keys) - before


def _followers() -> dict[type[Model], QuerySet[Any]]:
    found: dict[type[Model], QuerySet[Any]] = {model: model._base_manager.all() for model in FOLLOWERS}
    for part in modules("demo").values():
        if hasattr(part, "followers"):
            rows = part.followers()
            found[rows.model] = rows
    return found


def _add_followers(gone: Keys) -> None:
    for model, rows in _followers().items():
        for field in references(model):
            keys = gone.get(field.related_model, set())  # type: ignore[arg-type]
            found = rows.filter(**{f"{field.attname}__in": list(keys)}).values_list("pk", flat=True)
            gone.setdefault(model, set()).update(found)


def _delete(model: type[Model], keys: Collection[Any]) -> None:
    """Delete rows in any order: what refers to them goes in the same transaction."""
    column = model._meta.pk.get_db_prep_value
    values = [column(key, connection) for key in keys]
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for start in range(0, len(values), CHUNK):
            some = values[start : start + CHUNK]
            places = ", ".join(["%s"] * len(some))
            table, key = quote(model._meta.db_table), quote(model._meta.pk.column)
            cursor.execute(f"DELETE FROM {table} WHERE {key} IN ({places})", some)  # noqa: S608 - names of our tables


def _close_accounts(keys: Collection[Any]) -> None:
    """Close the demonstration accounts that must stay and still have the published password."""
    for user in User.objects.filter(pk__in=keys):
        if check_password(PASSWORD, user.password):
            user.set_unusable_password()
            user.is_active = False
            user.save(update_fields=("password", "is_active"))
