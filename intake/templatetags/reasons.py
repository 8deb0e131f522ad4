"""How managers read a reason: in words, with its code small beside it."""

from django import template

from intake.admin.words import reason_words

register = template.Library()
register.filter("reason", reason_words)
