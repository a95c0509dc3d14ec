from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from lti_elos import errors
from lti_elos.elos import replies
from lti_elos.elos.replies import Attendee, CreatedMeeting, Format, MeetingInfo, Recording


def xml(body: str) -> etree._Element:
    return etree.fromstring(body.encode())


CREATED = """
<response>
  <returncode>SUCCESS</returncode>
  <meetingID>mymeeting</meetingID>
  <internalMeetingID>364366f1ca5940e99c149adbf046370ce8da625c-1529954869512</internalMeetingID>
  <attendeePW>EWOIptzv</attendeePW>
  <moderatorPW>mp</moderatorPW>
  <createTime>1529954870092</createTime>
  <createDate>Mon Jun 25 21:27:50 CEST 2018</createDate>
  <messageKey/>
  <message/>
</response>
"""

INFO = """
<response>
  <returncode>SUCCESS</returncode>
  <meetingName>Aula</meetingName><meetingID>sala-1</meetingID><internalMeetingID>0a1b-1529954869512</internalMeetingID>
  <createTime>1529954870092</createTime>
  <attendeePW>attendee-secret</attendeePW><moderatorPW>moderator-secret</moderatorPW>
  <running>true</running><recording>true</recording><hasBeenForciblyEnded>false</hasBeenForciblyEnded>
  <startTime>1529954870099</startTime><endTime>0</endTime>
  <participantCount>2</participantCount><moderatorCount>1</moderatorCount>
  <attendees>
    <attendee><userID>45</userID><fullName>Ana Souza</fullName><role>MODERATOR</role>
      <customdata><x>1</x></customdata></attendee>
    <attendee><userID>w_1</userID><fullName>Rui</fullName><role>VIEWER</role></attendee>
  </attendees>
  <metadata><bbb-origin>LTI</bbb-origin><analytics-callback-url>https://tool.example/k3y</analytics-callback-url></metadata>
</response>
"""

RECORDING = """
<recording>
  <recordID>ffbf-1530718721124</recordID><meetingID>sala-1</meetingID><internalMeetingID>ffbf-1530718721124</internalMeetingID>
  <name>Aula 1</name><published>true</published><state>published</state>
  <startTime>1530718721124</startTime><endTime>1530718810456</endTime><participants>3</participants>
  <metadata><meetingName>Aula 1</meetingName><bbb-origin>LTI</bbb-origin></metadata>
  <playback>
    <format><type>presentation</type><url>https://rec.example/playback/presentation/2.3/ffbf</url><length>33</length>
      <preview><images><image alt="x" height="136">https://rec.example/thumb-1.png</image><image>
        https://rec.example/thumb-2.png </image></images></preview></format>
    <format><type>video</type><url>https://rec2.example/playback/video/ffbf/</url><length>31</length></format>
  </playback>
</recording>
"""


# --- meetings ---


def test_a_created_meeting_is_read() -> None:
    assert replies.created_meeting(xml(CREATED)) == CreatedMeeting(
        meeting_id="mymeeting",
        internal_id="364366f1ca5940e99c149adbf046370ce8da625c-1529954869512",
        create_time_ms=1529954870092,
        created_at=datetime(2018, 6, 25, 19, 27, 50, 92_000, tzinfo=UTC),
        already_existed=False,
    )


def test_a_duplicate_warning_tells_that_the_meeting_was_there() -> None:
    made = replies.created_meeting(xml(CREATED.replace("<messageKey/>", "<messageKey>duplicateWarning</messageKey>")))

    assert made is not None
    assert made.already_existed


@pytest.mark.parametrize("time", ["", "soon", "-1", "9" * 25])
def test_a_meeting_without_a_usable_createtime_has_none(time: str) -> None:
    made = replies.created_meeting(xml(CREATED.replace("1529954870092", time)))

    assert made is not None
    assert (made.create_time_ms, made.created_at) == (0, None)


def test_a_moment_beyond_all_years_is_none() -> None:
    made = replies.created_meeting(xml(CREATED.replace("1529954870092", str(2**53))))

    assert made is not None
    assert made.created_at is None


def test_a_success_without_an_internal_id_made_nothing() -> None:
    assert replies.created_meeting(xml("<response><returncode>SUCCESS</returncode></response>")) is None


