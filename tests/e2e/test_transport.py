"""The wire below the requests: nothing but TLS 1.3 and HTTP/2, and limits that keep one client from starving the others."""

import json
import socket
import ssl
import time

import h2.events
import h2.settings
import protocol
from expect import equal, nothing_posted, options, refused, unsigned
from world import add_volunteers, earn

ORG = {"parent": "QX-C1", "kind": "grid", "code": "QX-G1", "name": "第一网格"}


def tls(ledger, key=None, alpn=("h2",), highest=None):
    """A bare TLS connection, or None if it was refused."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if highest:
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.maximum_version = highest
    if alpn:
        context.set_alpn_protocols(list(alpn))
    try:
        return context.wrap_socket(socket.create_connection(ledger.trust().address, 10))
    except (ssl.SSLError, OSError):
        return None


def ends(connection, patience):
    """Whether the other side ends the connection in time, whatever it says before."""
    connection.settimeout(patience)
    try:
        while connection.recv(65536):
            pass
        return True
    except TimeoutError:
        return False
    except OSError:
        return True


def still_good(ledger):
    assert ledger.client("admin").read("org", "list").ok, "good clients are served"


def test_only_tls_1_3(ledger):
    """TLS 1.2 is refused in the handshake."""
    connection = tls(ledger, highest=ssl.TLSVersion.TLSv1_2)
    assert connection is None, connection.version()
    still_good(ledger)


def test_plain_text_gets_nothing(ledger):
    """A plain HTTP request gets no HTTP answer."""
    with socket.create_connection(ledger.trust().address, 10) as plain:
        plain.sendall(b"GET /v1/org/list HTTP/1.1\r\nHost: x\r\n\r\n")
        plain.settimeout(10)
        data = b""
        try:
            while more := plain.recv(65536):
                data += more
        except OSError:
            pass
    assert b"HTTP/" not in data, data
    still_good(ledger)


def test_only_http_2(ledger):
    """Without the protocol h2, or with http/1.1 only, there is no service."""
    for alpn in (("http/1.1",), ()):
        connection = tls(ledger, alpn=alpn)
        if connection:
            try:
                connection.sendall(b"GET /v1/org/list HTTP/1.1\r\nHost: x\r\n\r\n")
            except OSError:
                pass
            assert ends(connection, 10), f"a connection with {alpn} stays"
    still_good(ledger)


def test_nonsense_instead_of_frames(ledger):
    """Bytes that are no HTTP/2 end the connection, and only that one."""
    for data in (b"GET / HTTP/1.1\r\n\r\n", b"\0" * 1000, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 1000):
        connection = tls(ledger)
        connection.sendall(data)
        assert ends(connection, 20), f"{data[:20]} is tolerated"
    still_good(ledger)


def test_who_does_not_finish_the_handshake_is_cut(ledger):
    """A connection that says nothing is closed after some seconds; others are served meanwhile."""
    silent = [socket.create_connection(ledger.trust().address, 10) for _ in range(50)]
    started = time.monotonic()
    still_good(ledger)
    for connection in silent:
        assert ends(connection, 12 - min(10, time.monotonic() - started)), "a silent connection stays"
    assert time.monotonic() - started < 12


@options(config={"queue": 4})
def test_a_full_queue_is_429_and_nothing_is_lost(ledger):
    """More commands than the queue holds: some get 429 with Retry-After, unsigned, not posted; sent again they are."""
    volunteer = ledger.facts["volunteers"][0]
    earn(ledger, [volunteer], hours=8)
    till = ledger.client_of("till")
    requests = [till.sign("redemption", "make", {"shop": "QX-S1", "volunteer": volunteer, "points": "1"}) for _ in range(60)]
    left, busy = requests, 0
    for _ in range(100):
        answers = till.send_all(left)
        left = [r for r, a in zip(left, answers) if not a.signed]
        for answer in answers:
            if not answer.signed:
                unsigned(answer, 429)
                busy += 1
            else:
                assert answer.ok, answer
        if not left:
            break
    assert busy > 0, "the queue was never full: this test proves nothing"
    equal(left, [])
    equal(ledger.balance("P2100", volunteer), 20)


@options(config={"connections_per_key": 3})
def test_connections_of_one_key_are_limited(ledger):
    """One key gets so many connections and no more; the others go on, and other keys are served."""
    clients = [ledger.client("till") for _ in range(3)]
    for client in clients:
        assert client.read("org", "list").ok
    try:
        answer = ledger.client("till").read("org", "list")
        assert answer.status in (429, 503), answer
    except protocol.Unknown:
        pass
    for client in clients:
        assert client.read("org", "list").ok
    still_good(ledger)


def resumed(client):
    """The client goes on over a new connection that takes up the TLS session of its last one."""
    last = client.connection
    client.connection = protocol.Connection(client.trust, client.key, resume=last)
    last.close()
    assert client.connection.socket.session_reused, "the session was not taken up"


def test_a_resumed_session_is_its_key_and_no_more(ledger):
    """A TLS session can be taken up again, and again; it is served as its key, and as nobody once that key is revoked."""
    till = ledger.client("till")
    assert till.read("redemption", "list").ok
    for _ in range(3):
        resumed(till)
        assert till.read("redemption", "list").ok
        refused(till.read("operator", "list"), "not_allowed", status=403)
    ledger.do("admin", "operator", "revoke", operator=ledger.facts["operators"]["till"], reason="lost")
    resumed(till)
    refused(till.read("redemption", "list"), "revoked_key", status=403)


@options(config={"connections_per_key": 3})
def test_resumed_connections_count_for_their_key(ledger):
    """Whoever takes sessions up again gets no more connections than others."""
    client = ledger.client("till")
    assert client.read("redemption", "list").ok
    held = [protocol.Connection(client.trust, client.key, resume=client.connection) for _ in range(2)]
    assert all(connection.socket.session_reused for connection in held)
    late = ledger.client("till")
    try:
        late.connection = protocol.Connection(client.trust, client.key, resume=client.connection)
        answer = late.read("redemption", "list")
        assert answer.status in (429, 503), answer
    except protocol.Unknown:
        pass
    assert client.read("redemption", "list").ok
    still_good(ledger)


def test_a_session_without_a_key_stays_without(ledger):
    """Resuming the session of a connection that showed no certificate gives no key."""
    first = protocol.Connection(ledger.trust(), None)
    first.many([("GET", "/log/checkpoint", None, ())])
    again = protocol.Connection(ledger.trust(), ledger.key("till"), resume=first)
    assert again.socket.session_reused
    status, _, _ = again.many([("GET", "/v1/org/list", None, ())])[0]
    equal(status, 400)


def test_streams_that_are_reset_at_once(ledger):
    """A flood of requests that are cancelled at once ends that connection; others are served."""
    connection = protocol.Connection(ledger.trust(), ledger.key("till"))
    cut = False
    try:
        for _ in range(2000):
            stream = connection.h2.get_next_available_stream_id()
            connection.h2.send_headers(stream, [(":method", "GET"), (":path", "/v1/org/list"), (":scheme", "https"), (":authority", "x")], end_stream=True)
            connection.h2.reset_stream(stream)
            connection._flush()
        cut = ends(connection.socket, 5)
    except (protocol.Unknown, OSError):
        cut = True
    assert cut, "2,000 resets in a row are tolerated"
    still_good(ledger)


def test_who_reads_late_gets_everything(ledger):
    """Answers that fill the socket wait until the client reads; none is lost or mixed up, and others are served meanwhile."""
    add_volunteers(ledger, "worker", "QX-C1", 1000)
    connection = protocol.Connection(ledger.trust(), ledger.key("inspector"))
    connection.h2.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 1 << 24})
    connection.h2.increment_flow_control_window(1 << 28)
    connection._flush()
    bodies = {}
    for _ in range(30):
        stream = connection.h2.get_next_available_stream_id()
        connection.h2.send_headers(stream, [(":method", "GET"), (":path", "/v1/ledger/leaves?from=0&limit=1000"), (":scheme", "https"), (":authority", "x")], end_stream=True)
        bodies[stream] = b""
    connection._flush()
    time.sleep(3)
    still_good(ledger)
    connection.socket.settimeout(20)
    left = set(bodies)
    while left:
        for event in connection.h2.receive_data(connection.socket.recv(65536)):
            if isinstance(event, h2.events.DataReceived):
                bodies[event.stream_id] += event.data
            elif isinstance(event, h2.events.StreamEnded):
                left.discard(event.stream_id)
    assert sum(map(len, bodies.values())) > 5_000_000, "too little to fill a socket: this test proves nothing"
    payloads = [json.loads(protocol.unb64(json.loads(body)["payload"])) for body in bodies.values()]
    assert all(payload["result"] == payloads[0]["result"] for payload in payloads)


def test_a_slow_body_is_cut(ledger):
    """A request whose body never ends is given up after its deadline; nothing is posted."""
    with nothing_posted(ledger):
        connection = protocol.Connection(ledger.trust(), ledger.key("admin"))
        headers = [(":method", "POST"), (":path", "/v1/org/add"), (":scheme", "https"), (":authority", "x"), ("content-length", "500")]
        connection.h2.send_headers(connection.h2.get_next_available_stream_id(), headers)
        connection._flush()
        started = time.monotonic()
        assert ends(connection.socket, 25), "a request without its body stays"
        assert time.monotonic() - started > 3, "it was cut before it could have come"
    still_good(ledger)
