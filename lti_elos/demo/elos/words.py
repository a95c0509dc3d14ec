"""The sentences of the simulator's pages, in the two languages of its demo."""

from __future__ import annotations

ENGLISH = {
    "lang": "en",
    "MODERATOR": "Moderator",
    "VIEWER": "Attendee",
    "simulated": "Simulated meeting: no sound, no video",
    "you_are": "You are",
    "people": "People in this session",
    "waiting_people": "Waiting to be admitted",
    "admit": "Admit everyone",
    "leave": "Leave",
    "end": "End session",
    "record_start": "Start recording",
    "record_stop": "Stop recording",
    "recording": "Recording",
    "not_recording": "Not recording",
    "never_recorded": "This session is not recorded",
    "wait_title": "Waiting for a moderator",
    "wait_text": "A moderator will let you in. This page moves on by itself.",
    "left_title": "You left the session",
    "left_text": "You can close this page.",
    "no_session_title": "Session not found",
    "no_session_text": "This browser did not say who it is: its cookie did not come along. Open the room in a tab.",
    "camera": "Camera",
    "microphone": "Microphone",
    "screen": "Share screen",
    "gone_title": "This session is not open here",
    "gone_text": "The link was used up, or the session is long over. Open the room again from your course.",
    "playback": "Recording",
    "playback_none": "There is no such recording",
}

PORTUGUESE = {
    "lang": "pt-BR",
    "MODERATOR": "Moderador(a)",
    "VIEWER": "Participante",
    "simulated": "Sessão simulada: sem som, sem vídeo",
    "you_are": "Você é",
    "people": "Pessoas nesta sessão",
    "waiting_people": "Aguardando entrada",
    "admit": "Admitir todas",
    "leave": "Sair",
    "end": "Encerrar sessão",
    "record_start": "Iniciar gravação",
    "record_stop": "Parar gravação",
    "recording": "Gravando",
    "not_recording": "Gravação parada",
    "never_recorded": "Esta sessão não é gravada",
    "wait_title": "Aguardando quem modera",
    "wait_text": "Alguém vai autorizar sua entrada. Esta página avança sozinha.",
    "left_title": "Você saiu da sessão",
    "left_text": "Pode fechar esta página.",
    "no_session_title": "Sessão não encontrada",
    "no_session_text": "Este navegador não disse quem é: o cookie não veio junto. Abra a sala em uma aba.",
    "camera": "Câmera",
    "microphone": "Microfone",
    "screen": "Compartilhar tela",
    "gone_title": "Esta sessão não está aberta aqui",
    "gone_text": "O link já foi usado ou a sessão terminou há muito tempo. Abra a sala de novo pelo curso.",
    "playback": "Gravação",
    "playback_none": "Esta gravação não existe",
}


def words_for(userdata: dict[str, str]) -> dict[str, str]:
    """By the locale asked for at join, as the Elos guide names it."""
    locale = userdata.get("bbb_override_default_locale", "").lower()
    return PORTUGUESE if locale == "pt-br" else ENGLISH
