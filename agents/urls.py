"""Addresses of the agents' pages."""

from django.urls import URLPattern, URLResolver, include, path

from agents.views import calls, claim, edit, follow_ups, lead, leads, me, presence, queue, standing, work

urlpatterns: list[URLPattern | URLResolver] = [
    path("", queue.home, name="queue"),
    path("leads/", leads.lead_list, name="lead_list"),
    path("claim/", claim.claim_page, name="claim"),
    path("claim/<int:offer>/", claim.take, name="claim_lead"),
    path("search/", leads.search, name="search"),
    path("leads/A-<int:number>/", lead.lead_page, name="lead"),
    path("leads/A-<int:number>/edit/", edit.edit, name="edit_lead"),
    path("leads/A-<int:number>/next/", queue.next_lead, name="next_lead"),
    path("leads/A-<int:number>/presence/", presence.present, name="presence"),
    path("leads/A-<int:number>/dial/", calls.dial_phone, name="dial"),
    path("leads/A-<int:number>/permission/", calls.permission, name="permission"),
    path("leads/A-<int:number>/opt-out/", standing.opt_out, name="opt_out"),
    path("leads/A-<int:number>/zone/", standing.zone, name="confirm_zone"),
    path("leads/A-<int:number>/call/", work.log_call, name="log_call"),
    path("leads/A-<int:number>/note/", work.add_note, name="add_note"),
    path("leads/A-<int:number>/follow-up/", work.add_promise, name="add_follow_up"),
    path("leads/A-<int:number>/follow-up/<int:follow_up>/done/", work.finish, name="finish_follow_up"),
    path("leads/A-<int:number>/stage/", work.move, name="move_lead"),
    path("follow-ups/", follow_ups.follow_ups, name="follow_ups"),
    path("follow-ups/done/", follow_ups.finish_many, name="finish_many"),
    path("follow-ups/snooze/", follow_ups.snooze_many, name="snooze_many"),
    path("me/", me.me, name="me"),
    path("me/pause/", me.pause, name="pause"),
    path("me/resume/", me.resume, name="resume"),
    path("me/profile/", me.profile, name="my_profile"),
    path("me/hours/", me.hours, name="my_hours"),
    path("me/log-out-everywhere/", me.log_out_everywhere, name="log_out_everywhere"),
    path("", include("agents.messaging.urls")),
]
