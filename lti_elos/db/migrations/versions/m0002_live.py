"""Who watches and who waits, servers asked about all their rooms at once, names that people gave, groups of a launch."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql')
_OPENING = sa.text("state = 'opening'")


def upgrade() -> None:
    op.create_table('live_servers',
    sa.Column('server_id', sa.Uuid(), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['server_id'], ['servers.id'], name=op.f('fk_live_servers_server_id_servers'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('server_id', name=op.f('pk_live_servers'))
    )
    with op.batch_alter_table('live_rooms', schema=None) as batch_op:
        batch_op.add_column(sa.Column('watched_until', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index('ix_live_rooms_watched_until', ['watched_until'], unique=False)
        batch_op.create_index('ix_live_rooms_opening', ['changed_at'], unique=False, sqlite_where=_OPENING, postgresql_where=_OPENING)

    with op.batch_alter_table('rooms', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_named', sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.add_column(sa.Column('typed_name', sa.String(length=250), nullable=True))

    with op.batch_alter_table('launches', schema=None) as batch_op:
        batch_op.add_column(sa.Column('group_ids', _JSON, server_default='[]', nullable=False))

    with op.batch_alter_table('grants', schema=None) as batch_op:
        batch_op.add_column(sa.Column('seen_until', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('waits', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('typed_name', sa.String(length=250), nullable=True))
        batch_op.drop_index('ix_grants_room_id')
        batch_op.create_index('ix_grants_room_id_seen_until', ['room_id', 'seen_until'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('grants', schema=None) as batch_op:
        batch_op.drop_index('ix_grants_room_id_seen_until')
        batch_op.create_index('ix_grants_room_id', ['room_id'], unique=False)
        batch_op.drop_column('typed_name')
        batch_op.drop_column('waits')
        batch_op.drop_column('seen_until')

    with op.batch_alter_table('launches', schema=None) as batch_op:
        batch_op.drop_column('group_ids')

    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.drop_column('typed_name')

    with op.batch_alter_table('rooms', schema=None) as batch_op:
        batch_op.drop_column('is_named')

    with op.batch_alter_table('live_rooms', schema=None) as batch_op:
        batch_op.drop_index('ix_live_rooms_opening')
        batch_op.drop_index('ix_live_rooms_watched_until')
        batch_op.drop_column('changed_at')
        batch_op.drop_column('watched_until')

    op.drop_table('live_servers')
