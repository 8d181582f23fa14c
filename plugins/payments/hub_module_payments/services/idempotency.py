"""Do work once for each idempotency key, also when two requests bring the key at the same time.

The key's row is inserted before the work, in the same transaction. A second request with the key waits on the unique
constraint until the first is over: if that committed, its answer is given again; if it rolled back, the work is done now.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Generic, TypeVar

from hub_hookspecs import uuid7
from pydantic import BaseModel
from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from ..exceptions import IdempotencyKeyReused
from ..models import IdempotencyKey

AnswerT = TypeVar("AnswerT", bound=BaseModel)

_INSERT: Final[Mapping[str, Callable[[Any], sqlite.Insert | postgresql.Insert]]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
_UNIQUE: Final = ("tenant_id", "operation", "key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Generic[AnswerT]):
    """An answer, and whether it is the one recorded earlier for the same key."""

    answer: AnswerT
    replayed: bool


def request_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 over the content as JSON with sorted keys: equal for equal content, however it was spelled."""
    return sha256(json.dumps(content, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()


async def once(
    session: AsyncSession,
    operation: str,
    key: str,
    content: Mapping[str, Any],
    answers: type[AnswerT],
    work: Callable[[], Awaitable[AnswerT]],
) -> Recorded[AnswerT]:
    """Answer with ``work()``, or with what it answered before for this key of this operation.

    Work that raises leaves no key behind, so that it can be tried again.

    :raises IdempotencyKeyReused: the key stands for other content.
    """
    async with session.begin_nested():  # a caller that catches a Problem and commits must not keep the key
        mine, digest = uuid7(), request_hash(content)
        claim = _INSERT[session.get_bind().dialect.name](IdempotencyKey).values(
            id=mine, operation=operation, key=key, request_hash=digest
        )
        # The update changes nothing: it makes RETURNING give the row that is there, in one statement.
        claim = claim.on_conflict_do_update(index_elements=_UNIQUE, set_={"key": claim.excluded.key})
        row = (
            await session.execute(
                claim.returning(IdempotencyKey.id, IdempotencyKey.request_hash, IdempotencyKey.answer)
            )
        ).one()
        if row.id != mine:
            if row.request_hash != digest:
                raise IdempotencyKeyReused(key)
            return Recorded(answer=answers.model_validate(row.answer), replayed=True)
        answer = await work()
        await session.execute(
            update(IdempotencyKey).where(IdempotencyKey.id == mine).values(answer=answer.model_dump(mode="json"))
        )
        return Recorded(answer=answer, replayed=False)
