"""The life of an intervention through its pages, bad input included: a sentence beside the field, nothing half done."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser
from django.utils import timezone

from clients.models import Client
from fixaloop.models import Submission
from interventions import services
from interventions.models import Intervention, InterventionPayment
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import in_state, make_intervention, make_technician, pay, slot, typed
from tests.pages import field_errors, find, parse, said, text, values

ONE = "/interventions/INT-001/"


def local(moment: Any) -> str:
    """A moment as the browser's picker sends it."""
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"


def test_it_creates_to_be_planned_and_makes_the_client_active(desk: Browser) -> None:
    make_client(company_name="Serrurerie Lupin")
    response = desk.post("/interventions/new/?client=CLT-001", typed(client="CLT-001", quote_amount="1 234,50 €"))
    assert response.status_code == 302
    assert response["Location"] == ONE
    job = Intervention.objects.get()
    assert (job.number, job.state, job.client.reference, str(job.quote_amount)) == (1, "to_plan", "CLT-001", "1234.50")
    assert job.history.get().history_user == User.objects.get(username="odile")
    assert "INT-001 à planifier" in said(desk.get("/clients/"))


def test_it_names_the_client_it_is_created_from(desk: Browser) -> None:
    make_client(company_name="Serrurerie Lupin")
    page = desk.get("/interventions/new/?client=CLT-001")
    assert values(page)["client"] == "CLT-001"
    assert "Serrurerie Lupin" in said(page)
    assert "Serrurerie Lupin" in said(desk.post("/interventions/new/", {"client": "CLT-001"}))
    assert "Serrurerie Lupin" not in said(desk.get("/interventions/new/"))


def test_a_form_sent_twice_creates_once(desk: Browser) -> None:
    make_client()
    sent = values(desk.get("/interventions/new/")) | typed(client="CLT-001")
    assert desk.post("/interventions/new/", sent)["Location"] == desk.post("/interventions/new/", sent)["Location"]
    assert Intervention.objects.count() == Submission.objects.count() == 1


def test_it_creates_and_plans_in_one_go_or_not_at_all(desk: Browser) -> None:
    make_client()
    times = slot()
    planned = {"planned_start": local(times["planned_start"]), "planned_end": local(times["planned_end"])}
    response = desk.post("/interventions/new/", typed(client="CLT-001", to="planned", **planned))
    assert response.status_code == 422
    assert "technician" in field_errors(response)
    assert not Intervention.objects.exists()
    sent = typed(client="CLT-001", to="planned", technician=str(make_technician().pk), **planned)
    assert desk.post("/interventions/new/", sent).status_code == 302
    assert Intervention.objects.get().state == "planned"


@pytest.mark.parametrize("url", ["/interventions/new/", f"{ONE}edit/", f"{ONE}slot/", f"{ONE}transition/"])
def test_a_form_sent_with_nothing_in_it_is_invalid(url: str, desk: Browser) -> None:
    make_intervention()
    assert desk.post(url, {}).status_code == 422


