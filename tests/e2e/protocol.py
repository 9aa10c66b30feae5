"""A client of the protocol, written from its description and from nothing else.

It shares no code with the programs it talks to: h2 for HTTP/2, ssl for TLS, cryptography for keys. It can also do what a
good client never does: every part of a request can be forged (see Client.forge).
"""

import base64
import datetime
import hashlib
import json
import os
import select
import socket
import ssl
import tempfile
import threading
import time
import unicodedata
import urllib.parse

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.x509.oid import NameOID
from hyperframe.frame import GoAwayFrame

REQUEST = "lovebank-request+jws"
RESPONSE = "lovebank-response+jws"
ENROL = "lovebank-enrol+jws"
UNSIGNED = {400, 413, 429, 503}


class Unknown(Exception):
    """No answer came: whether the command was carried out is not known."""


class Violation(AssertionError):
    """The daemon broke the protocol."""


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64(data) != text:
        raise Violation(f"not canonical base64url: {text[:80]}")
    return data


def canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def strict(data):
    """Parses JSON of the protocol's profile: no duplicate members, no reals."""

    def members(pairs):
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names):
            raise Violation(f"duplicate member in {names}")
        return dict(pairs)

    def real(text):
        raise Violation(f"a real number: {text}")

    return json.loads(data, object_pairs_hook=members, parse_float=real, parse_constant=real)


def new_jti():
    """A number as protocol.md advises: a UUID of version 7 (RFC 9562) with the fraction of its millisecond."""
    ms, us = divmod(time.time_ns() // 1000, 1000)
    return b64((ms << 80 | 7 << 76 | us * 4096 // 1000 << 64 | 2 << 62 | int.from_bytes(os.urandom(8), "big") >> 2).to_bytes(16, "big"))


class Personal(str):
    """A value that may not stand in the signed payload."""


def commitment(salt, value):
    return b64(hashlib.sha256(salt + value.encode()).digest())


def hide(value, path="", aside=None):
    """Replaces Personal values by commitments; the opened values go to the list aside."""
    if aside is None:
        aside = []
    if isinstance(value, Personal):
        salt = os.urandom(16)
        aside.append({"name": path, "salt": b64(salt), "value": str(value)})
        return commitment(salt, value), aside
    if isinstance(value, dict):
        return {k: hide(v, f"{path}/{k}" if path else k, aside)[0] for k, v in value.items()}, aside
    if isinstance(value, (list, tuple)):
        return [hide(v, f"{path}/{i}" if path else str(i), aside)[0] for i, v in enumerate(value)], aside
    return value, aside


class Key:
    """A P-256 key; its name is its RFC 7638 thumbprint."""

    def __init__(self, private=None):
        self.private = private or ec.generate_private_key(ec.SECP256R1())
        numbers = self.private.public_key().public_numbers()
        self.jwk = {"crv": "P-256", "kty": "EC", "x": b64(numbers.x.to_bytes(32, "big")), "y": b64(numbers.y.to_bytes(32, "big"))}
        self.kid = thumbprint(self.jwk)
        self._pem = None

    @classmethod
    def load(cls, path):
        with open(path, "rb") as file:
            return cls(serialization.load_pem_private_key(file.read(), None))

    def sign(self, data):
        r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def certificate(self):
        """PEM of the key and of a certificate that it signed itself."""
        if not self._pem:
            name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.kid)])
            cert = (
                x509.CertificateBuilder()
                .subject_name(name)
                .issuer_name(name)
                .public_key(self.private.public_key())
                .serial_number(1)
                .not_valid_before(datetime.datetime(1970, 1, 1))
                .not_valid_after(datetime.datetime(9999, 12, 31))
                .sign(self.private, hashes.SHA256())
            )
            self._pem = self.private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ) + cert.public_bytes(serialization.Encoding.PEM)
        return self._pem


def thumbprint(jwk):
    if set(jwk) != {"crv", "kty", "x", "y"}:
        raise Violation(f"members of a jwk: {sorted(jwk)}")
    return b64(hashlib.sha256(canonical(jwk)).digest())


