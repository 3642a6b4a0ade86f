"""Addresses of clients, as contract.md names them."""

from django.urls import path, register_converter

from clients import actions, fragments, similar_views, views
from clients.lists import ClientList
from clients.members import MemberList
from clients.reference import ReferenceConverter

register_converter(ReferenceConverter, "client")

app_name = "clients"
urlpatterns = [
    path("", ClientList.as_view(), name="list"),
    path("export/", ClientList.as_view(exporting=True), name="export"),
    path("new/", views.create, name="new"),
    path("templates/", similar_views.templates, name="templates"),
    path("templates/new/", similar_views.new_template, name="template-new"),
    path("templates/<int:pk>/edit/", similar_views.edit_template, name="template-edit"),
    path("templates/<int:pk>/delete/", similar_views.delete_template, name="template-delete"),
    path("check/", fragments.check, name="check"),
    path("pick/", fragments.pick, name="pick"),
    path("towns/", fragments.towns, name="towns"),
    path("<client:number>/", views.detail, name="detail"),
    path("<client:number>/members/", MemberList.as_view(), name="members"),
    path(
        "<client:number>/members/export/",
        MemberList.as_view(exporting=True),
        name="members-export",
    ),
    path("<client:number>/history/", views.history, name="history"),
    path("<client:number>/edit/", views.edit, name="edit"),
    path("<client:number>/status/", actions.status, name="status"),
    path("<client:number>/delete/", actions.delete, name="delete"),
    path("<client:number>/data/", actions.data, name="data"),
    path("<client:number>/anonymize/", actions.anonymize, name="anonymize"),
    path("<client:number>/merge/", actions.merge, name="merge"),
]
