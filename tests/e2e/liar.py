"""A ledger that lies: an HTTP/2 server that holds the ledger's own TLS and answers keys and says what a test wants.

    with Liar(ledger, answer) as liar: ...      answer(method, path, body) -> (status, content type, bytes)

sign() makes answers that verify. So only what follows from the log can catch it.
"""

import hashlib
import os
import socket
import ssl
import tempfile
import threading

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import protocol


class Liar:
    def __init__(self, ledger, answer):
        self.ledger = ledger
        self.answer = answer
        self.answers_key = protocol.Key.load(os.path.join(ledger.state, "keys", "answers.pem"))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.set_alpn_protocols(["h2"])
        with tempfile.NamedTemporaryFile() as file:
            file.write(protocol.Key.load(os.path.join(ledger.state, "keys", "tls.pem")).certificate())
            file.flush()
            self.context.load_cert_chain(file.name)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.open = True

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.open = False
        self.socket.close()

    def _accept(self):
        while self.open:
            try:
                plain, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain):
        try:
            with self.context.wrap_socket(plain, server_side=True) as connection:
                self._speak(connection)
        except (OSError, h2.exceptions.ProtocolError):
            pass

    def _speak(self, connection):
        http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        http.initiate_connection()
        requests = {}
        while True:
            connection.sendall(http.data_to_send())
            data = connection.recv(65536)
            if not data:
                return
            for event in http.receive_data(data):
                stream = getattr(event, "stream_id", None)
                if isinstance(event, h2.events.RequestReceived):
                    requests[stream] = [dict(event.headers), bytearray()]
                elif isinstance(event, h2.events.DataReceived):
                    requests[stream][1] += event.data
                    http.acknowledge_received_data(event.flow_controlled_length, stream)
                elif isinstance(event, h2.events.StreamEnded):
                    headers, body = requests.pop(stream)
                    status, kind, content = self.answer(headers[":method"], headers[":path"], bytes(body))
                    http.send_headers(stream, [(":status", str(status)), ("content-type", kind)])
                    self._send(connection, http, stream, content)

    def _send(self, connection, http, stream, content):
        """In frames that fit; the answers of tests are smaller than the window."""
        for at in range(0, len(content), 16384):
            http.send_data(stream, content[at : at + 16384])
        http.end_stream(stream)
        connection.sendall(http.data_to_send())

    def sign(self, payload, key=None):
        key = key or self.answers_key
        header = protocol.canonical({"alg": "ES256", "kid": key.kid, "typ": protocol.RESPONSE})
        signing = f"{protocol.b64(header)}.{protocol.b64(protocol.canonical(payload))}"
        members = dict(zip(("protected", "payload"), signing.split(".")), signature=protocol.b64(key.sign(signing.encode())))
        return payload["status"], "application/jose+json", protocol.canonical(members)


def request_hash(body):
    """The hash that an answer to a command must name."""
    outer = protocol.strict(body)
    return hashlib.sha256(f"{outer['protected']}.{outer['payload']}.{outer['signature']}".encode()).digest()
