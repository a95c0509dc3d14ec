"""What a poll is compared with: an empty Flask view, and a poll as mconf's tool answers it (bbb-app-rooms, counted from
its code: session, two SELECTs, one isMeetingRunning at each poll), written with Flask.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading

import requests
from flask import Flask, Response, jsonify, session
from lxml import etree

app = Flask(__name__)
app.secret_key = "bench-only"  # noqa: S105

_local = threading.local()


@app.get("/hello")
def hello() -> str:
    return ""


@app.get("/sign-in")
def sign_in() -> str:
    session["user"] = 1
    return ""


def _database() -> sqlite3.Connection:
    if not hasattr(_local, "database"):
        _local.database = sqlite3.connect(os.environ["BENCH_DATABASE"])
    found: sqlite3.Connection = _local.database
    return found


def _elos() -> requests.Session:
    if not hasattr(_local, "elos"):
        _local.elos = requests.Session()
    found: requests.Session = _local.elos
    return found


@app.get("/rooms/<room_id>/running")
def running(room_id: str) -> tuple[Response, int] | Response:
    user = _database().execute("SELECT id FROM users WHERE id = ?", (session["user"],)).fetchone()
    room = _database().execute("SELECT meeting_id FROM rooms WHERE id = ?", (room_id,)).fetchone()
    if user is None or room is None:
        return jsonify(error="unknown"), 401
    query = f"meetingID={room[0]}"
    checksum = hashlib.sha256(f"isMeetingRunning{query}{os.environ['BENCH_SECRET']}".encode()).hexdigest()
    url = f"{os.environ['BENCH_ELOS_URL']}/api/isMeetingRunning?{query}&checksum={checksum}"
    answer = etree.fromstring(_elos().get(url, timeout=10).content)
    return jsonify(running=answer.findtext("running") == "true", interval=10)


def make_database(path: str) -> None:
    """A person and a room."""
    database = sqlite3.connect(path)
    database.executescript(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO users VALUES (1, 'x');"
        "CREATE TABLE rooms (id TEXT PRIMARY KEY, meeting_id TEXT); INSERT INTO rooms VALUES ('room-1', 'meeting-1');"
    )
    database.close()
