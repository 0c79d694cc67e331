"""What the screen asks when a basket is put aside, and when one is taken up again."""

from domain.sales.receipt import amount_text
from domain.shared.period import zone
from entrypoints.terminal.asking import Next, Question
from entrypoints.terminal.dialog_words import said
from entrypoints.terminal.parking import Resumed, Waiting
from entrypoints.terminal.screen_words import whole_of
from entrypoints.terminal.till import Till


class ParkDialog:
    """All of it runs in the till's thread."""

    def __init__(self, till: Till) -> None:
        self._till = till

    def park(self) -> Question:
        return Question(self._said("park_as"), self._park)

    def resume(self) -> Next:
        """The list of what can be taken up; a basket in front of the cashier is put aside first."""
        waiting = self._till.parked()
        if not waiting:
            return self._said("nothing_parked")
        listed = [f"{number}  {self._listed(one)}" for number, one in enumerate(waiting, start=1)]

        def choose(text: str) -> Next:
            number = whole_of(text, field="number")
            if not 1 <= number <= len(waiting):
                return self.resume()
            return self._told(self._till.resume(waiting[number - 1]))

        return Question(self._said("resume_which"), choose, "\n".join(listed))

    def _park(self, label: str) -> str:
        parked_id = self._till.park(label)
        if not self._till.parking.is_here(parked_id):
            return self._said("parked_for_store")
        return "\n".join([self._said("parked_here"), self._till.parking.refused.get(parked_id, "")]).rstrip()

    def _told(self, resumed: Resumed) -> str:
        """What has changed since it was put aside, or why it cannot be sold as it is."""
        answer = resumed.answer
        if answer is None:
            return ""
        if answer.HasField("problem"):
            return answer.problem.message
        currency = answer.parked.currency
        names = {line.line_number: line.name for line in answer.quote.lines}
        return "\n".join(
            self._said(
                "costs_now",
                goods=names.get(one.line_number, one.sku),
                before=amount_text(one.total_then_minor, currency) if one.total_then_minor else "?",
                now=amount_text(one.total_now_minor, currency),
            )
            for one in answer.changes
        )

    def _listed(self, one: Waiting) -> str:
        with self._till.catalogue.reading() as held:
            store = held.store
        at = f"{one.parked_at.astimezone(zone(store.time_zone)):%H:%M}" if one.parked_at is not None else ""
        total = amount_text(one.total_minor, store.currency) if one.total_minor else ""
        here = "" if one.basket_id else self._said("of_this_till")
        return "  ".join(part for part in (one.label, at, total, one.by, here) if part)

    def _said(self, name: str, **values: object) -> str:
        return said(name, self._till.language, **values)
