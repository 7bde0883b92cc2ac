"""What somebody or something wants done on a server, before it is an action."""

from dataclasses import dataclass

from ..alerts.alert import Person
from .action import ActionType, What
from .updates import Updates


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What somebody or something wants done."""

    server_id: str
    action_type: ActionType
    target: str = ""
    updates: Updates | None = None
    """What is to be installed, if that is wanted."""
    alert_id: str | None = None
    by: Person | None = None
    proposed: bool = False
    """Whether an alert asks for it, and nobody else."""
    decided: bool = False
    """Whether who asks for it lets it happen, here and now."""
    timeout_seconds: float = 300

    @property
    def what(self) -> What:
        """What is to be done, as `Action.what`."""
        return self.server_id, self.action_type, self.target