def test_the_way_back_from_a_new_client_stays_on_this_site(desk: Browser) -> None:
    sent = {"kind": "individual", "first_name": "Marie", "last_name": "Curie", "country": "FR", "language": "fr"}
    assert desk.post("/clients/new/?next=https://example.com/", sent)["Location"] == "/clients/CLT-001/"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("client", "CLT-999", "Aucun client ne répond"),
        ("client", "", "Indiquez le client"),
        ("title", "", "Indiquez l’objet"),
        ("title", "x" * 201, "200"),
        ("title", "\x00", ""),
        ("place", "nowhere", ""),
        ("planned_start", "2026-02-31T10:00", "n’existe pas dans le calendrier"),
        ("planned_start", "31/02/2026 10:00", "n’existe pas dans le calendrier"),
        ("planned_start", "demain", "n’est pas une date"),
        ("planned_start", "21/11/2026", "n’a pas d’heure"),
        ("planned_start", "2026-03-29T02:30", "heure d’été"),
        ("planned_start", "1026-03-29T02:30", "trop loin"),
        ("quote_amount", "1e12", "n’est pas un montant"),
        ("quote_amount", "1000000000000", "dépasse le maximum"),
        ("parts_amount", "-5", "jamais négatif"),
        ("labor_amount", "12,345", "n’est pas un montant"),
        ("labor_amount", "NaN", "n’est pas un montant"),
        ("labor_amount", "=1+1", "n’est pas un montant"),
        ("warranty_months", "toujours", "n’est pas une durée"),
        ("warranty_months", "50 ans", "0 à 120 mois"),
        ("technician", "999999", "n’existe pas"),
        ("technician", "9" * 40, "n’existe pas"),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field_and_nothing_is_kept(
    field: str, value: str, sentence: str, desk: Browser
) -> None:
    make_client()
    response = desk.post("/interventions/new/", typed(client="CLT-001") | {field: value})
    assert response.status_code == 422
    errors = field_errors(response)
    assert sentence in errors.get(field, said(response))
    assert not Intervention.objects.exists()
    kept = values(response)
    assert kept["title"] == ("Réparer la porte" if field != "title" else value.replace("\x00", "\ufffd"))
    if field not in ("title", "place", "technician"):
        assert kept[field] == value


@pytest.mark.parametrize(
    ("start", "end", "field", "sentence"),
    [
        ("2026-11-21T10:00", "2026-11-21T09:00", "planned_end", "après le début"),
        ("2026-11-21T10:00", "2026-11-21T10:00", "planned_end", "après le début"),
        ("2026-11-21T10:00", "", "planned_end", "aussi la fin"),
        ("", "2026-11-21T10:00", "planned_start", "aussi le début"),
        ("2026-11-01T10:00", "2027-11-01T10:00", "planned_end", "31 jours"),
    ],
)
def test_a_slot_has_two_ends_in_order(start: str, end: str, field: str, sentence: str, desk: Browser) -> None:
    make_client()
    response = desk.post("/interventions/new/", typed(client="CLT-001", planned_start=start, planned_end=end))
    assert response.status_code == 422
    assert sentence in field_errors(response)[field]
    assert not Intervention.objects.exists()


def test_who_has_left_is_refused_by_name_and_kept_where_the_work_was_theirs(desk: Browser) -> None:
    gone = make_technician(is_active=False, first_name="Paul", last_name="Klein")
    make_client()
    response = desk.post("/interventions/new/", typed(client="CLT-001", technician=str(gone.pk)))
    assert "Paul Klein ne fait plus partie de l’équipe" in field_errors(response)["technician"]
    job = in_state("done", technician=gone)
    address = f"{job.get_absolute_url()}edit/"
    assert desk.post(address, values(desk.get(address))).status_code == 302


def test_a_change_from_a_stale_page_is_refused_and_kept_on_screen(desk: Browser) -> None:
    make_intervention()
    form = values(desk.get(f"{ONE}edit/"))
    assert desk.post(f"{ONE}edit/", form | {"title": "Première"}).status_code == 302
    response = desk.post(f"{ONE}edit/", form | {"title": "Seconde"})
    assert response.status_code == 409
    assert "Odile Durand" in said(response)
    assert values(response)["title"] == "Seconde"
    assert Intervention.objects.get().title == "Première"
    assert desk.post(f"{ONE}edit/", values(response)).status_code == 302
    assert Intervention.objects.get().title == "Seconde"


def test_a_stale_page_shows_days_and_hours_as_people_write_them(desk: Browser) -> None:
    in_state("planned")
    form = values(desk.get(f"{ONE}edit/"))
    desk.post(f"{ONE}edit/", form | {"title": "Première"})
    later = {"planned_start": "2030-11-18T09:00", "planned_end": "2030-11-18T10:00"}
    assert "Début prévu18/11/2030 09:00" in said(desk.post(f"{ONE}edit/", form | later))