def test_a_meeting_is_read() -> None:
    assert replies.meeting_info(xml(INFO)) == MeetingInfo(
        meeting_id="sala-1",
        internal_id="0a1b-1529954869512",
        name="Aula",
        create_time_ms=1529954870092,
        created_at=datetime(2018, 6, 25, 19, 27, 50, 92_000, tzinfo=UTC),
        started_at=datetime(2018, 6, 25, 19, 27, 50, 99_000, tzinfo=UTC),
        ended_at=None,
        running=True,
        participants=2,
        moderators=1,
        has_been_forcibly_ended=False,
        recording=True,
        attendees=(Attendee("45", "Ana Souza", is_moderator=True), Attendee("w_1", "Rui", is_moderator=False)),
        metadata={"bbb-origin": "LTI", "analytics-callback-url": "https://tool.example/k3y"},
    )


def test_a_meeting_shows_no_passwords_names_or_metadata() -> None:
    info = replies.meeting_info(xml(INFO))

    shown = repr(info) + repr(info.attendees if info else "")
    for hidden in ("attendee-secret", "moderator-secret", "Ana Souza", "k3y"):
        assert hidden not in shown
    assert "secret" not in str([getattr(info, name) for name in MeetingInfo.__slots__])


def test_a_bare_meeting_is_read_as_nothing_much() -> None:
    info = replies.meeting_info(
        xml(
            "<meeting><internalMeetingID>i</internalMeetingID><metadata/><attendees/><meetingID>m</meetingID></meeting>"
        )
    )

    assert info is not None
    assert (info.participants, info.running, info.attendees, info.metadata) == (0, False, (), {})
    assert (info.created_at, info.started_at, info.ended_at) == (None, None, None)


@pytest.mark.parametrize("count", ["-1", "many", str(2**40)])
def test_a_count_that_cannot_be_is_none_at_all(count: str) -> None:
    info = replies.meeting_info(xml(INFO.replace("<participantCount>2", f"<participantCount>{count}")))

    assert info is not None
    assert info.participants == 0


@pytest.mark.parametrize(
    "lost", ["<meetingID>sala-1</meetingID>", "<internalMeetingID>0a1b-1529954869512</internalMeetingID>"]
)
def test_a_meeting_without_its_ids_is_none(lost: str) -> None:
    assert replies.meeting_info(xml(INFO.replace(lost, ""))) is None


# --- recordings ---


def read(body: str) -> Recording:
    found = replies.recording(xml(body))
    assert found is not None
    return found


def test_a_recording_is_read() -> None:
    assert read(RECORDING) == Recording(
        record_id="ffbf-1530718721124",
        meeting_id="sala-1",
        internal_id="ffbf-1530718721124",
        name="Aula 1",
        description=None,
        state="published",
        published=True,
        started_at=datetime(2018, 7, 4, 15, 38, 41, 124_000, tzinfo=UTC),
        ended_at=datetime(2018, 7, 4, 15, 40, 10, 456_000, tzinfo=UTC),
        length=timedelta(minutes=33),
        participants=3,
        size_bytes=0,
        is_protected=None,
        formats=(
            Format(
                kind="presentation",
                url="https://rec.example/playback/presentation/2.3/ffbf",
                length=timedelta(minutes=33),
                thumbnails=("https://rec.example/thumb-1.png", "https://rec.example/thumb-2.png"),
            ),
            Format("video", "https://rec2.example/playback/video/ffbf/", timedelta(minutes=31), ()),
        ),
        metadata={"meetingName": "Aula 1", "bbb-origin": "LTI"},
        expires_at=None,
    )


@pytest.mark.parametrize(
    ("metadata", "name", "description"),
    [
        ("", "Aula 1", None),
        ("<bbb-recording-name>B</bbb-recording-name>", "B", None),
        ("<name>N</name><bbb-recording-name>B</bbb-recording-name>", "N", None),
        ("<name> </name><bbb-recording-name/>", "Aula 1", None),
        ("<bbb-recording-description>E</bbb-recording-description>", "Aula 1", "E"),
        ("<description>D</description><bbb-recording-description>E</bbb-recording-description>", "Aula 1", "D"),
    ],
)
def test_title_and_description_follow_the_metadata(metadata: str, name: str, description: str | None) -> None:
    found = read(RECORDING.replace("<metadata>", f"<metadata>{metadata}"))

    assert (found.name, found.description) == (name, description)


