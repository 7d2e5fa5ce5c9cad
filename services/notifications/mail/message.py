"""From a letter to the bytes that a mail server takes (RFC 5322, MIME).

Nothing that people wrote reaches a header as it is: line breaks and other control characters
become spaces, and the standard library's policy refuses what is left of such tricks.
"""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from services.notifications.domain.recipients import is_email

SENDER_NAME: Final = "Xiangyou 乡游"


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG that the HTML shows as `cid:<name>`."""

    name: str
    png: bytes


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that comes with the letter."""

    filename: str
    subtype: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """What a message says, in text and, where it goes to a mailbox, in HTML."""

    subject: str
    text: str
    html: str | None = None
    pictures: tuple[Picture, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Postmark:
    """From whom, to whom, when, and by which id a repetition of the message is known.

    Raises ValueError for addresses that are none, or more than one.
    """

    sender_address: str
    mailbox: str
    written_at: datetime
    reference: str

    def __post_init__(self) -> None:
        """Refuse what is not one plain address: the library reads some lists as an address."""
        if not (is_email(self.mailbox) and is_email(self.sender_address)):
            raise ValueError("not one mail address")

    @property
    def message_id(self) -> str:
        """The Message-ID: the same for every attempt at the same message."""
        return f"<{self.reference}@{self.sender_address.rpartition('@')[2]}>"


def write_message(letter: Letter, postmark: Postmark) -> bytes:
    """Return the letter as a MIME message."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(SENDER_NAME, addr_spec=postmark.sender_address)
    message["To"] = Address(addr_spec=postmark.mailbox)
    message["Subject"] = one_line(letter.subject)
    message["Date"] = postmark.written_at
    message["Message-ID"] = postmark.message_id
    message["X-Entity-Ref-ID"] = postmark.reference
    # RFC 3834: machines need not answer a machine.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    if letter.html is not None:
        _add_html(message, letter.html, letter.pictures)
    for attachment in letter.attachments:
        message.add_attachment(
            attachment.content,
            maintype="text",
            subtype=attachment.subtype,
            params={"charset": "utf-8"},
            filename=attachment.filename,
        )
    return message.as_bytes()


def one_line(text: str) -> str:
    """Return the text without control characters and line separators, for a header."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _add_html(message: EmailMessage, html: str, pictures: tuple[Picture, ...]) -> None:
    message.add_alternative(html, subtype="html")
    page = list(message.iter_parts())[-1]
    for picture in pictures:
        page.add_related(
            picture.png,
            maintype="image",
            subtype="png",
            cid=f"<{picture.name}>",
            filename=f"{picture.name}.png",
            disposition="inline",
        )
