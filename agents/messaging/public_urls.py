"""Addresses that a provider of texts or a consumer calls, without logging in: each checks a signature."""

from django.urls import path, re_path

from agents.views import telephony, unsubscribe

urlpatterns = [
    path("unsubscribe/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
    # A trailing slash is taken as it comes: a redirect would lose the form, and the signature covers the address.
    re_path(r"^api/telephony/twilio/status/?$", telephony.status, name="twilio_status"),
    re_path(r"^api/telephony/twilio/inbound/?$", telephony.inbound, name="twilio_inbound"),
    re_path(r"^api/telephony/twilio/answer/?$", telephony.answer, name="twilio_answer"),
]
