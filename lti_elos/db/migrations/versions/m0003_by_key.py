"""What every launch writes costs fewer pages: rows in their key's tree on SQLite, and no index for the hourly sweep."""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

_TABLES = ('spent', 'browser_sessions', 'launches')


def upgrade() -> None:
    with op.batch_alter_table('spent', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_spent_ends_at'))
    _rebuild(with_rowid=False)


def downgrade() -> None:
    _rebuild(with_rowid=True)
    with op.batch_alter_table('spent', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_spent_ends_at'), ['ends_at'], unique=False)


def _rebuild(*, with_rowid: bool) -> None:
    """SQLite alone: a table is made anew, its rows and indexes with it."""
    if op.get_bind().dialect.name != 'sqlite':
        return
    for name in _TABLES:
        table = sa.Table(name, sa.MetaData(), autoload_with=op.get_bind())
        table.dialect_options['sqlite']['with_rowid'] = with_rowid
        with op.batch_alter_table(name, copy_from=table, recreate='always'):
            pass
