"""Addresses of the agents' pages."""

from django.urls import path

from agents.views import lead, leads, queue, work

urlpatterns = [
    path("", queue.home, name="queue"),
    path("leads/", leads.lead_list, name="lead_list"),
    path("search/", leads.search, name="search"),
    path("leads/A-<int:number>/", lead.lead_page, name="lead"),
    path("leads/A-<int:number>/call/", work.log_call, name="log_call"),
    path("leads/A-<int:number>/note/", work.add_note, name="add_note"),
    path("leads/A-<int:number>/follow-up/", work.add_promise, name="add_follow_up"),
    path("leads/A-<int:number>/follow-up/<int:follow_up>/done/", work.finish, name="finish_follow_up"),
    path("leads/A-<int:number>/stage/", work.move, name="move_lead"),
]
