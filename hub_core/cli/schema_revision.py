"""``hub schema revision``: a changed model becomes a file that its author reads, completes and releases."""

from pathlib import Path
from typing import Annotated

import typer

from .masking import masked
from .printing import AsJson, print_json
from .terminal_text import say, say_wrapped


def command(
    name: Annotated[str, typer.Argument(help="The name of the module.", metavar="NAME")],
    message: Annotated[str, typer.Option("--message", "-m", help="What the revision changes, in a few words.")],
    as_json: AsJson = False,
) -> int:
    """Write the revision that makes what the models say.

    Compares the models with what the module's revisions make in a scratch database, and writes what is missing into
    migrations/versions of the module's source tree. Ends with exit code 1 when the author has to complete it.
    """
    from ..migrations import difference_text
    from ..operations.schemas.schema_revision import schema_revision
    from ..settings import read_settings

    written = schema_revision(read_settings(Path.cwd()), name, message)
    if as_json:
        print_json(
            None
            if written is None
            else {
                "file": str(written.file.path),
                "revision": written.file.id,
                "changes": [each.as_json() for each in written.differences],
                "left": [each.as_json() for each in written.left],
                "questions": list(written.questions),
                "failure": written.failure and masked(written.failure),
            }
        )
        return 0 if written is None or not (written.left or written.failure) else 1
    if written is None:
        say(f"nothing to do: the revisions of {name} make what its models say")
        return 0
    for each in written.differences:
        say_wrapped(f"  {difference_text(each, found_in='what the revisions made')}")
    say(f"wrote {written.file.path}")
    for question in written.questions:
        say_wrapped(f"to be completed by hand: {question}")
    if written.failure:
        say_wrapped(f"it fails as it is, and has to be completed by hand: {masked(written.failure)}")
    for each in written.left:
        say_wrapped(f"to be completed by hand: {difference_text(each, found_in='what the revisions make')}")
    return 1 if written.left or written.failure else 0
