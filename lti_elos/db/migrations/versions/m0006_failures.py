"""Why launches fail: each refusal's check and evidence, the causes they come to, and how browsers were proven."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')

_EVIDENCE = (
    ('cause', sa.String(length=40), ''),
    ('door', sa.String(length=10), ''),
    ('is_verified', sa.Boolean(), sa.false()),
    ('off_by_s', sa.Integer(), None),
    ('after_s', sa.Integer(), None),
    ('deployment_id', sa.String(length=255), ''),
    ('message_type', sa.String(length=60), ''),
    ('course', sa.String(length=250), ''),
    ('roles', sa.String(length=200), ''),
    ('subject', sa.String(length=8), ''),
    ('browser', sa.String(length=20), ''),
    ('is_framed', sa.Boolean(), None),
    ('cookie_way', sa.String(length=12), ''),
    ('claims', _JSON, '{}'),
)


def upgrade() -> None:
    op.create_table('failures',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('platform_id', sa.Uuid(), nullable=True),
    sa.Column('issuer', sa.String(length=300), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('cause', sa.String(length=40), nullable=False),
    sa.Column('deployment_id', sa.String(length=255), nullable=False),
    sa.Column('off_by_s', sa.Integer(), nullable=True),
    sa.Column('first_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('times', sa.BigInteger(), nullable=False),
    sa.Column('by_hour', _JSON, nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.Column('subjects', _JSON, nullable=False),
    sa.Column('latest_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['platform_id'], ['platforms.id'], name=op.f('fk_failures_platform_id_platforms'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_failures')),
    sa.UniqueConstraint('digest', name=op.f('uq_failures_digest'))
    )
    op.create_index('ix_failures_last_at', 'failures', ['last_at', 'id'])
    op.create_index('ix_failures_platform_id_last_at', 'failures', ['platform_id', 'last_at', 'id'])
    op.create_index('ix_failures_issuer_last_at', 'failures', ['issuer', 'last_at', 'id'])
    op.create_index('ix_failures_code_last_at', 'failures', ['code', 'last_at', 'id'])
    with op.batch_alter_table('failed_launches', schema=None) as batch_op:
        batch_op.add_column(sa.Column('failure_id', sa.Uuid(), nullable=True))
        for name, kind, default in _EVIDENCE:
            batch_op.add_column(sa.Column(name, kind, nullable=default is None, server_default=default))
        batch_op.create_foreign_key(
            op.f('fk_failed_launches_failure_id_failures'), 'failures', ['failure_id'], ['id'], ondelete='CASCADE'
        )
        batch_op.create_index('ix_failed_launches_failure_id_created_at', ['failure_id', 'created_at'], unique=False)
    op.add_column('launches', sa.Column('cookie_way', sa.String(length=12), nullable=False, server_default=''))
    op.add_column('launches', sa.Column('administers', sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column('launches', 'administers')
    op.drop_column('launches', 'cookie_way')
    with op.batch_alter_table('failed_launches', schema=None) as batch_op:
        batch_op.drop_index('ix_failed_launches_failure_id_created_at')
        batch_op.drop_constraint(op.f('fk_failed_launches_failure_id_failures'), type_='foreignkey')
        for name, _kind, _default in reversed(_EVIDENCE):
            batch_op.drop_column(name)
        batch_op.drop_column('failure_id')
    op.drop_table('failures')
