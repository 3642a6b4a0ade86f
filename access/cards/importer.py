"""Access cards in from a file."""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from access.cards.columns import COLUMNS
from access.entries.matching import means
from access.models import AccessCard, CardPeriod, CardSecret
from access.models.cards import CardStatus, days_of_pass, username_key
from access.periods import check_periods
from access.services import client_columns
from access.services.cards import check_move, tell_cards, told_of, told_of_new
from access.services.periods import write_periods
from access.shared.files import LINKS, KnownZones, LinkedImporter, written_day
from access.typed import read_card, wrong_order
from clients.models import Client
from fixaloop.imports.importer import Options, Overtaken
from fixaloop.imports.report import Record
from fixaloop.records.bulk import Changed, Signature
from fixaloop.records.refusal import Refused
from fixaloop.words.dates import day_of

# How many digits badge numbers have where software writes their zeros.
PADDED = range(8, 15)
REPEATED_BADGE = gettext_lazy("Déjà à la ligne %(row)d de ce fichier, aux zéros de tête près.")
DAYS = ("valid_from", "valid_until")


class CardImporter(LinkedImporter):
    kind = "card"
    things = ("cartes",)
    model = AccessCard
    parts = (CardSecret, CardPeriod)
    columns = COLUMNS
    titled = ("username", "kind", "badge_number", "visitor", "valid_until")
    distinct = {"username_key": (str, F("username_key")), "badge_number": (str, F("badge_number"))}

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.zones = KnownZones()
        self.stored = StoredCards(())

    def read(self, record: Record) -> None:
        super().read(record)
        said, filled = record.values, record.filled()
        filled |= {name: written_day(filled[name], is_end=name == "valid_until") for name in DAYS if name in filled}
        kind = said.setdefault("kind", "badge" if "badge_number" in filled else "qr")
        reading = read_card(filled | {"kind": kind})
        record.values = {}
        record.take(reading)
        if "valid_until" in filled:
            record.values["valid_until"] = reading.values.get("valid_until")
        record.values |= said

    def look_up(self, records: Sequence[Record]) -> None:
        self.stored = StoredCards(records)

    def match(self, record: Record, client: Client) -> AccessCard | None:
        card = self.stored.named(record.values["username"])
        if not self._is_repeated(record) and self._fits(record, client, card):
            self.zones.note_new(record, "zones", record.values.get("zones", ()))
        return card

    def _is_repeated(self, record: Record) -> bool:
        values = record.values
        badge, code = values.get("badge_number", "").lstrip("0"), values.get("qr_value")
        return (
            self.refuse_repeated(record, ("username", username_key(values["username"])), "username")
            or bool(badge and self.refuse_repeated(record, ("badge", badge), "badge_number", REPEATED_BADGE))
            or bool(code and self.refuse_repeated(record, ("code", code), "qr_value"))
        )

    def _fits(self, record: Record, client: Client, card: AccessCard | None) -> bool:
        visitor = record.values.get("visitor") or (card.visitor if card is not None else "")
        _check_pass(record, card, visitor)
        _check_periods(record, card)
        if card is not None and card.client_id != client.pk:
            message = _("Déjà le nom d’utilisateur d’une carte de %(client)s.")
            record.refuse("username", message % {"client": card.client})
        if card is not None:
            _check_changes(record, card)
        other = self.stored.with_badge(record.values.get("badge_number", ""))
        if other is not None and other != card:
            message = _("Déjà le badge de la carte « %(card)s » (%(number)s), de %(client)s.")
            shown = {"card": other, "number": other.badge_number, "client": other.client}
            record.refuse("badge_number", message % shown)
        holder = self.stored.with_secret(record.values.get("qr_value", ""))
        if holder is not None and (card is None or holder != card.pk):
            record.refuse("qr_value", _("Ce code QR est déjà celui d’une autre carte."))
        return not record.errors

    def differences(self, record: Record, row: AccessCard) -> dict[str, tuple[str, str]]:
        values = record.values
        names = [name for name in values if name not in (*LINKS, "qr_value") and getattr(row, name) != values[name]]
        found = {name: (str(getattr(row, name) or ""), str(values[name] or "")) for name in names}
        for name in ("zones", "tags"):
            if name in values:
                had = sorted(link.name.lower() for link in getattr(row, name).all())
                found[name] = ("|".join(had), "|".join(sorted(text.lower() for text in values[name])))
        if values.get("qr_value") and self.stored.with_secret(values["qr_value"]) is None:
            found["qr_value"] = ("", _("nouveau code"))
        found = {name: pair for name, pair in found.items() if pair[0] != pair[1]}
        record.values = {name: value for name, value in values.items() if name in found}
        return found

    def create(self, rows: Sequence[dict[str, Any]], signed: Signature) -> dict[int, str]:
        today, at = timezone.localdate(), signed.at
        marks = super().create([_new(row, today) | {"status_at": at} for row in rows], signed)
        write_periods(marks)
        _keep_codes(dict(zip(marks, rows, strict=True)), at)
        tell_cards([(card, told) for card in _cards(marks) for told in told_of_new(card)], by=signed.by, at=at)
        return marks

    @classmethod
    def change(cls, changes: Mapping[int, dict[str, Any]], signed: Signature) -> Changed:
        _check_moves(changes)
        moved = {"status_at": signed.at}
        columns = {pk: _columns(row) | (moved if "status" in row else {}) for pk, row in changes.items()}
        changed = super().change(columns, signed)
        write_periods(changes)
        codes = _keep_codes(changes, signed.at)
        for pk in codes.keys() & changed.keys():
            # The key of the revoked secret: the code itself is not known.
            changed[pk][0]["code"] = codes[pk]
        # Where there was no code yet, none was revoked.
        names = {pk: row.keys() - (set() if codes.get(pk) else {"qr_value"}) for pk, row in changes.items()}
        _tell(names, signed)
        return changed

    @classmethod
    def restore(cls, before: Mapping[int, dict[str, Any]], signed: Signature) -> None:
        columns = {pk: {name: value for name, value in row.items() if name != "code"} for pk, row in before.items()}
        changed = super().change(columns, signed)
        write_periods(before)
        _restore_codes({pk: row["code"] for pk, row in before.items() if "code" in row})
        cls.refresh(cls.clients_of(before))
        names = {
            pk: {name for name in was if name not in LINKS and was[name] != columns[pk][name]}
            for pk, (was, _mark) in changed.items()
        }
        _tell(names, signed, signed.reason)

    @classmethod
    def tell_changed(cls, row: AccessCard) -> str:
        if row.status == CardStatus.REVOKED:
            return _("La carte %(card)s a été révoquée depuis : elle ne revient pas.") % {"card": row}
        return super().tell_changed(row)

    @classmethod
    def remove(cls, ids: Sequence[int], signed: Signature) -> None:
        CardSecret.objects.filter(card__in=ids).delete()
        CardPeriod.objects.filter(card__in=ids).delete()
        super().remove(ids, signed)

    @classmethod
    def refresh(cls, clients: Iterable[int]) -> None:
        client_columns.follow(clients)


