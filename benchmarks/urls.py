"""The product's addresses and the yardsticks."""

from django.urls import include, path

from benchmarks import views

urlpatterns = [
    path("bench/noop", views.noop),
    path("bench/one-read", views.one_read),
    path("bench/two-inserts", views.TwoInserts.as_view()),
    path("", include("leadcrm.urls")),
]