def test_a_closed_one_says_that_it_no_longer_changes(desk: Browser) -> None:
    in_state("closed")
    response = desk.post(f"{ONE}edit/", typed(client="CLT-001", title="Autre"))
    assert response.status_code == 409
    assert "clôturée : elle ne change plus" in said(response)
    assert "INT-001 est clôturée : elle ne change plus." in said(desk.get(f"{ONE}edit/", follow=True))
    assert "plus rien ne peut y changer" in said(desk.get(f"{ONE}slot/", follow=True))
    assert f"{ONE}edit/" not in desk.get(ONE).text


def test_its_client_deleted_meanwhile_is_said(desk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    client = make_client()
    form = typed(client="CLT-001")
    keep = services.create

    def too_late(intervention: Intervention, **who: Any) -> Intervention:
        Client.objects.filter(pk=client.pk).delete()
        return keep(intervention, **who)

    monkeypatch.setattr(services, "create", too_late)
    response = desk.post("/interventions/new/", form)
    assert response.status_code == 422
    assert "n’existe plus" in field_errors(response)["client"]


def test_the_page_offers_the_next_transitions_and_no_other(desk: Browser) -> None:
    make_intervention()
    page = said(desk.get(ONE))
    assert [word for word in ("Planifier", "Démarrer", "Annuler l’intervention") if word not in page] == []
    assert [word for word in ("Reprendre", "Terminer", "Clôturer", "Rouvrir") if word in page] == []


def test_a_transition_asks_for_what_it_needs(desk: Browser) -> None:
    in_state("in_progress")
    page = desk.get(f"{ONE}transition/?to=on_hold")
    assert find(page, "name", "reason") is not None
    assert find(page, "name", "report") is None
    response = desk.post(f"{ONE}transition/", {"to": "on_hold"})
    assert response.status_code == 422
    assert "Dites pourquoi" in field_errors(response)["reason"]
    assert desk.post(f"{ONE}transition/", {"to": "on_hold", "reason": "pièces"})["Location"] == ONE
    page_now = said(desk.get(ONE))
    assert ": pièces." in page_now
    assert "Travail mis en attente : pièces" in page_now


def test_a_transition_says_what_has_become_of_the_client(desk: Browser) -> None:
    job = in_state("in_progress")
    response = desk.post(f"{ONE}transition/", {"to": "done", "report": "Gâche remplacée."}, follow=True)
    assert "INT-001 est terminée. Serrurerie Lupin est actif : jusqu’au" in said(response)
    assert job.client.name in said(response)


def test_a_transition_posted_twice_or_from_a_stale_page_is_told(desk: Browser) -> None:
    make_intervention()
    start = {"to": "in_progress", "version": "1"}
    assert desk.post(f"{ONE}transition/", start).status_code == 302
    twice = desk.post(f"{ONE}transition/", start)
    assert twice.status_code == 409
    assert "INT-001 est déjà en cours" in said(twice)
    stale = desk.post(f"{ONE}transition/", {"to": "cancelled", "reason": "doublon", "version": "1"})
    assert stale.status_code == 409
    assert "elle est maintenant en cours" in said(stale)
    assert values(stale)["reason"] == "doublon"
    assert Intervention.objects.get().state == "in_progress"
    assert desk.post(f"{ONE}transition/", values(stale)).status_code == 302


def test_what_was_typed_for_a_transition_that_somebody_else_made_stays_on_the_page(desk: Browser) -> None:
    services.finish(in_state("in_progress"), report="Fait par un autre.", by=None)
    response = desk.post(f"{ONE}transition/", {"to": "done", "report": "Gâche remplacée.", "version": "1"})
    assert response.status_code == 409
    assert "INT-001 est déjà terminée" in said(response)
    assert values(response)["report"] == "Gâche remplacée."
    assert "corrigez les champs" not in said(response)
    assert Intervention.objects.get().report == "Fait par un autre."


@pytest.mark.parametrize("to", ["", "nonsense", "closed\x00", "to_plan"])
def test_a_transition_that_does_not_exist_is_refused(to: str, desk: Browser) -> None:
    make_intervention()
    response = desk.post(f"{ONE}transition/", {"to": to})
    assert response.status_code == (409 if to == "to_plan" else 422)
    assert "Possible : planifier, démarrer, annuler l’intervention." in said(response)
    assert Intervention.objects.get().state == "to_plan"


@pytest.mark.parametrize("query", ["", "?to=", "?to=nonsense"])
def test_a_transition_to_nowhere_leads_back_to_the_intervention(query: str, desk: Browser) -> None:
    make_intervention()
    assert desk.get(f"{ONE}transition/{query}")["Location"] == ONE


def test_money_is_received_and_closing_waits_for_it(desk: Browser) -> None:
    in_state("done", parts_amount=20, labor_amount=30)
    refused = desk.post(f"{ONE}transition/", {"to": "closed"})
    assert refused.status_code == 422
    assert "Il reste 50,00 € à payer" in said(refused)
    form = values(desk.get(ONE))
    assert form["amount"] == "50,00"
    paid = {"amount": "20,50", "kind": "partial", "method": "cheque", "paid_on": "2026-11-02", "note": "n° 12"}
    assert desk.post(f"{ONE}payments/", paid)["Location"] == ONE
    page = said(desk.get(ONE))
    assert "29,50 €" in page
    assert "payée en partie" in page
    assert desk.post(f"{ONE}payments/", paid | {"amount": "29,5", "kind": "balance"}).status_code == 302
    assert desk.post(f"{ONE}transition/", {"to": "closed"}).status_code == 302


def test_a_payment_sent_twice_counts_once(desk: Browser) -> None:
    in_state("done", labor_amount=30)
    sent = values(desk.get(ONE)) | {"kind": "partial", "amount": "10"}
    desk.post(f"{ONE}payments/", sent)
    desk.post(f"{ONE}payments/", sent)
    assert InterventionPayment.objects.count() == 1
    assert Intervention.objects.get().paid_amount == 10


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("amount", "0", "supérieur à zéro"),
        ("amount", "-1", "jamais négatif"),
        ("amount", "1e12", "n’est pas un montant"),
        ("amount", "", "Il manque"),
        ("kind", "gift", ""),
        ("kind", "refund", ""),
        ("method", "shells", ""),
        ("paid_on", "2026-02-31", "n’existe pas"),
        ("paid_on", "2099-01-01", "futur"),
        ("paid_on", "", "Il manque"),
        ("note", "x" * 201, "200"),
    ],
)
def test_a_payment_that_makes_no_sense_is_refused(field: str, value: str, sentence: str, desk: Browser) -> None:
    in_state("done", labor_amount=30)
    sent = {"amount": "10", "kind": "partial", "method": "card", "paid_on": "2026-11-02"} | {field: value}
    response = desk.post(f"{ONE}payments/", sent)
    assert response.status_code == 422
    assert sentence in " ".join(field_errors(response).values())
    assert field_errors(response)
    assert Intervention.objects.get().paid_amount == 0