@pytest.mark.parametrize(
    ("state", "published", "expected"),
    [
        ("published", "true", ("published", True)),
        ("unpublished", "true", ("unpublished", False)),
        ("", "true", ("published", True)),
        ("", "false", ("unpublished", False)),
        ("PROCESSING", "false", ("processing", False)),
        ("deleted", "", ("deleted", False)),
    ],
)
def test_the_state_is_believed_and_published_where_there_is_none(
    state: str, published: str, expected: tuple[str, bool]
) -> None:
    found = read(
        RECORDING.replace("<state>published", f"<state>{state}").replace("<published>true", f"<published>{published}")
    )

    assert (found.state, found.published) == expected


@pytest.mark.parametrize("playback", ["", "<playback/>", "<playback></playback>"])
def test_while_it_is_processed_a_recording_has_no_formats(playback: str) -> None:
    start, _, rest = RECORDING.partition("<playback>")
    found = read(start + playback + rest.partition("</playback>")[2])

    assert (found.formats, found.length) == ((), None)


@pytest.mark.parametrize("written", ["1893456000", "1893456000000"])
def test_expiry_in_seconds_or_milliseconds_is_the_same_moment(written: str) -> None:
    found = read(RECORDING.replace("<name>", f"<expirationDate>{written}</expirationDate><name>", 1))

    assert found.expires_at == datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("length", ["", "-5", "1.5", "long", "9" * 20])
def test_a_bad_length_is_none(length: str) -> None:
    found = read(RECORDING.replace("<length>33", f"<length>{length}").replace("<length>31", "<length>"))

    assert found.length is None
    assert len(found.formats) == 2


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "//rec.example/x",
        "/playback/x",
        "https://",
        "https://[::1/x",
        "ftp://rec.example/x",
        "https://rec.example/a b",
        "https://rec.example\\@evil.example/",
        "https://rec.example/\u0085x",
    ],
)
def test_only_web_addresses_are_kept(url: str) -> None:
    found = read(
        RECORDING.replace("https://rec2.example/playback/video/ffbf/", url).replace(
            "https://rec.example/thumb-1.png", url
        )
    )

    assert [one.kind for one in found.formats] == ["presentation"]
    assert found.formats[0].thumbnails == ("https://rec.example/thumb-2.png",)


def test_addresses_of_playbacks_are_not_shown_in_logs() -> None:
    assert "https://" not in repr(read(RECORDING))


@pytest.mark.parametrize(
    "broken",
    [
        "<recording><error><recordID>x</recordID></error></recording>",
        "<recording/>",
        "<recording><recordID>x</recordID></recording>",
        "<recording><startTime>1530718721124</startTime></recording>",
        "<recording><recordID>x</recordID><startTime>yesterday</startTime></recording>",
    ],
)
def test_broken_items_are_none(broken: str) -> None:
    assert replies.recording(xml(broken)) is None


def test_a_recording_without_participants_does_not_say_nobody_was_there() -> None:
    assert read(RECORDING.replace("<participants>3</participants>", "")).participants is None


# --- refusals ---


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("checksumError", errors.ElosSecret),
        ("simultaneousMeetingsLimitReachedForSecret", errors.ElosSessionsLimit),
        ("simultaneousMeetingsLimitReachedForInstitution", errors.ElosSessionsLimit),
        ("simultaneousMeetingsLimitReached", errors.ElosSessionsLimit),
        ("maxParticipantsReached", errors.ElosRoomFull),
        ("meetingForciblyEnded", errors.ElosEnded),
        ("simultaneousParticipantsLimitReachedForSecret", errors.ElosRoomFull),
        ("mismatchCreateTimeParam", errors.ElosNewSession),
        ("mismatchCreateTime", errors.ElosNewSession),
        ("guestDeniedAccess", errors.ElosDenied),
        ("idNotUnique", errors.ElosIdTaken),
        ("invalidMeetingIdentifier", errors.ElosNotOpen),
        ("notFound", errors.ElosNotOpen),
        ("internalError", errors.ElosUnreachable),
    ],
)
def test_each_key_has_its_error(key: str, kind: type[errors.ElosError]) -> None:
    assert replies.error_for(key) is kind


@pytest.mark.parametrize("key", ["", "invalidPassword", "validationError", "<script>"])
def test_an_unknown_key_is_an_unexpected_answer(key: str) -> None:
    assert replies.error_for(key) is errors.ElosReply
