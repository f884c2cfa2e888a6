"""What are the page's own words, in the language that is spoken?"""

from __future__ import annotations

from collections.abc import Mapping

from nlbcheck.language import marked, plural, tell
from nlbcheck.model import Verdict

_FIXED = {
    "relays_title": marked("Relays"),
    "fix_label": marked("Fix:"),
    "skip": marked("Skip to the results"),
    "report": marked("Report"),
    "all_relays": marked("All relays"),
    "relay": marked("Relay"),
    "stands": marked("How it stands"),
    "place": marked("Account and Region"),
    "what_fails": marked("What fails"),
    "failing_first": marked("Rows that fail come first."),
    "listener_and_group": marked("Listener and target group"),
    "target": marked("Target"),
    "from_where": marked("From where rows work"),
    "open_paths": marked("The paths that are open"),
    "evidence": marked("Evidence"),
    "meaning_label": marked("What it means:"),
    "probes_failed": marked("Probes that failed"),
    "plan_title": marked("The plan, in the order of the path"),
    "each_once": marked("Every command stands here once."),
    "unread": marked("What could not be read, and what else to know"),
    "who_answered": marked("Who answered"),
    "copy": marked("Copy"),
    "copied": marked("Copied"),
    "selected": marked("Selected: copy it with the keyboard"),
}
_LEGEND = (
    (Verdict.PASS, marked("in order")),
    (Verdict.WARN, marked("warning")),
    (Verdict.UNKNOWN, marked("not known")),
    (Verdict.FAIL, marked("fails")),
)


def all_told() -> Mapping[str, object]:
    """Return everything that the template says itself, by the names that it has there."""
    return {
        **{name: tell(sentence) for name, sentence in _FIXED.items()},
        "legend": [(verdict.value, tell(said)) for verdict, said in _LEGEND],
        "step_of_plan": lambda number: tell("Step {number} of the plan", number=number),
        "table_number": lambda number: tell("Table {number}", number=number),
        "path_to": lambda endpoint: tell("The path to {address}", address=endpoint),
        "drawn_first": lambda count: tell(
            "The path is drawn for the first {count} causes only.", count=count
        ),
        "every_gate": lambda leg: tell("Every gate, {leg}", leg=leg),
        "ways": lambda count: plural(
            count, "{count} way in which connections fail", "{count} ways in which connections fail"
        ),
        "made_by": lambda version: tell(
            "Made by nlbcheck {version}. It changes nothing in AWS.", version=version
        ),
    }
