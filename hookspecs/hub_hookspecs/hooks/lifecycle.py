"""Lifecycle: what a module does when it is installed, upgraded, enabled and disabled, inside that very transaction.

Plain functions: the transaction is one that migrations run in, and those are synchronous.
"""

from ..markers import hookspec
from ..values import ChangeContext


@hookspec
def hub_before_install(context: ChangeContext) -> None:
    """Refuse to be installed where the module could not work, before its tables are made.

    Called: by ``hub up``, before the first revision runs and in its transaction; again when that transaction has to be tried
        again, and whenever the installation is. When the first revision runs outside a transaction, in one ahead of it that
        is kept. In the main thread, within ``start_seconds``.
    Order: module by module, requirements first; they are installed by then.
    Combined: each module's stands alone; there is no common result.

    :param context: the module, its settings and the connection; there are no tables of the module yet.
    :raises Exception: the module is *failed: before install*, nothing of it is kept, those that require it are blocked and
        all others go on. The time limit counts as one. The words of a ``ChangeRefused`` are shown as they are.
    """


@hookspec
def hub_after_install(context: ChangeContext) -> None:
    """Write what a new module needs in its tables and no data file can say.

    Called: by ``hub up``, after the last revision and the seed data and in their transaction; again when that transaction has
        to be tried again. When revisions run outside a transaction, in the one behind them. In the main thread, within
        ``start_seconds``.
    Order: module by module, requirements first; before ``hub_enabled`` of the same module.
    Combined: each module's stands alone; there is no common result.

    :param context: the module, its settings and the connection to its new tables.
    :raises Exception: the module is *failed: after install*; its tables, their rows and what is recorded of it are undone,
        but for what ran outside a transaction. Those that require it are blocked and all others go on. The time limit counts
        as one.
    """


@hookspec
def hub_before_upgrade(context: ChangeContext) -> None:
    """Refuse an upgrade that the data does not allow, or put that data aside, before its revisions run.

    Called: by ``hub up`` when a newer version than the recorded one is brought up, before its first revision and in its
        transaction, also when it has none; again when that transaction has to be tried again, and whenever the upgrade is.
        When the first revision runs outside a transaction, in one ahead of it that is kept. In the main thread, within
        ``start_seconds``.
    Order: module by module, requirements first; they are upgraded by then.
    Combined: each module's stands alone; there is no common result.

    :param context: the module, its settings and the connection; the tables are as ``from_version`` left them, so read them
        without the models of today.
    :raises Exception: the module is *failed: before upgrade* and as it was, those that require it are blocked and all others
        go on. The time limit counts as one. The words of a ``ChangeRefused`` are shown as they are.
    """


@hookspec
def hub_after_upgrade(context: ChangeContext) -> None:
    """Bring data along that revisions cannot, or look whether an upgrade left it sound.

    Called: by ``hub up`` when a newer version than the recorded one is brought up, after its last revision and seed data and
        in their transaction; again when that transaction has to be tried again. When revisions run outside a transaction, in
        the one behind them. In the main thread, within ``start_seconds``.
    Order: module by module, requirements first; before ``hub_enabled`` of the same module.
    Combined: each module's stands alone; there is no common result.

    :param context: the module, its settings and the connection; ``from_version`` says where the data came from.
    :raises Exception: the module is *failed: after upgrade* and its tables, their rows and what is recorded of it are as
        before, but for what ran outside a transaction. Those that require it are blocked and all others go on. The time limit
        counts as one.
    """


@hookspec
def hub_enabled(context: ChangeContext) -> None:
    """Take up work: for the first time, or again after the module was disabled.

    Called: by ``hub up``, in the transaction that records the module as enabled, last before that is written; again when that
        transaction has to be tried again. Not when the hub starts, and the module does not serve yet. In the main thread,
        within ``start_seconds``.
    Order: module by module, requirements first; after the hooks of its installation or upgrade.
    Combined: each module's stands alone; there is no common result.

    :param context: the module, its settings and the connection to its tables, also for a module that has none.
    :raises Exception: the module is *failed: enabling* and stays as it was, with an installation or upgrade in the same
        transaction undone. Those that require it are blocked and all others go on. The time limit counts as one.
    """


@hookspec
def hub_disabled(context: ChangeContext) -> None:
    """Leave the module's data in a state that can be left alone, or refuse to stop now.

    Called: by ``hub up``, in the transaction that records the module as disabled, before that is written; again when that
        transaction has to be tried again. Not when the hub stops, and not for a module whose files are gone or broken, that
        is blocked or that is quarantined. In the main thread, within ``start_seconds``.
    Order: module by module, those that require others first.
    Combined: each module's stands alone; there is no common result.

    :param context: the module, its settings and the connection; the tables are as ``from_version`` left them.
    :raises Exception: the module is *failed: disabling* and stays enabled, and so do those it requires; ``hub up`` tries again.
        All others go on. The time limit counts as one. The words of a ``ChangeRefused`` are shown as they are.
    """