class StoredCards:
    """The cards that the rows of a chunk may be, or collide with."""

    def __init__(self, records: Sequence[Record]) -> None:
        names = {username_key(record.values["username"]) for record in records}
        badges = {record.values.get("badge_number", "") for record in records} - {""}
        padded = {badge.lstrip("0").zfill(width) for badge in badges for width in (0, *PADDED)} | badges
        wanted = Q(username_key__in=names) | Q(badge_number__in=padded)
        cards = AccessCard.objects.filter(wanted).select_related("client").prefetch_related("zones", "tags")
        self._names: dict[str, AccessCard] = {}
        self._badges: dict[str, AccessCard] = {}
        for card in cards:
            self._names[card.username_key] = card
            if card.badge_number and card.status != CardStatus.REVOKED:
                self._badges[card.badge_number.lstrip("0")] = card
        hashes = {record.values["qr_value"] for record in records if record.values.get("qr_value")}
        self._secrets = dict(CardSecret.objects.filter(secret_hash__in=hashes).values_list("secret_hash", "card"))

    def named(self, username: str) -> AccessCard | None:
        return self._names.get(username_key(username))

    def with_badge(self, number: str) -> AccessCard | None:
        return self._badges.get(number.lstrip("0")) if number else None

    def with_secret(self, hashed: str) -> int | None:
        return self._secrets.get(hashed)


