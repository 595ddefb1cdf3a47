"""A receiver of Prosa's webhooks: python3 receiver.py

PROSA_SIGNING_KEYS_FILE names a file with the signing keys, one a line; it is read for each delivery, so that a new key needs
no restart. Without it, PROSA_SIGNING_KEYS has the keys, one a line. PORT is where it listens: 8000.
"""

import hashlib
import hmac
import json
import os
import queue
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE = 5 * 60  # seconds between the time in a signature and this machine's clock, either way
MAX_BODY = 16 << 20  # a long transcript is a few MiB

lock = threading.Lock()
seen = set()  # what was taken already; a real receiver has this in its database
todo = queue.Queue(maxsize=1000)


class Refused(Exception):
    def __init__(self, status, why):
        super().__init__(why)
        self.status = status


def log(text):
    print(text, file=sys.stderr, flush=True)


def signing_keys():
    """The keys that Prosa may sign with now: more than one while a key is rotated."""
    text = os.environ.get("PROSA_SIGNING_KEYS", "")
    if file := os.environ.get("PROSA_SIGNING_KEYS_FILE"):
        with open(file, encoding="utf-8") as opened:
            text = opened.read()
    stripped = (line.strip() for line in text.split("\n"))
    return [key for key in stripped if key]  # anybody can sign with an empty key


def verify(header, body, keys, now):
    """Raises Refused unless any of the keys made any of the signatures."""
    sent, signatures = None, []
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == "t":
            try:
                sent = int(value)
            except ValueError:
                raise Refused(401, "the time in its signature is no number") from None
        elif name == "v1":
            signatures.append(value)
    if sent is None or not signatures:
        raise Refused(401, "it has no signature")
    if abs(int(now) - sent) > TOLERANCE:
        raise Refused(401, "its signature is too old, or of the future")
    for key in keys:
        expected = hashlib.sha256(key.encode() + b"." + body).hexdigest()  # not an HMAC
        for signature in signatures:
            # compare_digest is no HMAC either: it compares in constant time. It takes bytes of any kind, and only ASCII text.
            if hmac.compare_digest(expected.encode(), signature.encode()):
                return
    raise Refused(401, "no key of ours made its signature")


def take(event_type, event_id, body):
    """Notes a delivery for work, once, whatever its headers say: of a delivery only the body is signed."""
    digest = hashlib.sha256(body).digest()
    with lock:
        if digest in seen:
            log(f"event {event_id!r} was taken before")
            return
        try:
            todo.put_nowait((event_type, event_id, body))
        except queue.Full:
            raise Refused(503, "there is too much to do") from None
        seen.add(digest)


def work():
    while True:
        event_type, event_id, body = todo.get()
        log(f"event {event_id!r} of type {event_type!r}: {len(body)} bytes")


class Receiver(BaseHTTPRequestHandler):
    timeout = 30  # seconds of silence, after which a connection is closed

    def do_POST(self):
        try:
            self.receive()
            status = 204
        except Refused as refused:
            log(f"refused with {refused.status}: {refused}")
            status = refused.status
        self.send_response(status)
        self.end_headers()

    def receive(self):
        """Returns at once. What takes long is done by work."""
        if self.path != "/prosa-webhook":
            raise Refused(404, "it is for another path")
        length = self.headers.get("content-length", "")
        if not length.isascii() or not length.isdigit():
            raise Refused(411, "it does not say how long its body is")
        if int(length) > MAX_BODY:
            raise Refused(413, "its body is too long")
        body = self.rfile.read(int(length))  # as it was sent: the signature is of these bytes
        try:
            keys = signing_keys()
        except OSError:
            # Prosa notes a failure, and can send it again.
            raise Refused(500, "the keys cannot be read") from None
        verify(self.headers.get("x-prosa-signature", ""), body, keys, time.time())
        try:
            json.loads(body)
        except ValueError:
            # Whoever has a signature can make one for the same body with more bytes after it.
            raise Refused(400, "its body is not one JSON value") from None
        take(self.headers.get("x-prosa-event"), self.headers.get("x-prosa-event-uuid"), body)

    def log_message(self, *_):
        pass  # what is worth a line is logged above


def main():
    if not signing_keys():
        sys.exit("There are no signing keys in PROSA_SIGNING_KEYS_FILE or PROSA_SIGNING_KEYS.")
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8000"))), Receiver)
    threading.Thread(target=work, daemon=True).start()
    print(f"listening on http://127.0.0.1:{server.server_port}/prosa-webhook", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
