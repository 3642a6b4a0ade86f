"""Addresses of imports."""

from django.urls import path

from fixaloop.imports import pages

app_name = "imports"
urlpatterns = [
    path("", pages.imports, name="list"),
    path("new/", pages.new, name="new"),
    path("blank/<str:kind>/", pages.blank, name="blank"),
    path("jobs/<int:pk>/", pages.job, name="job"),
    path("jobs/<int:pk>/stop/", pages.stop, name="stop"),
    path("jobs/<int:pk>/delete/", pages.delete, name="delete"),
    path("jobs/<int:pk>/refused/", pages.refused, name="refused"),
    path("<int:pk>/undo/", pages.undo, name="undo"),
]
