"""Addresses of imports."""

from django.urls import path

from fixaloop.imports import views

app_name = "imports"
urlpatterns = [
    path("", views.imports, name="list"),
    path("new/", views.new, name="new"),
    path("blank/<str:kind>/", views.blank, name="blank"),
    path("jobs/<int:pk>/", views.job, name="job"),
    path("jobs/<int:pk>/stop/", views.stop, name="stop"),
    path("jobs/<int:pk>/delete/", views.delete, name="delete"),
    path("jobs/<int:pk>/refused/", views.refused, name="refused"),
    path("<int:pk>/undo/", views.undo, name="undo"),
]