def _new(values: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The columns of a new card. It is valid from today, or from its last day if that is past."""
    first = values.get("valid_from") or min(today, values.get("valid_until") or date.max)
    return _columns(values) | {"valid_from": first, "everywhere": not values.get("zones")}


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    columns = {name: value for name, value in values.items() if name != "qr_value"}
    return columns | ({"everywhere": not values["zones"]} if "zones" in values else {})


def _check_pass(record: Record, card: AccessCard | None, visitor: str) -> None:
    """Refuse a pass without its hours; the days of a pass are those of its hours."""
    values = record.values
    if card is not None and visitor and not card.visitor:
        record.refuse("visitor", _("Cette carte n’est pas un laissez-passer et n’en devient pas un."))
    elif not visitor:
        _check_times(record)
    if not visitor or record.errors:
        return
    for name in ("starts_at", "ends_at"):
        if card is not None and (stored := getattr(card, name)) and means(values.get(name) or stored, stored):
            values[name] = stored
        if not values.get(name):
            record.refuse(name, _("Un laissez-passer vaut de telle heure à telle heure : donnez les deux."))
    if card is None and not values.get("zones"):
        record.refuse("zones", _("Donnez au moins une zone où le visiteur peut aller."))
    if record.errors:
        return
    if values["ends_at"] <= values["starts_at"]:
        record.refuse("ends_at", _("La fin est après le début."))
    values |= days_of_pass(values["starts_at"], values["ends_at"])


def _check_times(record: Record) -> None:
    """The first and the last day of an ordinary card are those of the moments that its row gives."""
    values = record.values
    if values.get("max_visits") is not None:
        record.refuse("max_visits", _("Seul un visiteur a un nombre de visites : remplissez « Visiteur »."))
    for name, day in (("starts_at", "valid_from"), ("ends_at", "valid_until")):
        if (moment := values.get(name)) is None:
            continue
        if values.get(day) not in (None, day_of(moment)):
            message = _("Ce n’est pas le jour qui est écrit à côté (%(day)s).")
            record.refuse(name, message % {"day": f"{values[day]:%d/%m/%Y}"})
        values[day] = day_of(moment)
    if values.get("starts_at") and values.get("ends_at") and values["ends_at"] <= values["starts_at"]:
        record.refuse("ends_at", _("La fin est après le début."))


def _check_periods(record: Record, card: AccessCard | None) -> None:
    """Refuse periods that do not follow the validity of the row, or of the card where the row leaves it."""
    values = record.values
    ends = [values.get(name, getattr(card, name, None)) for name in ("valid_until", "ends_at")]
    try:
        check_periods(values.get("periods", card.periods if card else []), *ends)
    except ValidationError as error:
        record.refuse("periods" if values.get("periods") else "valid_until", " ".join(error.messages))


def _check_changes(record: Record, card: AccessCard) -> None:
    """Refuse what does not go with what the row leaves as it is, and moves that the status does not allow."""
    values = record.values
    if not record.typed.get("kind", "").strip() and not values.get("badge_number"):
        values["kind"] = card.kind
    first, last = values.get("valid_from") or card.valid_from, values.get("valid_until", card.valid_until)
    if last is not None and last < first:
        record.refuse("valid_until" if values.get("valid_until") else "valid_from", wrong_order(first, last))
    if card.status == CardStatus.REVOKED and values.get("qr_value"):
        record.refuse("qr_value", _("Cette carte est révoquée pour toujours : émettez-en une autre."))
    status = values.get("status", card.status)
    if status == card.status:
        return
    # A reason belongs to its status: that of the former one is not the new one’s because the file still holds it.
    if status == CardStatus.ACTIVE and values.get("status_reason") == card.status_reason:
        del values["status_reason"]
    values.setdefault("status_reason", "")
    try:
        check_move(card, status)
    except Refused as refusal:
        record.refuse("status", str(refusal))


def _check_moves(changed: Mapping[int, Mapping[str, Any]]) -> None:
    """Raise Overtaken if somebody moved a card meanwhile, so that its new status or code is no longer possible."""
    moved = {pk: values for pk, values in changed.items() if values.keys() & {"status", "qr_value"}}
    cards = AccessCard.objects.select_for_update(of=("self",), no_key=True)
    for card in cards.filter(pk__in=moved).order_by("pk"):
        if card.status == CardStatus.REVOKED and moved[card.pk].get("qr_value"):
            raise Overtaken
        try:
            check_move(card, moved[card.pk].get("status", card.status))
        except Refused as refusal:
            raise Overtaken from refusal


def _tell(names: Mapping[int, Set[str]], signed: Signature, reason: str = "") -> None:
    told = [
        (card, one) for card in _cards(names) for one in told_of(card, names[card.pk], reason or card.status_reason)
    ]
    tell_cards(told, by=signed.by, at=signed.at)


def _cards(keys: Iterable[int]) -> QuerySet[AccessCard]:
    return AccessCard.objects.filter(pk__in=keys).prefetch_related("zones").order_by("pk")


def _keep_codes(rows: Mapping[int, Mapping[str, Any]], at: datetime) -> dict[int, int | None]:
    """Keep the codes of cards, and revoke those they had; return card → key of the revoked code, or None."""
    codes = {pk: row["qr_value"] for pk, row in rows.items() if row.get("qr_value")}
    same = set(CardSecret.objects.filter(secret_hash__in=codes.values()).values_list("secret_hash", flat=True))
    new = {pk: code for pk, code in codes.items() if code not in same}
    live = CardSecret.objects.filter(card__in=new, revoked_at=None)
    before: dict[int, int | None] = dict.fromkeys(new) | dict(live.values_list("card", "pk"))
    live.update(revoked_at=at)
    CardSecret.objects.bulk_create(CardSecret(card_id=pk, secret_hash=code, issued_at=at) for pk, code in new.items())
    return before


def _restore_codes(before: Mapping[int, int | None]) -> None:
    """Give cards their former codes back. None got another one since: that would have stopped the undo."""
    CardSecret.objects.filter(card__in=before, revoked_at=None).delete()
    CardSecret.objects.filter(pk__in=[code for code in before.values() if code]).update(revoked_at=None)
