from django.urls import path

from fixaloop.exports import views

app_name = "exports"
urlpatterns = [
    path("", views.exports, name="list"),
    path("<int:pk>/download/", views.download, name="download"),
    path("<int:pk>/stop/", views.stop, name="stop"),
    path("<int:pk>/restart/", views.restart, name="restart"),
    path("<int:pk>/delete/", views.delete, name="delete"),
]
