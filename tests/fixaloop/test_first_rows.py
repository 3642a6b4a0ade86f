"""The first rows of several lists, read together."""

from typing import Any

import pytest

from clients.models import Client
from fixaloop.lists.first import capped_counts, first_rows
from interventions.models import Intervention
from tests.factories import make_client
from tests.interventions.factories import make_intervention

pytestmark = pytest.mark.django_db


def test_each_list_keeps_its_order_and_its_limit(django_assert_num_queries: Any) -> None:
    for name in ("Blanc", "Noir", "Vert"):
        make_intervention(make_client(last_name=name), title=name)
    clients, jobs = Client.objects.all(), Intervention.objects.select_related("client")
    lists = [
        (Client.objects.order_by("-sort_name")[:2], clients),
        (Intervention.objects.filter(title__in=[]).order_by("number")[:2], jobs),
        (Intervention.objects.order_by("number")[:1], jobs),
        (Intervention.objects.exclude(title="Noir").order_by("-number"), jobs),
    ]
    with django_assert_num_queries(3):
        people, none, first, others = first_rows(lists)
        assert [job.client.last_name for job in others] == ["Vert", "Blanc"]
    assert [client.last_name for client in people] == ["Vert", "Noir"]
    assert none == []
    assert [job.title for job in first] == ["Blanc"]


def test_nothing_is_asked_of_no_list(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert first_rows([]) == []
        assert capped_counts([Client.objects.filter(pk__in=[])]) == [0]


def test_several_lists_are_counted_at_once(django_assert_num_queries: Any) -> None:
    for name in ("Blanc", "Noir", "Vert"):
        make_client(last_name=name)
    with django_assert_num_queries(1):
        found = capped_counts([Client.objects.all(), Client.objects.none(), Client.objects.filter(last_name="Noir")])
    assert found == [3, 0, 1]
