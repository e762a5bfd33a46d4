"""Small cameras in the network that show one picture again and again, as long as they are switched on.

One speaks RTSP (RFC 2326) and sends motion JPEG in RTP (RFC 2435) through the same connection; one sends it over HTTP.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler
from socketserver import BaseRequestHandler, StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread

import cv2
from recorded_pictures import HEIGHT, WIDTH, numbered

RATE = 25
"""Pictures a second."""
CLOCK = 90_000
"""Of RTP's time stamps, Hz (RFC 2435, 3)."""
LARGEST = 1400
"""Bytes of a packet."""
SUBSAMPLED = 1
"""RFC 2435's type of a JPEG whose colours have half the resolution in both directions, as OpenCV writes them."""
TABLES_INCLUDED = 255
"""RFC 2435's quality of a JPEG that brings its quantization tables along."""
QUANTIZATION_TABLES, START_OF_SCAN, END_OF_IMAGE = 0xDB, 0xDA, b"\xff\xd9"
"""Markers in a JPEG file."""

SDP = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\na=control:video\r\n"


class Server(ThreadingTCPServer):
    """A camera, and the picture it shows."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, viewer: type[BaseRequestHandler], number: int) -> None:
        super().__init__(("127.0.0.1", port), viewer)
        self.off = Event()
        self.jpeg = cv2.imencode(".jpg", numbered(number))[1].tobytes()


class HttpViewer(BaseHTTPRequestHandler):
    """One viewer over HTTP."""

    server: Server

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=picture")
        self.end_headers()
        head = f"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {len(self.server.jpeg)}\r\n\r\n"
        while not self.server.off.wait(1 / RATE):
            self.wfile.write(head.encode() + self.server.jpeg + b"\r\n")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test's output is not the server's."""


class RtspViewer(StreamRequestHandler):
    """One viewer over RTSP."""

    server: Server

    def handle(self) -> None:
        while request := self._request():
            method, url, headers = request
            content = f"Content-Base: {url}/\r\nContent-Type: application/sdp\r\nContent-Length: {len(SDP)}\r\n\r\n"
            answer = {
                "OPTIONS": "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n",
                "DESCRIBE": content + SDP,
                "SETUP": "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n\r\n",
            }.get(method, "Session: 1\r\n\r\n")
            self.wfile.write(f"RTSP/1.0 200 OK\r\nCSeq: {headers['cseq']}\r\n{answer}".encode())
            if method == "PLAY":
                self._play()
                return

    def _request(self) -> tuple[str, str, dict[str, str]] | None:
        first = self.rfile.readline().decode().split()
        headers = {}
        while line := self.rfile.readline().decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return (first[0], first[1], headers) if first else None

    def _play(self) -> None:
        tables, scan = parts_of(self.server.jpeg)
        sequence = number = 0
        while not self.server.off.wait(1 / RATE):
            for payload, last in payloads(tables, scan):
                header = struct.pack(">BBHII", 0x80, last << 7 | 26, sequence % 65536, number * CLOCK // RATE, 1)
                self.wfile.write(struct.pack(">cBH", b"$", 0, len(header) + len(payload)) + header + payload)
                sequence += 1
            number += 1


def payloads(tables: bytes, scan: bytes) -> Iterator[tuple[bytes, bool]]:
    """A JPEG picture in pieces, each with whether it is the last (RFC 2435, 3.1)."""
    for offset in range(0, len(scan), LARGEST):
        header = struct.pack(">IBBBB", offset, SUBSAMPLED, TABLES_INCLUDED, WIDTH // 8, HEIGHT // 8)
        included = struct.pack(">BBH", 0, 0, len(tables)) + tables if offset == 0 else b""
        yield header + included + scan[offset : offset + LARGEST], offset + LARGEST >= len(scan)


def parts_of(jpeg: bytes) -> tuple[bytes, bytes]:
    """The quantization tables and the entropy-coded scan of a JPEG file (ITU-T T.81, annex B)."""
    tables, place, marker = b"", 2, 0
    while marker != START_OF_SCAN:
        marker, length = jpeg[place + 1], int.from_bytes(jpeg[place + 2 : place + 4], "big")
        segment = jpeg[place + 4 : place + 2 + length]
        place += 2 + length
        if marker == QUANTIZATION_TABLES:  # each of 64 bytes stands behind its number
            tables += b"".join(segment[start + 1 : start + 65] for start in range(0, len(segment), 65))
    return tables, jpeg[place : -len(END_OF_IMAGE)]


NetworkCamera = Callable[[int, int], AbstractContextManager[int]]
"""Switched on with the number it shows, and a port or 0 for any; gives the port."""


def rtsp_camera(number: int, port: int) -> AbstractContextManager[int]:
    """A camera at `rtsp://127.0.0.1:<port>/stream`."""
    return _switched_on(Server(port, RtspViewer, number))


def http_camera(number: int, port: int) -> AbstractContextManager[int]:
    """A camera at `http://127.0.0.1:<port>/stream`."""
    return _switched_on(Server(port, HttpViewer, number))


@contextmanager
def _switched_on(server: Server) -> Iterator[int]:
    server.handle_error = lambda request, address: None  # a viewer that leaves is no error
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.off.set()
        server.shutdown()
        server.server_close()
