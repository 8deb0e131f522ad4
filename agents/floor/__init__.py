"""The live floor: what came in the last hour, what waits and why, who is at work. Each part is bounded reads."""
