"""The open orders of what is held, as REST told them and the stream changed them since."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from tuirisk.events import AccountPosition, ExitOrder
from tuirisk.events.intervals import SECOND_NS
from tuirisk.feed.binance.account.exit_orders import OpenOrder, OrderId, exits_of

MOST_ENDED = 1_000
"""Orders that are known to have ended; answers of REST may be older than their end."""
BEHIND_NS = 5 * SECOND_NS
"""How far an answer of REST may be behind the stream."""


class OpenExits:
    """What makes positions smaller, by symbol; unknown where it was not read.

    An order that has ended is shown by no later answer; one that the stream has just told of
    stays until the answers can know it.
    """

    def __init__(self) -> None:
        self._orders: dict[str, dict[OrderId, OpenOrder]] = {}
        self._doubtful: frozenset[str] = frozenset()
        """Symbols of which a row could not be read: it may be a stop."""
        self._ended: deque[OrderId] = deque(maxlen=MOST_ENDED)
        self._placed: dict[OrderId, tuple[OpenOrder, int]] = {}
        """Orders that the stream told of, and when (ns)."""

    def set(
        self,
        orders: Mapping[str, Iterable[OpenOrder]],
        doubtful: Iterable[str] = (),
        requested: int = 0,
    ) -> bool:
        """Take the open orders of every symbol that was read, asked for at ``requested`` (ns);
        whether they are others than those known.
        """
        before = self._orders
        ended = set(self._ended)
        self._placed = {
            order_id: (order, received)
            for order_id, (order, received) in self._placed.items()
            if requested - received < BEHIND_NS
        }
        self._orders = {
            symbol: {
                **{order.id: order for order in known if order.id not in ended},
                **{
                    order_id: order
                    for order_id, (order, _) in self._placed.items()
                    if order.symbol == symbol
                },
            }
            for symbol, known in orders.items()
        }
        self._doubtful = frozenset(doubtful)
        return self._orders != before

    def change(self, order_id: OrderId, order: OpenOrder | None, received: int) -> bool:
        """Take in that an order is open as ``order``, or (None) has ended; whether that is new."""
        if order is None:
            self._ended.append(order_id)
            self._placed.pop(order_id, None)
            return any(known.pop(order_id, None) for known in self._orders.values())
        if order_id in self._ended or not order.is_complete:
            return False
        self._placed[order_id] = order, received
        known = self._orders.get(order.symbol)
        if known is None or known.get(order_id) == order:
            return False
        known[order_id] = order
        return True

    def of(self, position: AccountPosition) -> tuple[ExitOrder, ...] | None:
        """Those of ``position``; None where they are not known, or a stop may be lacking."""
        known = self._orders.get(position.symbol)
        if known is None:
            return None
        exits = exits_of(position, known.values())
        unread = position.symbol in self._doubtful or "" in self._doubtful
        return None if unread and not any(one.limits_loss for one in exits) else exits