def test_what_is_paid_too_much_is_no_debt_below_zero(desk: Browser) -> None:
    pay(make_intervention(labor_amount=10), "30", "deposit")
    assert "Payé d’avance20,00 €" in said(desk.get(ONE))
    services.finish(services.start(Intervention.objects.get(), by=None), report="Fait.", by=None)
    assert "À rendre20,00 €" in said(desk.get(f"{ONE}sheet/"))


def test_what_is_cancelled_is_owed_no_more_and_given_back(desk: Browser) -> None:
    job = make_intervention(labor_amount=100)
    pay(job, "40", "deposit")
    services.cancel(Intervention.objects.get(), reason="doublon", by=None)
    assert Intervention.objects.get().balance == -40
    sent = {"amount": "40", "method": "card", "paid_on": "2026-11-02"}
    assert "on ne peut que rembourser" in said(desk.post(f"{ONE}payments/", sent | {"kind": "partial"}))
    shown = values(desk.get(ONE))
    assert (shown["amount"], shown["kind"]) == ("40,00", "refund")
    assert desk.post(f"{ONE}payments/", sent | {"kind": "refund"}).status_code == 302
    assert Intervention.objects.get().balance == 0
    assert "Enregistrer un paiement" not in said(desk.get(ONE))


def test_what_has_been_paid_for_is_not_deleted(desk: Browser) -> None:
    pay(make_intervention(labor_amount=10), "10")
    assert desk.post(f"{ONE}delete/").status_code == 409
    make_intervention(Client.objects.get())
    assert desk.post("/interventions/INT-002/delete/").status_code == 302
    assert Intervention.objects.get().number == 1


