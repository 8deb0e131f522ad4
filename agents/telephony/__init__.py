"""Providers of texts and calls, behind one interface; which one is the setting TELEPHONY."""

from agents.telephony.provider import Provider, provider

__all__ = ["Provider", "provider"]
