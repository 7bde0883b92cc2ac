"""The books: energy and money as they are shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from ..core.power import account as accounts
from ..core.power.account import Account
from ..core.power.meter import Meter
from ..core.power.moment import Moment
from .follower import Follower


@dataclass(frozen=True, kw_only=True)
class Books:
    """What all servers used at one moment."""

    accounts: Mapping[str, Account] = field(default_factory=dict)
    """By the servers' ids."""
    total: Account = field(default_factory=Account)
    """With what those used that were removed."""
    price: Decimal = Decimal(0)
    """Per kWh."""


def balance(
    followers: Mapping[str, Follower], removed: Meter, price: Decimal, now: Moment
) -> Books:
    """Return the books by now; `removed` is of servers that are no more."""
    known = {name: follower.account(now) for name, follower in followers.items()}
    gone = Account(
        typical_watts=Decimal(0),
        this_month=removed.this_month(now),
        last_month=removed.last_month(now),
    )
    return Books(
        accounts=known,
        total=accounts.total((*known.values(), gone), now.month),
        price=price,
    )
