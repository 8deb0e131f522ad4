"""Addresses for writing to people."""

from django.urls import path

from agents.views import messages, ringing

urlpatterns = [
    path("leads/A-<int:number>/text/", messages.text, name="send_text"),
    path("leads/A-<int:number>/email/", messages.email, name="send_email"),
    path("leads/A-<int:number>/delivery/<int:delivery>/again/", messages.again, name="send_again"),
    path("leads/A-<int:number>/ring/", ringing.ring, name="ring_agent"),
]
