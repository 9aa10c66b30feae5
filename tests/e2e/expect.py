"""What tests say about answers."""

import contextlib


def equal(got, expected, what=""):
    assert got == expected, f"{what}: got {got!r}, expected {expected!r}"


def refused(answer, code, field=None, status=None):
    """A signed refusal with that code (or one of several) and, if given, at that field."""
    codes = (code,) if isinstance(code, str) else code
    assert answer.signed, f"not signed: {answer}"
    assert answer.code in codes, f"expected {code}, got {answer}"
    if field is not None:
        assert answer.field == field, f"expected field {field}, got {answer}"
    if status is not None:
        assert answer.status == status, f"expected status {status}, got {answer}"
    return answer


def unsigned(answer, status, code=None):
    """Refused before the request could be read."""
    assert not answer.signed and answer.status == status and (code is None or answer.code == code), f"expected unsigned {status} {code}, got {answer}"
    return answer


@contextlib.contextmanager
def nothing_posted(ledger):
    """Whatever happens inside leaves no trace in any table."""
    before = ledger.counts()
    yield
    after = ledger.counts()
    assert before == after, f"something was posted: {before} -> {after}"


def options(**given):
    """Settings of a test's ledger: clock, config."""

    def set_options(function):
        function.options = given
        return function

    return set_options


def stopped(function):
    """The test starts the daemon itself."""
    function.stopped = True
    return function


def unchecked(function):
    """The test breaks the ledger on purpose: invariants are not checked after it."""
    function.unchecked = True
    return function
