"""``hub up``: bring the database to what is wanted, step by step, under one lock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from ..access import NewToken, new_token
from ..database import DatabaseUrl, connect, leader_lock, parse_url
from ..loading import ModuleFailed
from ..packages import Environments
from ..planning import Plan, RecordedModule
from ..registry import desired as stored_desired
from ..registry import (
    generation,
    next_generation,
    revoke_tokens,
    store_desired,
    store_token,
    token_hashes,
)
from ..settings import HubSettings
from .backups.backup import OnBackup
from .bringing import Bringing
from .carrying import OnRevision, carry_out
from .core_tables import bring_core_up
from .describing.descriptions import Descriptions, Known
from .document_file import written
from .environment import Situation, situation, write_initial_document
from .locked import lock_here, refuse_behind, settle
from .processes.process_note import ProcessNote
from .recovery import recover
from .standing import Standing
from .state_folder import make_state_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """What ``hub up`` brought about. ``token`` is there when one was made; nobody can show it again."""

    standing: Standing
    errors: tuple[ModuleFailed, ...]
    token: NewToken | None
    wrote_document: bool


def up(
    settings: HubSettings,
    *,
    agree: Callable[[Plan], None],
    on_revision: OnRevision,
    on_backup: OnBackup = lambda backup: None,
    with_new_token: bool = False,
    descriptions: Descriptions | None = None,
    note: ProcessNote | None = None,
) -> Raised:
    """Migrate the core, apply hub.toml, and carry out the plan. What is not known of the modules is asked of the probe.

    A module that fails keeps its old state and blocks those that require it; the others go on.

    :param agree: shown the plan when it has steps; raises to stop before anything of a module is changed.
    :param note: where is written what is being migrated.
    """
    url = parse_url(settings.effective_database_url)
    make_state_folder(settings)
    written(settings)  # its faults are told before anything is changed
    descriptions = descriptions or Descriptions(settings)
    while True:
        with leader_lock(url, wait_seconds=settings.lock_seconds):
            bring_core_up(url, settings, on_revision=on_revision)
            recovered = recover(url, settings)
            with connect(url) as connection:
                refuse_behind(connection, settings)
                now = situation(connection, settings, applies_document=True)
            known = descriptions.known(now)
            if not known.lacks:
                carrying = partial(carry_out, on_revision=on_revision, on_backup=on_backup, note=note or ProcessNote())
                return _bring_about(
                    url, settings, now, known, agree, carrying, with_new_token, was_changed=bool(recovered)
                )
        descriptions.learn(now, known)  # nobody has to wait for modules that take their time


def _bring_about(
    url: DatabaseUrl,
    settings: HubSettings,
    now: Situation,
    known: Known,
    agree: Callable[[Plan], None],
    carrying: Callable[..., tuple[Bringing, Mapping[str, RecordedModule]]],
    with_new_token: bool,
    *,
    was_changed: bool,
) -> Raised:
    if now.plan.steps:
        agree(now.plan)
    wrote_document = write_initial_document(settings, now.document_text)
    bringing, recorded = carrying(url, settings, now, known, now.plan.steps)
    with connect(url) as connection:
        environment, lock = Environments(settings.state_folder).running_in(), lock_here(settings)
        moves = lock is not None and lock.digest != generation(connection).lock
        has_changed = dict(recorded) != dict(now.recorded) or stored_desired(connection) != now.desired
        if has_changed or was_changed or moves:
            next_generation(connection, lock)
        store_desired(connection, now.desired, now.document_text)
        token = _token(connection, renew=with_new_token)
        connection.commit()
        digests, number = tuple(token_hashes(connection)), generation(connection).number
    if environment is not None:
        settle(settings, environment)
    standing = Standing(
        catalog=now.catalog,
        resolution=now.resolution,
        recorded=recorded,
        desired=now.desired,
        ready=tuple(bringing.ready),
        failures=bringing.failures,
        token_digests=digests,
        generation=number,
    )
    return Raised(standing=standing, errors=tuple(bringing.errors), token=token, wrote_document=wrote_document)


def _token(connection: Connection, *, renew: bool) -> NewToken | None:
    """Make a superuser token when there is none, or in place of all others when asked to."""
    if token_hashes(connection) and not renew:
        return None
    revoke_tokens(connection)
    token = new_token()
    store_token(connection, token.bearer_sha256, token.cookie_sha256)
    return token
