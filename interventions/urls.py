from django.urls import path, register_converter

from fixaloop.words.text import ReferenceConverter
from interventions.models import INTERVENTION
from interventions.pages import actions, detail, edit, new, settling, story, times
from interventions.pages.list import InterventionList
from interventions.planning import absences
from interventions.planning.day import planning_day
from interventions.planning.month import planning_month
from interventions.planning.week import planning


class InterventionConverter(ReferenceConverter):
    reference = INTERVENTION


register_converter(InterventionConverter, "intervention")

app_name = "interventions"
urlpatterns = [
    path("", InterventionList.as_view(), name="list"),
    path("export/", InterventionList.as_view(exporting=True), name="export"),
    path("new/", new.create, name="new"),
    path("vehicles/", edit.vehicles, name="vehicles"),
    path("planning/", planning, name="planning"),
    path("planning/day/", planning_day, name="planning-day"),
    path("planning/month/", planning_month, name="planning-month"),
    path("planning/absences/", absences.absences, name="absences"),
    path("planning/absences/new/", absences.create, name="absence-new"),
    path("planning/absences/<int:pk>/", absences.edit, name="absence"),
    path("planning/absences/<int:pk>/delete/", absences.remove, name="absence-delete"),
    path("<intervention:number>/", detail.detail, name="detail"),
    path("<intervention:number>/edit/", edit.edit, name="edit"),
    path("<intervention:number>/delete/", edit.delete, name="delete"),
    path("<intervention:number>/sheet/", detail.sheet, name="sheet"),
    path("<intervention:number>/finish/", settling.finish, name="finish"),
    path("<intervention:number>/note/", story.note, name="note"),
    path("<intervention:number>/slot/", actions.slot, name="slot"),
    path("<intervention:number>/times/", times.times, name="times"),
    path("<intervention:number>/transition/", actions.transition, name="transition"),
    path("<intervention:number>/payments/", actions.pay, name="payments"),
    path("<intervention:number>/payments/<int:payment>/opposite/", actions.oppose, name="oppose"),
]
