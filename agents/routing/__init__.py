"""What managers ask about routing: who may sell what where, how pools stand, and what other rules would have done."""

from typing import Final

# Both tell who works with a person, and what rules do to each agent.
TRY_ROUTING: Final = "agents.try_routing"
