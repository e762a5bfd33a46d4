"""A receipt as a mail, and the way it goes."""

from __future__ import annotations

import os
import smtplib
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Protocol

from storegraph.ledger.errors import LedgerError
from storegraph.units import NANOSECONDS

from .letter import Letter
from .page import Language, as_html, as_pdf, as_text, subject
from .settings import Postbox

OWN_MACHINE = ("localhost", "127.0.0.1", "::1")
"""Where mail may go without encryption: it does not leave the machine."""


class MailError(LedgerError):
    """A mail was not taken.

    Attributes:
        final: Trying again will not help.
    """

    def __init__(self, reason: str, *, final: bool) -> None:
        super().__init__(reason)
        self.final = final


class Transport(Protocol):
    """Takes mails to where they are read."""

    def send(self, mail: EmailMessage) -> None:
        """Hands a mail over.

        Raises:
            MailError: It was not taken.
        """
        ...


def mail_of(letter: Letter, language: Language, to: tuple[str, ...], now: int) -> EmailMessage:
    """A receipt as a mail: plain text, the same as HTML, and the same as PDF attached.

    Its Message-ID follows from the bill and its revision, so that one that is sent twice, for a machine went down after
    the server took it, is one to whoever reads it.

    Args:
        letter: What it says.
        language: Which words.
        to: Addresses.
        now: Its date, nanoseconds since the Unix epoch.
    """
    mail = EmailMessage()
    mail["Subject"] = subject(letter, language)
    mail["From"] = letter.sender.mail
    mail["To"] = ", ".join(to)
    mail["Date"] = format_datetime(datetime.fromtimestamp(now // NANOSECONDS, UTC))
    domain = letter.sender.mail.partition("@")[2]
    mail["Message-ID"] = f"<{letter.store.id}.{_plain(letter.number)}.{letter.revision}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's "out of office" is wanted
    mail["Content-Language"] = language
    mail.set_content(as_text(letter, language))
    mail.add_alternative(as_html(letter, language), subtype="html")
    name = f"{letter.store.id}-{_plain(letter.number)}.pdf"
    mail.add_attachment(as_pdf(letter, language), maintype="application", subtype="pdf", filename=name)
    return mail


def _plain(name: str) -> str:
    """A name with nothing in it that has a meaning in a Message-ID or a file name."""
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)


class Smtp:
    """Hands mails to a server (RFC 5321), encrypted unless it is on this machine.

    Args:
        postbox: Which server.

    Raises:
        MailError: It would send mail over a network in the clear.
    """

    def __init__(self, postbox: Postbox) -> None:
        if postbox.security == "none" and postbox.host not in OWN_MACHINE:
            raise MailError(
                f"smtp.security: none is for a server on this machine, not for {postbox.host}; use starttls", final=True
            )
        self._postbox = postbox

    def send(self, mail: EmailMessage) -> None:
        """Hands a mail over, each on a connection of its own.

        Raises:
            MailError: It was not taken. What the server says about the mail or its address for good is final; that it
                cannot be reached, or does not let us in, is not.
        """
        try:
            with self._connected() as server:
                self._log_in(server)
                server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            code, reason = next(iter(error.recipients.values()))
            raise MailError(_said(code, reason), final=code >= 500) from error
        except smtplib.SMTPAuthenticationError as error:
            raise MailError(f"login: {_said(error.smtp_code, error.smtp_error)}", final=False) from error
        except smtplib.SMTPResponseException as error:
            raise MailError(_said(error.smtp_code, error.smtp_error), final=error.smtp_code >= 500) from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(f"{self._postbox.host}:{self._postbox.port}: {error}", final=False) from error

    def _connected(self) -> smtplib.SMTP:
        postbox = self._postbox
        if postbox.security == "tls":
            return smtplib.SMTP_SSL(postbox.host, postbox.port, timeout=postbox.patience, context=self._trusted())
        server = smtplib.SMTP(postbox.host, postbox.port, timeout=postbox.patience)
        if postbox.security == "starttls":
            try:
                server.starttls(context=self._trusted())
            except BaseException:
                server.close()
                raise
        return server

    def _trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._postbox.authority or None)

    def _log_in(self, server: smtplib.SMTP) -> None:
        if self._postbox.user:
            server.login(self._postbox.user, os.environ.get(self._postbox.password, ""))


def _said(code: int, reason: bytes | str) -> str:
    text = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
    return f"{code} {text}"
