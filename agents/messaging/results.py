"""What came of handing something to a provider: it was taken, or one of four ways in which it was not."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Taken:
    """The provider has it. `sender`: from which number or address, where the provider says so."""

    provider_id: str = ""
    sender: str = ""
    segments: int | None = None


class NotSent(Exception):
    """It was not taken. `code` is the provider's or a word of ours, `words` are for the agent."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(code)
        self.code, self.words = code, words


class Refused(NotSent):
    """It will not be taken later either."""


class OptedOut(Refused):
    """The provider holds a request of this person to stop."""


class TryLater(NotSent):
    """Certainly not sent, and for a reason that may pass. `after`: seconds the provider asked us to wait."""

    def __init__(self, code: str, words: str, after: float | None = None) -> None:
        super().__init__(code, words)
        self.after = after


class PerhapsSent(NotSent):
    """Nobody can tell: no answer came, or one that says nothing."""
