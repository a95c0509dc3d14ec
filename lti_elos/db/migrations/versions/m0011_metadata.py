"""A platform's own metadata: what launches say of it, and what meetings told Elos."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('launches', schema=None) as batch_op:
        batch_op.add_column(sa.Column('facts', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), server_default='{}', nullable=False))

    with op.batch_alter_table('meetings', schema=None) as batch_op:
        batch_op.add_column(sa.Column('platform_id', sa.Uuid(), nullable=True))
        batch_op.create_index('ix_meetings_platform', ['platform_id', 'created_at', 'id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_meetings_platform_id_platforms'), 'platforms', ['platform_id'], ['id'], ondelete='CASCADE')
    op.execute(
        'UPDATE meetings SET platform_id = (SELECT deployments.platform_id FROM rooms '
        'JOIN deployments ON deployments.id = rooms.deployment_id WHERE rooms.id = meetings.room_id)'
    )

    op.create_table('meeting_metadata',
    sa.Column('meeting_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=50), nullable=False),
    sa.Column('value', sa.String(length=255), nullable=False),
    sa.Column('platform_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['meeting_id'], ['meetings.id'], name=op.f('fk_meeting_metadata_meeting_id_meetings'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['platform_id'], ['platforms.id'], name=op.f('fk_meeting_metadata_platform_id_platforms'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('meeting_id', 'name', name=op.f('pk_meeting_metadata'))
    )
    with op.batch_alter_table('meeting_metadata', schema=None) as batch_op:
        batch_op.create_index('ix_meeting_metadata_value', ['platform_id', 'name', 'value', 'created_at', 'meeting_id'], unique=False)


def downgrade() -> None:
    op.drop_table('meeting_metadata')
    with op.batch_alter_table('meetings', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_meetings_platform_id_platforms'), type_='foreignkey')
        batch_op.drop_index('ix_meetings_platform')
        batch_op.drop_column('platform_id')
    with op.batch_alter_table('launches', schema=None) as batch_op:
        batch_op.drop_column('facts')
