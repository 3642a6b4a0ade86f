"""What stays cost by tariffs: set as they end, and again as that is corrected (docs/rules.md, Tariffs).

`apply` changes rows without saving them: who ends a stay saves it once.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, cast

from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils import timezone

from access.models import AccessCard, Entry, PricedBy, Tag, Tariff, Vehicle
from access.models.entries import CAR, DERIVED, KINDS
from access.tariffs.pricing import Line, Period, Price, Rates, price
from fixaloop.words.dates import end_of, start_of

ALWAYS = datetime.min.replace(tzinfo=UTC)
# What `apply` sets.
WRITTEN = ("amount_due", "priced_by", "pricing", *DERIVED)
# The subscription of the client, and that of its company.
PERIODS = tuple((f"{of}__subscribed_from", f"{of}__subscribed_until") for of in ("client", "client__company"))
TARIFF = ("pk", "name", "starts_on", "free_minutes", "steps", "day_cap")


def apply(stays: Iterable[Entry]) -> list[Entry]:
    """Set what is due for stays that have ended, unless somebody fixed it; return those that a tariff priced.

    The rates are those of the first time, so that a change of the tariff changes nothing that was due. One query,
    and another for cars that their drivers left there.
    """
    ended = [stay for stay in stays if stay.exited_at and not stay.has_fixed_amount and not stay.is_forgotten]
    terms = {stay.pk: stay.pricing for stay in ended if stay.pricing}
    terms |= _terms([stay for stay in ended if not stay.pricing])
    priced = [stay for stay in ended if stay.pk in terms]
    counted = _counted([stay for stay in priced if stay.parked])
    for stay in priced:
        _set(stay, terms[stay.pk], counted.get(stay.pk, Decimal(0)))
    return priced


def _terms(stays: Iterable[Entry]) -> dict[int, dict[str, Any]]:
    """The tariff in force when each stay began, and the tag that makes it free, by the key of the stay."""
    # A passage knows already where there is none.
    asked = (stay for stay in stays if getattr(stay, "has_tariff", True))
    days = {stay.pk: timezone.localdate(stay.entered_at) for stay in asked}
    if not days:
        return {}
    begun = [row for row in _tariffs().filter(pk__in=days) if row["tariff_starts_on"] <= days[row["pk"]]]
    begun.sort(key=lambda row: (row["tariff_starts_on"], row["tariff_pk"]))
    return {row["pk"]: _as_terms(row) for row in begun}


@cache
def _tariffs() -> Any:
    """The stays with the tariffs of their zones. Put together once; only the stays differ."""
    free = Tag.objects.filter(_carried(), free_in=OuterRef("zone__tariffs")).order_by("name").values("name")[:1]
    asked = {f"tariff_{name}": F(f"zone__tariffs__{name}") for name in TARIFF}
    asked |= {path: F(path) for period in PERIODS for path in period}
    rows: Any = Entry.objects.filter(zone__tariffs__isnull=False).order_by()
    return rows.values("pk", **asked, tag=Subquery(free))


def _carried() -> Q:
    """Whether the card or the vehicle of a stay has a tag: looked up by both, since a tag may be on thousands."""
    card, vehicle = OuterRef(OuterRef("card")), OuterRef(OuterRef("vehicle"))
    on_card = AccessCard.tags.through.objects.filter(tag=OuterRef("pk"), accesscard=card)
    return Exists(on_card) | Exists(Vehicle.tags.through.objects.filter(tag=OuterRef("pk"), vehicle=vehicle))


def _as_terms(row: Mapping[str, Any]) -> dict[str, Any]:
    tariff = Tariff(**{name: row[f"tariff_{name}"] for name in TARIFF})
    terms: dict[str, Any] = {"tariff": tariff.name, "rates": tariff.rates.as_json()}
    if row["tag"]:
        terms["free_tag"] = row["tag"]
    periods = [[row[first] and row[first].isoformat(), row[last].isoformat()] for first, last in PERIODS if row[last]]
    return terms | ({"subscribed": periods} if periods else {})


def _set(stay: Entry, terms: Mapping[str, Any], counted: Decimal) -> None:
    cost = _price(stay, terms, counted)
    stay.amount_due = cost.amount
    stay.priced_by = PricedBy.ESTIMATE if stay.estimated else PricedBy.TARIFF
    stay.pricing = {**terms, "lines": cost.lines}
    stay.derive()


def _price(stay: Entry, terms: Mapping[str, Any], counted: Decimal) -> Price:
    cost = _unsubscribed(stay, terms)
    if "free_tag" in terms:
        return _nothing(cost, {"code": "free_tag", "tag": terms["free_tag"]})
    if "entry_missed" in stay.anomalies:
        return _nothing(cost, {"code": "entry_missed"})
    alone = stay.parked or stay.person % KINDS == CAR
    if alone and stay.estimated and "emptied" not in stay.anomalies:
        # Its end is where it lapses, weeks after anybody saw it.
        return _nothing(cost, {"code": "unseen"})
    if less := min(counted, cost.amount):
        return Price(cost.amount - less, [*cost.lines, {"code": "counted", "amount": str(less)}])
    return cost


def _unsubscribed(stay: Entry, terms: Mapping[str, Any]) -> Price:
    """What the minutes outside all subscriptions cost, with the last day of those that cover some of the stay."""
    rates, entered, ended = Rates.from_json(terms["rates"]), stay.entered_at, cast("datetime", stay.exited_at)
    periods = [(*_instants(first, last), last) for first, last in terms.get("subscribed", ())]
    covering = [(start, end, last) for start, end, last in periods if start < ended and end > entered]
    cost = price(rates, entered, ended, *((start, end) for start, end, _last in covering))
    until = {"until": max((last for _start, _end, last in covering), default="")}
    return Price(cost.amount, [line | until if line["code"] == "subscribed" else line for line in cost.lines])


def _instants(first: str | None, last: str) -> Period:
    return start_of(date.fromisoformat(first)) if first else ALWAYS, end_of(date.fromisoformat(last))


def _nothing(cost: Price, why: Line) -> Price:
    return Price(Decimal(0), [*(line for line in cost.lines if line["code"] == "length"), why])


def _counted(cars: Sequence[Entry]) -> dict[int, Decimal]:
    """What is due for the drivers’ own stays while their cars stood there: a car costs what is left of its time."""
    if not cars:
        return {}
    beside = Entry.objects.visits().people().filter(amount_due__gt=0, exited_at__isnull=False)
    beside = beside.filter(client__in={car.client_id for car in cars}, zone__in={car.zone_id for car in cars})
    beside = beside.filter(Q(card=None) | Q(card__visitor=""), entered_at__gte=min(car.entered_at for car in cars))
    stays = list(beside.order_by())
    return {car.pk: sum((_shared(stay, car) for stay in stays if _is_beside(stay, car)), Decimal(0)) for car in cars}


def _is_beside(stay: Entry, car: Entry) -> bool:
    same = (stay.client_id, stay.zone_id) == (car.client_id, car.zone_id) and stay.vehicle_id in (None, car.vehicle_id)
    ended: Any = car.exited_at
    return same and car.entered_at <= stay.entered_at < ended


def _shared(stay: Entry, car: Entry) -> Decimal:
    """What is due for a driver’s stay until the car left; all of an amount that no tariff explains."""
    left, ended = cast("datetime", stay.exited_at), cast("datetime", car.exited_at)
    if left <= ended or not stay.pricing:
        return stay.amount_due
    until = copy(stay)
    until.exited_at = ended
    return min(stay.amount_due, _price(until, stay.pricing, Decimal(0)).amount)


def refresh_cars(stay: Entry) -> None:
    """Set again what is due for cars that stood beside a stay whose amount has changed."""
    if stay.parked or not (stay.priced_by or stay.voided_at):
        return
    cars = Entry.objects.visits().filter(client=stay.client_id, zone=stay.zone_id, parked=True)
    over = cars.filter(priced_by__in=(PricedBy.TARIFF, PricedBy.ESTIMATE), entered_at__lte=stay.entered_at)
    for car in apply(over.filter(exited_at__gt=stay.entered_at).order_by("pk")):
        car.save(update_fields=WRITTEN)


def quote(stay: Entry, at: datetime) -> Entry:
    """An open stay as it would be if it ended now; nothing is saved."""
    ended = copy(stay)
    ended.exited_at = at
    apply([ended])
    return ended
