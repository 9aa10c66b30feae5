"""The public log as a stranger sees it: fetched without a key, and checked with nothing but hashes and Ed25519."""

import base64
import hashlib
import struct

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

import protocol

DASH = "\u2014 "


class Fetched:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def text(self):
        return self.body.decode()

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:300]!r}>"


def fetch(ledger, path, method="GET", body=None, key=None, trust=None):
    """One request on a connection of its own, without a key unless one is given."""
    connection = protocol.Connection(trust or ledger.trust(), key)
    try:
        return Fetched(*connection.many([(method, path, body, ())])[0])
    finally:
        connection.close()


def leaf_hash(leaf):
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root_by_inclusion(leaf, index, size, hashes):
    """RFC 9162 section 2.1.3.2."""
    assert index < size
    node, last, rest = leaf, size - 1, index
    for other in hashes:
        assert last > 0, "too long"
        if rest & 1 or rest == last:
            node = node_hash(other, node)
            while not rest & 1 and rest:
                rest >>= 1
                last >>= 1
        else:
            node = node_hash(node, other)
        rest >>= 1
        last >>= 1
    assert last == 0, "too short"
    return node


class Note:
    """A checkpoint: origin, size, root, and its lines as (name, bytes)."""

    def __init__(self, text):
        signed, _, lines = text.partition("\n\n")
        self.text = text
        self.signed = (signed + "\n").encode()
        self.origin, size, root = signed.split("\n")
        self.size = int(size)
        self.root = base64.b64decode(root, validate=True)
        assert lines.endswith("\n")
        self.lines = []
        for line in lines.splitlines():
            assert line.startswith(DASH)
            name, encoded = line[len(DASH) :].split(" ")
            self.lines.append((name, base64.b64decode(encoded, validate=True)))

    def is_signed_by(self, verifier):
        name, key_id, encoded = verifier.split("+", 2)
        raw = base64.b64decode(encoded)
        assert raw[0] == 1 and hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8] == key_id
        for line_name, line in self.lines:
            if line_name == name and line[:4].hex() == key_id and len(line) == 68:
                try:
                    Ed25519PublicKey.from_public_bytes(raw[1:]).verify(line[4:], self.signed)
                    return True
                except InvalidSignature:
                    return False
        return False


class Proof:
    """c2sp.org/tlog-proof@v1."""

    def __init__(self, text):
        head, _, note = text.partition("\n\n")
        first, index, *hashes = head.split("\n")
        assert first == "c2sp.org/tlog-proof@v1", text
        assert index.startswith("index ") and str(int(index[6:])) == index[6:]
        self.index = int(index[6:])
        self.hashes = [base64.b64decode(h, validate=True) for h in hashes]
        self.note = Note(note)

    def holds(self, leaf, verifier):
        """Whether the leaf's hash leads to a root that the log signed."""
        return self.note.is_signed_by(verifier) and root_by_inclusion(leaf, self.index, self.note.size, self.hashes) == self.note.root


def hashes_of(receipt):
    if "hashes" in receipt:
        return [protocol.unb64(h) for h in receipt["hashes"]]
    return [leaf_hash(protocol.canonical(leaf)) for leaf in receipt["leaves"]]


def check_receipt(receipt, verifier):
    """Raises unless first and last leaf are proved; gives the checkpoint."""
    assert set(receipt) - {"last_proof"} in ({"first", "leaves", "proof"}, {"first", "hashes", "proof"}), sorted(receipt)
    hashes = hashes_of(receipt)
    assert ("last_proof" in receipt) == (len(hashes) > 1), "the last leaf has a proof of its own when there are several"
    proof = Proof(receipt["proof"])
    assert proof.index == receipt["first"] and proof.holds(hashes[0], verifier), receipt["proof"]
    if len(hashes) > 1:
        last = Proof(receipt["last_proof"])
        assert last.index == receipt["first"] + len(hashes) - 1 and last.holds(hashes[-1], verifier)
        assert last.note.text == proof.note.text
    return proof.note


class Witness:
    """Somebody else's key that cosigns checkpoints."""

    def __init__(self, name):
        self.name = name
        self.private = Ed25519PrivateKey.generate()
        raw = b"\4" + self.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.id = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
        self.verifier = f"{name}+{self.id.hex()}+{base64.b64encode(raw).decode()}"

    def line(self, note, moment=1741400000):
        signed = f"cosignature/v1\ntime {moment}\n".encode() + note.signed
        return self.line_of(self.id + struct.pack(">Q", moment) + self.private.sign(signed))

    def line_of(self, data):
        return f"{DASH}{self.name} {base64.b64encode(data).decode()}\n"

    def cosign(self, note, moment=1741400000):
        return note.text + self.line(note, moment)
