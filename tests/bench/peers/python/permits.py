"""At most 2,000 orders of an owner in ten seconds, over all processes: permits are taken in blocks
of ten, by a write in the transaction that places an order."""

WINDOW = 10_000
MOST = 2_000
BLOCK = 10

_owners = {}


class Permit:
    """A permit for one order, and the write that it needs, if any."""

    def __init__(self, table, owner, now):
        self._owner, self._window = owner, now // WINDOW
        window, left = _owners.get(owner, (None, 0))
        self._taken = window == self._window and left > 0
        self.writes = []
        if self._taken:
            _owners[owner] = (window, left - 1)
            return
        self.writes.append({
            "Update": {
                "TableName": table,
                "Key": {"pk": {"S": f"RATE#{owner}"}, "sk": {"S": f"ORDERS#{self._window}"}},
                "UpdateExpression": "SET expiresAt = :expires ADD taken :block",
                "ConditionExpression": "attribute_not_exists(taken) OR taken <= :most",
                "ExpressionAttributeValues": {
                    ":expires": {"N": str(now // 1000 + 3_610)},
                    ":block": {"N": str(BLOCK)},
                    ":most": {"N": str(MOST - BLOCK)},
                },
            }
        })

    def used(self):
        """The order is placed."""
        if not self._taken:
            _owners[self._owner] = (self._window, BLOCK - 1)

    def returned(self):
        """The order was refused."""
        if self._taken:
            window, left = _owners[self._owner]
            _owners[self._owner] = (window, left + 1)
