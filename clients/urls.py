from django.urls import path, register_converter

from clients.lists.clients import ClientList, MemberList
from clients.lists.due import DueList
from clients.lists.quality import QualityList
from clients.lists.reviews import ReviewList
from clients.pages import actions, client, due, merging, presets, quality, reviews, usual
from clients.reference import ReferenceConverter

register_converter(ReferenceConverter, "client")

app_name = "clients"
urlpatterns = [
    path("", ClientList.as_view(), name="list"),
    path("export/", ClientList.as_view(exporting=True), name="export"),
    path("new/", client.create, name="new"),
    path("review/", ReviewList.as_view(), name="review-list"),
    path("review/export/", ReviewList.as_view(exporting=True), name="review-export"),
    path("templates/", presets.templates, name="templates"),
    path("templates/new/", presets.new_template, name="template-new"),
    path("templates/<int:pk>/edit/", presets.edit_template, name="template-edit"),
    path("templates/<int:pk>/delete/", presets.delete_template, name="template-delete"),
    path("due/", DueList.as_view(), name="due"),
    path("due/export/", DueList.as_view(exporting=True), name="due-export"),
    path("due/forget/", due.forget, name="forget"),
    path("due/jobs/<int:pk>/", due.job, name="forgetting"),
    path("due/jobs/<int:pk>/stop/", due.stop, name="forgetting-stop"),
    path("quality/", QualityList.as_view(), name="quality"),
    path("quality/export/", QualityList.as_view(exporting=True), name="quality-export"),
    path("quality/mend/", quality.mend_ticked, name="mend"),
    path("quality/<int:mark>/", quality.done, name="mended"),
    path("quality/<int:mark>/undo/", quality.undo, name="mended-undo"),
    path("check/", client.check, name="check"),
    path("usual/", usual.usual, name="usual"),
    path("pick/", client.pick, name="pick"),
    path("towns/", client.towns, name="towns"),
    path("<client:number>/", client.detail, name="detail"),
    path("<client:number>/members/", MemberList.as_view(), name="members"),
    path("<client:number>/members/export/", MemberList.as_view(exporting=True), name="members-export"),
    path("<client:number>/history/", client.history, name="history"),
    path("<client:number>/edit/", client.edit, name="edit"),
    path("<client:number>/status/", actions.status, name="status"),
    path("<client:number>/review/", reviews.review, name="review"),
    path("<client:number>/delete/", actions.delete, name="delete"),
    path("<client:number>/data/", actions.data, name="data"),
    path("<client:number>/anonymize/", actions.anonymize, name="anonymize"),
    path("<client:number>/merge/", merging.merge, name="merge"),
]
