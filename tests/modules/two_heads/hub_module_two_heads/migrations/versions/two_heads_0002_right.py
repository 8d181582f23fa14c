"""Another that follows the first."""

revision = "two_heads_0002_right"
down_revision = "two_heads_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
