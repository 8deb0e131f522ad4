"""The SLA chain: a lead that is assigned and left untouched passes the steps of its pool.

`agents.assignment.chain` starts it, `minutes` says when a step is due, `sweep` finds what is due and `acts` does it,
`mail` tells managers, `shown` is what pages show of it.
"""