def test_the_sheet_holds_what_one_signs(desk: Browser, settings: Any) -> None:
    settings.FIRM = {"name": "Atelier Moselle", "address": "1 rue du Port", "phone": "", "email": "", "siret": ""}
    in_state("done", labor_amount=30, equipment_serial="AB-12", report="Gâche remplacée.")
    page = said(desk.get(f"{ONE}sheet/"))
    for shown in (
        "Atelier Moselle",
        "1 rue du Port",
        "INT-001",
        "Serrurerie Lupin",
        "AB-12",
        "Gâche remplacée.",
        "30,00 €",
    ):
        assert shown in page
    assert "Le client" in page
    assert "Fin réelle" in page
    assert "Appareiln° AB-12" in text(parse(desk.get(f"{ONE}sheet/")).find(".//article"))


def test_a_sheet_printed_before_the_work_promises_no_price(desk: Browser) -> None:
    job = make_intervention()
    page = text(parse(desk.get(f"{ONE}sheet/")).find(".//article"))
    assert "Montant dû" not in page
    assert "Début prévu" in page
    assert "Appareil" not in page
    pay(job, "20", "deposit")
    assert "Déjà payé20,00 €" in said(desk.get(f"{ONE}sheet/"))


def test_money_is_for_those_who_may_see_it(sign_in: SignIn) -> None:
    technician = sign_in(group="Technicien", username="tess")
    in_state("in_progress", technician=User.objects.get(username="tess"), labor_amount=77, quote_amount=88)
    for address in (ONE, f"{ONE}edit/", f"{ONE}sheet/", "/interventions/", "/clients/CLT-001/"):
        page = said(technician.get(address))
        assert "77,00" not in page
        assert "88,00" not in page
    assert technician.post(f"{ONE}payments/", {"amount": "1"}).status_code == 403
    form = values(technician.get(f"{ONE}edit/")) | {"labor_amount": "1", "diagnosis": "Gâche usée"}
    assert technician.post(f"{ONE}edit/", form).status_code == 302
    assert (Intervention.objects.get().labor_amount, Intervention.objects.get().diagnosis) == (77, "Gâche usée")
    assert "« unpaid » n’existe pas" in said(technician.get("/interventions/?unpaid=true"))


def test_a_technician_changes_his_own_work_only(sign_in: SignIn) -> None:
    technician = sign_in(group="Technicien", username="tess")
    in_state("planned", technician=User.objects.get(username="tess"))
    in_state("planned", Client.objects.get())
    assert technician.post(f"{ONE}transition/", {"to": "in_progress"}).status_code == 302
    for address in ("edit/", "slot/", "transition/?to=in_progress"):
        assert technician.get(f"/interventions/INT-002/{address}").status_code == 403
    assert technician.post("/interventions/INT-002/transition/", {"to": "in_progress"}).status_code == 403
    assert technician.post(f"{ONE}transition/", {"to": "done", "report": "Fait."}).status_code == 302
    assert "Clôturer" not in said(technician.get(ONE))
    assert technician.post(f"{ONE}transition/", {"to": "closed"}).status_code == 403
    assert technician.post(f"{ONE}transition/", {"to": "in_progress"}).status_code == 403


def test_reopening_takes_its_own_right(sign_in: SignIn) -> None:
    in_state("cancelled")
    reception = sign_in(group="Accueil")
    assert "Rouvrir" not in said(reception.get(ONE))
    assert reception.post(f"{ONE}transition/", {"to": "to_plan"}).status_code == 403
    assert sign_in(group="Direction").post(f"{ONE}transition/", {"to": "to_plan"}).status_code == 302
    assert Intervention.objects.get().state == "to_plan"
