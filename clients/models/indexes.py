"""What clients are sorted, filtered and found by: an index for each list that is offered."""

from django.db.models import Index, Q

from clients.models.querysets import INCOMPLETE, ODD
from clients.values import quality

INDEXES = (
    Index(fields=("-active_until", "sort_name", "id"), name="client_default_order"),
    Index(fields=("subscribed_until",), name="client_subscribed", condition=Q(subscribed_until__isnull=False)),
    Index(fields=("sort_name", "id"), name="client_by_name"),
    Index(fields=("name_key", "postal_code"), name="client_by_name_key"),
    Index(fields=("-created_at", "-id"), name="client_by_creation"),
    Index(fields=("city_key", "sort_name", "id"), name="client_by_city"),
    Index(fields=("postal_code", "-active_until", "sort_name", "id"), name="client_by_postal_code"),
    Index(fields=("city_key", "-active_until", "sort_name", "id"), name="client_by_town_active"),
    Index(fields=("kind", "-active_until", "sort_name", "id"), name="client_by_kind"),
    Index(fields=("company", "-active_until", "sort_name", "id"), name="client_by_company"),
    Index(
        fields=("-active_until", "sort_name", "id"),
        name="client_of_a_company",
        condition=Q(company__isnull=False),
    ),
    Index(fields=("language", "-active_until", "sort_name", "id"), name="client_by_language"),
    Index(fields=("-active_until", "sort_name", "id"), name="client_incomplete", condition=INCOMPLETE),
    Index(fields=("-open_interventions", "sort_name", "id"), name="client_by_open_interventions"),
    Index(fields=("-last_visit_at", "sort_name", "id"), name="client_by_last_visit"),
    Index(
        fields=("-active_until", "sort_name", "id"),
        name="client_inside",
        condition=Q(inside_since__isnull=False),
    ),
    Index(
        fields=("-active_until", "sort_name", "id"),
        name="client_card_suspended",
        condition=Q(card_suspended=True),
    ),
    Index(fields=("last_card_day",), name="client_by_last_card_day"),
    Index(fields=("status_at",), name="client_forced_active", condition=Q(status_mode="active")),
    Index(
        fields=("status_mode", "-active_until", "sort_name", "id"),
        name="client_forced",
        condition=~Q(status_mode="automatic"),
    ),
    Index(fields=("review_since", "id"), name="client_by_review"),
    Index(fields=("reviewed_at",), name="client_by_last_review"),
    Index(fields=("last_contact_at", "id"), name="client_by_contact", condition=Q(anonymized_at__isnull=True)),
    *(
        Index(fields=("-active_until", "sort_name", "id"), name=f"client_{name}", condition=Q(**{name: True}))
        for name in quality.ODD
    ),
    Index(fields=("-active_until", "sort_name", "id"), name="client_odd", condition=ODD),
    Index(fields=("resumes_at",), name="client_resuming", condition=Q(resumes_at__isnull=False)),
    # What the clock ended and no event says yet lies together at its beginning.
    Index(fields=("active_until",), name="client_told_active", condition=Q(told_active=True)),
)
