"""Trials: a change of a rule runs beside the live rules, changes nothing, and reports what it would have done.

`beside` asks a running trial of a post that is being decided, `looking_back` of recorded posts; `would` says what
either comes to. `starting` and `closing` are the acts of people, `report` what they read.
"""
