"""Recordings by server, their audience, links, shares, notices and bin; the audit log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql')
_MOMENT = sa.DateTime(timezone=True)

# The log is only ever added to. Rows that are past their time are deleted; none is changed.
_REFUSE = {
    'sqlite': ["CREATE TRIGGER audit_is_final BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"],
    'postgresql': [
        "CREATE FUNCTION audit_is_final() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$",
        "CREATE TRIGGER audit_is_final BEFORE UPDATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_final()",
    ],
}


def upgrade() -> None:
    op.rename_table('recordings', 'recordings_before')
    with op.batch_alter_table('recordings_before', schema=None) as batch_op:
        batch_op.drop_index('ix_recordings_room_id_started_at')
        batch_op.drop_constraint('pk_recordings', type_='primary')
    op.create_table('recordings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('server_id', sa.Uuid(), nullable=False),
    sa.Column('record_id', sa.String(length=256), nullable=False),
    sa.Column('room_id', sa.Uuid(), nullable=False),
    sa.Column('internal_id', sa.String(length=256), nullable=False),
    sa.Column('name', sa.String(length=500), nullable=False),
    sa.Column('description', sa.String(length=2000), server_default='', nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('started_at', _MOMENT, nullable=False),
    sa.Column('ended_at', _MOMENT, nullable=True),
    sa.Column('length_s', sa.Integer(), nullable=False),
    sa.Column('participants', sa.Integer(), nullable=True),
    sa.Column('size_bytes', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('formats', _JSON, nullable=False),
    sa.Column('expires_at', _MOMENT, nullable=True),
    sa.Column('is_protected', sa.Boolean(), nullable=True),
    sa.Column('ready_at', _MOMENT, nullable=True),
    sa.Column('digest', sa.String(length=32), server_default='', nullable=False),
    sa.Column('hold_until', _MOMENT, nullable=True),
    sa.Column('audience', sa.String(length=10), server_default='course', nullable=False),
    sa.Column('was_published', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('trashed_at', _MOMENT, nullable=True),
    sa.Column('trashed_by', sa.Uuid(), nullable=True),
    sa.Column('delete_at', _MOMENT, nullable=True),
    sa.Column('plays', sa.Integer(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['room_id'], ['rooms.id'], name=op.f('fk_recordings_room_id_rooms'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['server_id'], ['servers.id'], name=op.f('fk_recordings_server_id_servers'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['trashed_by'], ['users.id'], name=op.f('fk_recordings_trashed_by_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recordings')),
    sa.UniqueConstraint('server_id', 'record_id', name=op.f('uq_recordings_server_id_record_id'))
    )
    # Their ids are in people's bookmarks. A recording that two rooms had (an adopted meetingID) stays in one.
    op.execute("""
        INSERT INTO recordings
            (id, server_id, record_id, room_id, internal_id, name, state, started_at, length_s, participants, formats)
        SELECT r.id, coalesce(p.server_id, d.id), r.record_id, r.room_id, r.internal_id, r.name, r.state, r.started_at,
            r.length_s, r.participants, r.formats
        FROM recordings_before r JOIN rooms ON rooms.id = r.room_id
            JOIN deployments ON deployments.id = rooms.deployment_id JOIN platforms p ON p.id = deployments.platform_id
            LEFT JOIN servers d ON d.is_default
        WHERE coalesce(p.server_id, d.id) IS NOT NULL
        ON CONFLICT DO NOTHING
    """)
    op.drop_table('recordings_before')
    with op.batch_alter_table('recordings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recordings_internal_id'), ['internal_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_recordings_trashed_by'), ['trashed_by'], unique=False)
        batch_op.create_index('ix_recordings_list', ['room_id', 'started_at', 'id', 'state', 'audience', 'trashed_at'], unique=False)
        batch_op.create_index('ix_recordings_newest', ['started_at', 'id'], unique=False)
        batch_op.create_index('ix_recordings_expires_at', ['expires_at', 'id'], unique=False,
            sqlite_where=sa.text('expires_at IS NOT NULL'), postgresql_where=sa.text('expires_at IS NOT NULL'))
        batch_op.create_index('ix_recordings_delete_at', ['delete_at'], unique=False,
            sqlite_where=sa.text('delete_at IS NOT NULL'), postgresql_where=sa.text('delete_at IS NOT NULL'))
    op.execute('UPDATE rooms SET recordings_synced_at = NULL, recordings_leased_until = NULL')

    op.create_table('recording_links',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('recording_id', sa.Uuid(), nullable=False),
    sa.Column('code_digest', sa.String(length=64), nullable=False),
    sa.Column('code_sealed', sa.String(), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=True),
    sa.Column('expires_at', _MOMENT, nullable=True),
    sa.Column('revoked_at', _MOMENT, nullable=True),
    sa.Column('created_at', _MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['made_by'], ['users.id'], name=op.f('fk_recording_links_made_by_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['recording_id'], ['recordings.id'], name=op.f('fk_recording_links_recording_id_recordings'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recording_links')),
    sa.UniqueConstraint('code_digest', name=op.f('uq_recording_links_code_digest'))
    )
    with op.batch_alter_table('recording_links', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recording_links_made_by'), ['made_by'], unique=False)
        batch_op.create_index(batch_op.f('ix_recording_links_recording_id'), ['recording_id'], unique=False)

    op.create_table('recording_shares',
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('recording_id', sa.Uuid(), nullable=False),
    sa.Column('shared_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', _MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['course_id'], ['courses.id'], name=op.f('fk_recording_shares_course_id_courses'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['recording_id'], ['recordings.id'], name=op.f('fk_recording_shares_recording_id_recordings'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['shared_by'], ['users.id'], name=op.f('fk_recording_shares_shared_by_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('course_id', 'recording_id', name=op.f('pk_recording_shares'))
    )
    with op.batch_alter_table('recording_shares', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recording_shares_recording_id'), ['recording_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_recording_shares_shared_by'), ['shared_by'], unique=False)

    op.create_table('course_offers',
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('answered_at', _MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['course_id'], ['courses.id'], name=op.f('fk_course_offers_course_id_courses'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_course_offers_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('course_id', 'user_id', name=op.f('pk_course_offers'))
    )
    with op.batch_alter_table('course_offers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_course_offers_user_id'), ['user_id'], unique=False)

    op.create_table('recording_notices',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('room_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('seen_at', _MOMENT, nullable=True),
    sa.Column('email_sealed', sa.String(), server_default='', nullable=False),
    sa.Column('locale', sa.String(length=35), server_default='', nullable=False),
    sa.Column('confirmed_at', _MOMENT, nullable=True),
    sa.Column('mailed_at', _MOMENT, nullable=True),
    sa.Column('created_at', _MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['room_id'], ['rooms.id'], name=op.f('fk_recording_notices_room_id_rooms'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_recording_notices_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recording_notices')),
    sa.UniqueConstraint('room_id', 'user_id', name=op.f('uq_recording_notices_room_id_user_id'))
    )
    with op.batch_alter_table('recording_notices', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recording_notices_user_id'), ['user_id'], unique=False)

    op.create_table('audit',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', _MOMENT, nullable=False),
    sa.Column('action', sa.String(length=40), nullable=False),
    sa.Column('platform_id', sa.Uuid(), nullable=True),
    sa.Column('room_id', sa.Uuid(), nullable=True),
    sa.Column('recording_id', sa.Uuid(), nullable=True),
    sa.Column('record_id', sa.String(length=256), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=True),
    sa.Column('operator_id', sa.Uuid(), nullable=True),
    sa.Column('details', _JSON, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit'))
    )
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_at'), ['at'], unique=False)
        batch_op.create_index('ix_audit_platform', ['platform_id', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_recording_id'), ['recording_id'], unique=False)
        batch_op.create_index('ix_audit_room', ['room_id', 'id'], unique=False)
    for statement in _REFUSE[op.get_bind().dialect.name]:
        op.execute(statement)

    with op.batch_alter_table('courses', schema=None) as batch_op:
        batch_op.add_column(sa.Column('earlier', _JSON, server_default='[]', nullable=False))
    with op.batch_alter_table('servers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('playback_token', sa.String(length=10), server_default='off', nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('servers', schema=None) as batch_op:
        batch_op.drop_column('playback_token')
    with op.batch_alter_table('courses', schema=None) as batch_op:
        batch_op.drop_column('earlier')
    op.drop_table('audit')
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP FUNCTION audit_is_final()')
    for name in ('recording_notices', 'course_offers', 'recording_shares', 'recording_links'):
        op.drop_table(name)
    op.rename_table('recordings', 'recordings_after')
    with op.batch_alter_table('recordings_after', schema=None) as batch_op:
        batch_op.drop_constraint('pk_recordings', type_='primary')
    op.create_table('recordings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('room_id', sa.Uuid(), nullable=False),
    sa.Column('record_id', sa.String(length=256), nullable=False),
    sa.Column('internal_id', sa.String(length=256), nullable=False),
    sa.Column('name', sa.String(length=500), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('started_at', _MOMENT, nullable=False),
    sa.Column('length_s', sa.Integer(), nullable=False),
    sa.Column('participants', sa.Integer(), nullable=True),
    sa.Column('formats', _JSON, nullable=False),
    sa.ForeignKeyConstraint(['room_id'], ['rooms.id'], name=op.f('fk_recordings_room_id_rooms'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recordings')),
    sa.UniqueConstraint('room_id', 'record_id', name=op.f('uq_recordings_room_id_record_id'))
    )
    op.execute("""
        INSERT INTO recordings
            (id, room_id, record_id, internal_id, name, state, started_at, length_s, participants, formats)
        SELECT id, room_id, record_id, internal_id, name, state, started_at, length_s, participants, formats
        FROM recordings_after
    """)
    op.drop_table('recordings_after')
    with op.batch_alter_table('recordings', schema=None) as batch_op:
        batch_op.create_index('ix_recordings_room_id_started_at', ['room_id', 'started_at'], unique=False)
