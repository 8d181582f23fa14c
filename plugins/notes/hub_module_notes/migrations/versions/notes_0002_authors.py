"""Who wrote a note, and when it changed last: notes from before were last changed when they were made."""

import sqlalchemy as sa
from alembic import op

revision = "notes_0002"
down_revision = "notes_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notes_note", sa.Column("author", sa.String(255), nullable=False, server_default=sa.text("''")))
    op.add_column("notes_note", sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE notes_note SET updated_at = created_at")
    with op.batch_alter_table("notes_note") as note:
        note.alter_column("updated_at", existing_type=sa.DateTime(timezone=True), nullable=False)
    op.create_index("ix_notes_note_author_id", "notes_note", ["author", "id"])


def downgrade() -> None:
    op.drop_index("ix_notes_note_author_id", "notes_note")
    with op.batch_alter_table("notes_note") as note:
        note.drop_column("updated_at")
        note.drop_column("author")
