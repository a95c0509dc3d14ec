"""People who may open /admin, and indexes for what they look at."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

_PENDING = sa.text('NOT is_active')
_OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    op.create_table('operators',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=False),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('signed_in_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_operators')),
    sa.UniqueConstraint('email', name=op.f('uq_operators_email'))
    )
    op.create_table('operator_sessions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('operator_id', sa.Uuid(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['operator_id'], ['operators.id'], name=op.f('fk_operator_sessions_operator_id_operators'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_operator_sessions')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_operator_sessions_token_hash'))
    )
    with op.batch_alter_table('operator_sessions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_operator_sessions_operator_id'), ['operator_id'], unique=False)
    op.create_table('sign_in_failures',
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_sign_in_failures'))
    )
    with op.batch_alter_table('servers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('checked_ms', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('checked_code', sa.String(length=40), server_default='', nullable=False))
    op.create_index('ix_platforms_name_id', 'platforms', ['name', 'id'], unique=False)
    op.create_index('ix_deployments_pending', 'deployments', ['created_at'], unique=False, sqlite_where=sa.text('is_active = 0'), postgresql_where=_PENDING)
    op.create_index('ix_failed_launches_minute', 'failed_launches', ['minute', 'platform_id', 'code', 'more'], unique=False)
    op.create_index('ix_live_rooms_open', 'live_rooms', ['checked_at'], unique=False, sqlite_where=_OPEN, postgresql_where=_OPEN)


def downgrade() -> None:
    op.drop_index('ix_live_rooms_open', 'live_rooms')
    op.drop_index('ix_failed_launches_minute', 'failed_launches')
    op.drop_index('ix_deployments_pending', 'deployments')
    op.drop_index('ix_platforms_name_id', 'platforms')
    with op.batch_alter_table('servers', schema=None) as batch_op:
        batch_op.drop_column('checked_code')
        batch_op.drop_column('checked_ms')
        batch_op.drop_column('checked_at')
    op.drop_table('sign_in_failures')
    op.drop_table('operator_sessions')
    op.drop_table('operators')
