"""A receiver of Prosa's webhooks: python3 receiver.py

PROSA_SIGNING_KEYS_FILE names a file with one signing key per line. It is read for each delivery, so a new key needs
no restart. Without it, PROSA_SIGNING_KEYS contains the keys, one per line. PORT is the port to listen on (8000).
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

TOLERANCE = 5 * 60  # seconds between the time of a signature and the clock of this machine
MAX_BODY = 16 << 20  # a long transcript is a few MiB

lock = threading.Lock()
seen = set()  # accepted already; keep this in a database in production
todo = queue.Queue(maxsize=1000)


class Rejected(Exception):
    def __init__(self, status, why):
        super().__init__(why)
        self.status = status


def log(text):
    print(text, file=sys.stderr, flush=True)


def signing_keys():
    """Returns the active keys: more than one during a rotation."""
    text = os.environ.get("PROSA_SIGNING_KEYS", "")
    if file := os.environ.get("PROSA_SIGNING_KEYS_FILE"):
        with open(file, encoding="utf-8") as opened:
            text = opened.read()
    stripped = (line.strip() for line in text.split("\n"))
    return [key for key in stripped if key]  # anyone can sign with an empty key


def verify(header, body, keys, now):
    """Raises Rejected unless any key matches any signature in the header."""
    sent, signatures = None, []
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == "t":
            try:
                sent = int(value)
            except ValueError:
                raise Rejected(401, "the time of the signature is not a number") from None
        elif name == "v1":
            signatures.append(value)
    if sent is None or not signatures:
        raise Rejected(401, "there is no signature")
    if abs(int(now) - sent) > TOLERANCE:
        raise Rejected(401, "the time of the signature is more than five minutes away")
    for key in keys:
        expected = hashlib.sha256(key.encode() + b"." + body).hexdigest()  # not an HMAC
        for signature in signatures:
            # compare_digest compares in constant time. It needs bytes, because it accepts only ASCII text.
            if hmac.compare_digest(expected.encode(), signature.encode()):
                return
    raise Rejected(401, "no signing key matches the signature")


def take(event_type, event_id, body):
    """Queues a delivery. Detects duplicates by their body, because the headers are not signed."""
    digest = hashlib.sha256(body).digest()
    with lock:
        if digest in seen:
            log(f"event {event_id!r} is a duplicate")
            return
        try:
            todo.put_nowait((event_type, event_id, body))
        except queue.Full:
            raise Rejected(503, "the queue is full") from None
        seen.add(digest)


def work():
    while True:
        event_type, event_id, body = todo.get()
        log(f"event {event_id!r} of type {event_type!r}: {len(body)} bytes")


class Receiver(BaseHTTPRequestHandler):
    timeout = 30  # seconds until an idle connection is closed

    def do_POST(self):
        try:
            self.receive()
            status = 204
        except Rejected as rejected:
            log(f"rejected with {rejected.status}: {rejected}")
            status = rejected.status
        self.send_response(status)
        self.end_headers()

    def receive(self):
        """Returns immediately. Slow work belongs in work."""
        if self.path != "/prosa-webhook":
            raise Rejected(404, "there is nothing at this path")
        length = self.headers.get("content-length", "")
        if not length.isascii() or not length.isdigit():
            raise Rejected(411, "there is no content-length")
        if int(length) > MAX_BODY:
            raise Rejected(413, "the body is too long")
        body = self.rfile.read(int(length))  # the raw bytes: the signature covers these
        try:
            keys = signing_keys()
        except OSError:
            # Prosa records a failure, and can replay it.
            raise Rejected(500, "the keys cannot be read") from None
        verify(self.headers.get("x-prosa-signature", ""), body, keys, time.time())
        try:
            json.loads(body)
        except ValueError:
            # An attacker can extend a signed body without the key.
            raise Rejected(400, "the body is not a single JSON value") from None
        take(self.headers.get("x-prosa-event"), self.headers.get("x-prosa-event-uuid"), body)

    def log_message(self, *_):
        pass  # logged above instead


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
