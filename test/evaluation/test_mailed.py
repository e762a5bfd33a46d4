"""One command leads from a simulated visit to a mail in a mailbox."""

from __future__ import annotations

import json
import mailbox
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

pytest.importorskip("aiosmtpd", reason="needs a mail server; `make env` installs aiosmtpd")

from storegraph.cli import main
from storegraph.ledger.books.database import open_database
from storegraph.ledger.books.verify import verify


def test_a_simulated_visit_ends_as_a_mail_in_a_mailbox(tmp_path: Path) -> None:
    out = tmp_path / "mailed"
    result = CliRunner().invoke(main, ["receipts", "try", "--out", str(out), "--address", "bea@example.org"])
    assert result.exit_code == 0, result.output
    first, second = result.output.splitlines()
    assert re.search(r": \d+\.\d s from leaving to the mail \(3\.0 s until its receipt was concluded, ", first)
    (mail,) = mailbox.Maildir(out / "mailbox")
    assert (mail["To"], mail["Subject"]) == ("bea@example.org", "Your receipt from Corner shop")
    assert Path(second.partition(": ")[0]).read_bytes().count(b"bea@example.org") >= 1
    (text,) = (part.get_payload(decode=True) for part in mail.walk() if part.get_content_type() == "text/plain")
    (receipt,) = json.loads((out / "replayed" / "receipts.json").read_text())
    assert f"1 x {receipt['lines'][0]['name']}".encode() in text
    assert verify(open_database(out / "books.sqlite"), "corner").problems == ()
    again = CliRunner().invoke(main, ["receipts", "try", "--out", str(out)])
    assert (again.exit_code, "exists already" in " ".join(again.output.split())) == (2, True)