def public_key(jwk):
    x, y = (int.from_bytes(unb64(jwk[c]), "big") for c in "xy")
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def verify(jwk, data, signature):
    if len(signature) != 64:
        raise Violation("an ES256 signature has 64 bytes")
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    try:
        public_key(jwk).verify(der, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise Violation("the signature is wrong") from error


class Trust:
    """What a client knows of its ledger: its name, its address, the key of its TLS certificate and the key of its answers."""

    def __init__(self, aud, address, tls_pin, answers_jwk):
        self.aud = aud
        host, port = address.rsplit(":", 1)
        self.address = (host.strip("[]"), int(port))
        self.tls_pin = tls_pin
        self.answers_jwk = answers_jwk
        self.answers_kid = thumbprint(answers_jwk)


def line_hash(method, target):
    return hashlib.sha256(f"{method} {target}".encode()).digest()


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body
        self.signed = False
        self.payload = self.result = self.problem = self.log = self.receipt = None
        self.replay = False

    @property
    def ok(self):
        return self.signed and 200 <= self.status < 300

    @property
    def code(self):
        return (self.problem or {}).get("code")

    @property
    def field(self):
        return (self.problem or {}).get("field")

    @property
    def params(self):
        return (self.problem or {}).get("params", {})

    def __repr__(self):
        what = self.result if self.ok else self.problem
        return f"<{self.status} {'signed' if self.signed else 'unsigned'} {json.dumps(what, ensure_ascii=False)[:600]}>"


def check_answer(trust, method, target, request_hash, status, headers, body):
    """Verifies an answer as far as it can be; gives the Answer."""
    if status in (404, 405):
        # There is no such operation, so its request was not read: only its line can be named.
        request_hash = line_hash(method, target)
    answer = Answer(status, headers, body)
    kind = headers.get("content-type", "")
    if kind == "application/problem+json":
        if status not in UNSIGNED:
            raise Violation(f"status {status} must come signed: {body[:300]!r}")
        answer.problem = strict(body)
        for name in ("type", "title", "status", "code"):
            if name not in answer.problem:
                raise Violation(f"unsigned problem without {name}: {body[:300]!r}")
        if answer.problem["status"] != status:
            raise Violation("the problem's status is not the answer's")
        if status == 429 and not headers.get("retry-after", "").isdigit():
            raise Violation("429 without Retry-After")
        return answer
    if kind != "application/jose+json":
        raise Violation(f"content type {kind!r}, status {status}: {body[:300]!r}")
    jws = strict(body)
    if set(jws) != {"protected", "payload", "signature"}:
        raise Violation(f"members of an answer: {sorted(jws)}")
    verify(trust.answers_jwk, f"{jws['protected']}.{jws['payload']}".encode(), unb64(jws["signature"]))
    header = strict(unb64(jws["protected"]))
    if header != {"alg": "ES256", "kid": trust.answers_kid, "typ": RESPONSE}:
        raise Violation(f"header of an answer: {header}")
    raw = unb64(jws["payload"])
    payload = strict(raw)
    if canonical(payload) != raw:
        raise Violation("the answer's payload is not canonical")
    if payload.get("aud") != trust.aud:
        raise Violation(f"aud of an answer: {payload.get('aud')}")
    if payload.get("request") != b64(request_hash):
        raise Violation("the answer is not to this request")
    if payload.get("status") != status:
        raise Violation(f"status inside {payload.get('status')}, outside {status}")
    if not isinstance(payload.get("iat"), int):
        raise Violation("iat of an answer")
    log = payload.get("log", {})
    if not isinstance(log.get("size"), int) or len(unb64(log.get("root", ""))) != 32:
        raise Violation(f"log of an answer: {log}")
    if ("result" in payload) == ("problem" in payload) or ("result" in payload) != (200 <= status < 300):
        raise Violation(f"result or problem, status {status}: {sorted(payload)}")
    if set(payload) - {"aud", "iat", "request", "status", "log", "replay", "result", "problem", "receipt"}:
        raise Violation(f"members of an answer's payload: {sorted(payload)}")
    if payload.get("replay", True) is not True:
        raise Violation("replay is true or absent")
    if "problem" in payload:
        problem = payload["problem"]
        if problem.get("type") != "urn:lovebank:problem:" + problem.get("code", "") or problem.get("status") != status:
            raise Violation(f"problem: {problem}")
    answer.signed = True
    answer.payload = payload
    answer.result = payload.get("result")
    answer.problem = payload.get("problem")
    answer.log = log
    answer.receipt = payload.get("receipt")
    answer.replay = payload.get("replay", False)
    return answer


class Connection:
    """One HTTP/2 connection over TLS 1.3, the server's key pinned. resume: an earlier one, whose TLS session is taken up again."""

    def __init__(self, trust, key, timeout=20.0, resume=None):
        self.timeout = timeout
        context = resume.socket.context if resume else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        if key and not resume:
            with tempfile.NamedTemporaryFile() as file:
                file.write(key.certificate())
                file.flush()
                context.load_cert_chain(file.name)
        try:
            plain = socket.create_connection(trust.address, timeout)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket = context.wrap_socket(plain, server_hostname=None, session=resume.socket.session if resume else None)
        except OSError as error:
            raise Unknown(f"no connection: {error}") from error
        if self.socket.version() != "TLSv1.3" or self.socket.selected_alpn_protocol() != "h2":
            raise Violation(f"{self.socket.version()} {self.socket.selected_alpn_protocol()}")
        pin = tls_pin(self.socket.getpeercert(binary_form=True))
        if trust.tls_pin and pin != trust.tls_pin:
            raise Violation(f"the server's key is {pin}, expected {trust.tls_pin}")
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        # h2 takes a connection for closed at the first GOAWAY; answers under way still come after it.
        self.h2._frame_dispatch_table[GoAwayFrame] = lambda frame: ([], [goaway(frame)])
        self.h2.initiate_connection()
        self.goaway = False
        self._flush()

    def close(self):
        try:
            self.socket.close()
        except OSError:
            pass

    def _flush(self):
        data = self.h2.data_to_send()
        if data:
            try:
                self.socket.sendall(data)
            except OSError as error:
                raise Unknown(f"connection lost while sending: {error}") from error

    def many(self, requests):
        """Sends (method, path, body, extra headers) all at once; the list of (status, headers, body), in order."""
        waiting = {}
        order = []
        try:
            for method, path, body, extra in requests:
                stream = self.h2.get_next_available_stream_id()
                headers = [(":method", method), (":path", path), (":scheme", "https"), (":authority", "lovebank")]
                if body is not None:
                    headers.append(("content-type", "application/jose+json"))
                    headers.append(("content-length", str(len(body))))
                self.h2.send_headers(stream, headers + list(extra), end_stream=body is None)
                waiting[stream] = [None, {}, bytearray(), False, body, 0]
                order.append(stream)
        except h2.exceptions.ProtocolError as error:
            raise Unknown(f"connection not usable: {error}") from error
        deadline = time.monotonic() + self.timeout
        while True:
            try:
                self._send_bodies(waiting)
            except h2.exceptions.ProtocolError as error:
                raise Unknown(f"stream not usable: {error}") from error
            self._flush()
            if all(w[3] for w in waiting.values()):
                break
            self._receive(waiting, deadline)
        return [(waiting[s][0], waiting[s][1], bytes(waiting[s][2])) for s in order]

    def _send_bodies(self, waiting):
        for stream, state in waiting.items():
            body = state[4]
            while body is not None and not state[3]:
                room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(body) - state[5])
                if room <= 0 and state[5] < len(body):
                    break
                end = state[5] + room == len(body)
                self.h2.send_data(stream, body[state[5] : state[5] + room], end_stream=end)
                state[5] += room
                if end:
                    state[4] = body = None

    def _receive(self, waiting, deadline):
        try:
            if not self.socket.pending():
                ready, _, _ = select.select([self.socket], [], [], max(0, deadline - time.monotonic()))
                if not ready:
                    raise Unknown("no answer in time")
            data = self.socket.recv(65536)
        except OSError as error:
            raise Unknown(f"connection lost: {error}") from error
        if not data:
            raise Unknown("connection closed")
        try:
            events = self.h2.receive_data(data)
        except h2.exceptions.ProtocolError as error:
            raise Violation(f"HTTP/2: {error}") from error
        for event in events:
            state = waiting.get(getattr(event, "stream_id", None))
            if isinstance(event, h2.events.ConnectionTerminated):
                self.goaway = True
                if any(not w[3] and s > (event.last_stream_id or 0) for s, w in waiting.items()):
                    raise Unknown(f"GOAWAY, error {event.error_code}")
            elif state is None:
                continue
            elif isinstance(event, h2.events.ResponseReceived):
                state[1] = {name: value for name, value in event.headers}
                state[0] = int(state[1][":status"])
            elif isinstance(event, h2.events.DataReceived):
                state[2] += event.data
                if event.flow_controlled_length:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                state[3] = True
            elif isinstance(event, h2.events.StreamReset):
                if state[0] is not None and event.error_code == h2.errors.ErrorCodes.NO_ERROR:
                    state[3] = True
                else:
                    raise Unknown(f"stream reset, error {event.error_code}")


