"""How far a message came, in the words of the timeline."""

from dataclasses import dataclass

from agents.messaging.sending import can_be_sent_again
from agents.models import BridgedCall, Delivery, DeliveryProvider, DeliveryState

_TONES = {
    DeliveryState.QUEUED: "quiet", DeliveryState.SENDING: "quiet", DeliveryState.UNSURE: "warn",
    DeliveryState.SENT: "info", DeliveryState.DELIVERED: "good", DeliveryState.UNDELIVERED: "bad",
    DeliveryState.FAILED: "bad",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShownDelivery:
    """One line under a text or e-mail. `again`: the key of what a button may send once more, None for none."""

    text: str
    tone: str
    to: str
    again: int | None = None
    unsure: bool = False


def show_delivery(delivery: Delivery) -> ShownDelivery:
    """“delivered”, “not delivered: their phone is off or out of reach (30003)”, “perhaps sent: …”."""
    state = DeliveryState(delivery.state)
    text = str(state.label).lower()
    if state == DeliveryState.SENT and delivery.provider == DeliveryProvider.MAIL:
        text = "handed to the mail server"
    if state == DeliveryState.QUEUED and delivery.attempts:
        text = "will be tried again"
    if delivery.error:
        text += f": {delivery.error}" + (
            f" ({delivery.error_code})" if delivery.error_code.isdecimal() else ""
        )
    if delivery.segments and delivery.segments > 1:
        text += f" · {delivery.segments} parts"
    again = delivery.pk if can_be_sent_again(delivery) else None
    return ShownDelivery(text, _TONES[state], delivery.to, again, state == DeliveryState.UNSURE)


def show_call(call: BridgedCall) -> tuple[str, str]:
    """(words, tone) for a call that the provider put through."""
    if call.seconds:
        minutes, seconds = divmod(call.seconds, 60)
        return f"Call put through, {minutes}:{seconds:02}", "good"
    if call.connected_at:
        return "Call put through, nobody answered", "quiet"
    state = DeliveryState(call.state)
    if state in (DeliveryState.UNDELIVERED, DeliveryState.FAILED):
        return f"Call not put through: {call.error or 'it could not be placed'}", "warn"
    if state == DeliveryState.UNSURE:
        return "Call perhaps not put through: the provider gave no answer", "warn"
    if state == DeliveryState.DELIVERED:
        return "Rang the agent's phone; no key was pressed", "quiet"
    return "Ringing the agent's phone", "quiet"
