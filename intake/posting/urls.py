"""Addresses of the posting instructions: open to whoever has a source's link."""

from django.urls import path

from intake.posting import views

urlpatterns = [
    path("posting/<str:token>/", views.page, name="posting"),
    path("posting/<str:token>/schema.json", views.json_schema, name="posting_schema"),
    path("posting/<str:token>/openapi.json", views.open_api, name="posting_openapi"),
]