def goaway(frame):
    event = h2.events.ConnectionTerminated()
    event.error_code = frame.error_code
    event.last_stream_id = frame.last_stream_id
    return event


def tls_pin(der):
    spki = x509.load_der_x509_certificate(der).public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return "sha256//" + base64.b64encode(hashlib.sha256(spki).digest()).decode()


class Request:
    """A signed command, ready to be sent any number of times."""

    def __init__(self, path, body, compact, jti, payload=None):
        self.path = path
        self.body = body
        self.compact = compact
        self.hash = hashlib.sha256(compact).digest()
        self.jti = jti
        self.payload = payload


class Client:
    """One key at one ledger. now() gives the seconds since 1970 that it believes."""

    def __init__(self, trust, key, now=time.time):
        self.trust = trust
        self.key = key
        self.now = now
        self.connection = None
        self.lock = threading.Lock()

    # ---- good requests

    def sign(self, noun, verb, fields, **forge):
        return self.forge(noun, verb, fields, **forge)

    def command(self, noun, verb, fields=None, **more):
        return self.send(self.sign(noun, verb, {**(fields or {}), **more}))

    def read(self, noun, verb, fields=None, **more):
        query = [(k, query_text(v)) for k, v in {**(fields or {}), **more}.items()] + [("nonce", new_jti())]
        return self.get(f"/v1/{noun}/{verb}?{urllib.parse.urlencode(query, quote_via=urllib.parse.quote)}")

    def get(self, target, method="GET"):
        return self.exchange([(method, target, None, line_hash(method, target))])[0]

    def send(self, request):
        return self.exchange([("POST", request.path, request.body, request.hash)])[0]

    def send_all(self, requests):
        """All at once on one connection."""
        return self.exchange([("POST", r.path, r.body, r.hash) for r in requests])

    def exchange(self, requests):
        with self.lock:
            if self.connection is None or self.connection.goaway:
                self.close()
                self.connection = Connection(self.trust, self.key)
            try:
                answers = self.connection.many([(m, p, b, ()) for m, p, b, _ in requests])
            except (Unknown, Violation):
                self.close()
                raise
        return [check_answer(self.trust, m, t, h, *a) for (m, t, _, h), a in zip(requests, answers)]

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    # ---- any request

    def forge(self, noun, verb, fields, *, key=None, header=None, envelope=None, drop=(), personal=None, payload=None,
              jti=None, signature=None, members=None, path=None, life=120, body=None):
        """A request in which every part can be replaced.

        key signs; header is merged into the protected header (None removes a member; bytes replace it whole);
        envelope is merged into aud..jti; drop names payload members to leave out; personal replaces the opened
        values; payload (bytes) replaces the whole payload before signing; signature(bytes) -> bytes changes it
        afterwards; members is merged into the outer object; path is where it is sent; body replaces everything.
        """
        key = key or self.key
        hidden, aside = hide(fields)
        now = int(self.now())
        target = f"/v1/{noun}/{verb}"
        content = {"aud": self.trust.aud, "htm": "POST", "htu": target, "iat": now, "exp": now + life, "jti": jti or new_jti()}
        content.update(hidden)
        content.update(envelope or {})
        for name in drop:
            content.pop(name, None)
        raw = payload if payload is not None else canonical(content)
        protected = {"alg": "ES256", "kid": key.kid, "typ": REQUEST}
        if isinstance(header, bytes):
            protected = header
        else:
            protected = canonical({k: v for k, v in {**protected, **(header or {})}.items() if v is not None})
        signing = f"{b64(protected)}.{b64(raw)}".encode()
        made = key.sign(signing)
        if signature:
            made = signature(made)
        outer = {"protected": b64(protected), "payload": b64(raw), "signature": b64(made)}
        opened = aside if personal is None else personal
        if opened or personal is not None:
            outer["personal"] = opened
        outer = {k: v for k, v in {**outer, **(members or {})}.items() if v is not None}
        compact = signing + b"." + b64(made).encode()
        return Request(path or target, canonical(outer) if body is None else body, compact, content["jti"] if "jti" in content else None, content)


def query_text(value):
    if value is True or value is False:
        return "true" if value else "false"
    return str(value)


def enrolment(key, content=None, header=None):
    """Compact JWS by which a key proves that its owner holds it."""
    protected = canonical(header or {"alg": "ES256", "jwk": key.jwk, "kid": key.kid, "typ": ENROL})
    signing = f"{b64(protected)}.{b64(canonical(content or {}))}".encode()
    return (signing + b"." + b64(key.sign(signing)).encode()).decode()


def nfc(text):
    return unicodedata.normalize("NFC", text)
