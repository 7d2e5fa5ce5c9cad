"""A caught message, taken apart for reading."""

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Final

SMS_DOMAIN: Final = "@sms.xiangyou.example"
RECIPIENT: Final = "X-Envelope-To"
SENDER: Final = "X-Envelope-From"
RECEIVED_AT: Final = "X-Received-At"
INLINE_REFERENCE: Final = re.compile(r"cid:([^\"'\s)>]+)")
# What a browser only ever shows as an image or as text. All else is offered as plain bytes.
HARMLESS: Final = frozenset({"image/png", "image/jpeg", "image/gif", "text/plain"})


@dataclass(frozen=True)
class Attachment:
    """A file in a message, or a picture that its HTML shows."""

    filename: str
    content_type: str
    content_id: str
    content: bytes

    @property
    def size(self) -> int:
        """Return the size in bytes."""
        return len(self.content)

    @property
    def served_type(self) -> str:
        """Return a content type that is safe to serve."""
        return self.content_type if self.content_type in HARMLESS else "application/octet-stream"


@dataclass(frozen=True)
class Summary:
    """What a list of messages shows of one."""

    id: int
    to: tuple[str, ...]
    sender: str
    subject: str
    received_at: datetime

    @property
    def is_sms(self) -> bool:
        """Tell whether this stands for a text message to a phone."""
        return any(address.endswith(SMS_DOMAIN) for address in self.to)

    @property
    def shown_to(self) -> str:
        """Return the addresses, or the phone number of a text message."""
        return ", ".join(address.removesuffix(SMS_DOMAIN) for address in self.to)

    def is_for(self, wanted: str) -> bool:
        """Tell whether `wanted` is one of the addresses, or the phone number, in any case."""
        wanted = _comparable(wanted)
        return any(
            wanted in {_comparable(address), _comparable(address).removesuffix(SMS_DOMAIN)}
            for address in self.to
        )


@dataclass(frozen=True)
class Letter:
    """A whole message."""

    summary: Summary
    text: str
    html: str
    attachments: tuple[Attachment, ...]

    @property
    def html_with_pictures(self) -> str:
        """Return the HTML with its inline pictures put in, so that it shows without requests."""
        pictures = {part.content_id: part for part in self.attachments if part.content_id}

        def put_in(reference: re.Match[str]) -> str:
            part = pictures.get(reference[1])
            if part is None:
                return reference[0]
            return f"data:{part.served_type};base64,{base64.b64encode(part.content).decode()}"

        return INLINE_REFERENCE.sub(put_in, self.html)


def summarise(number: int, raw: bytes) -> Summary:
    """Read the list's columns from the start of a kept message."""
    headers = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return _summary(number, _parse(headers + b"\n\n"))


def message_id_of(raw: bytes) -> str | None:
    """Return a message's Message-ID, or None where it has none."""
    headers = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    found = _parse(headers + b"\n\n")["Message-ID"]
    return str(found) if found else None


def read(number: int, raw: bytes) -> Letter:
    """Take a kept message apart."""
    message = _parse(raw)
    texts: dict[str, str] = {}
    attachments: list[Attachment] = []
    for part in message.walk():
        if part.is_multipart():
            continue
        kind = part.get_content_type()
        body = part.get_content_disposition() != "attachment" and kind.startswith("text/")
        if body and part.get_filename() is None and kind not in texts:
            texts[kind] = str(part.get_content())
        else:
            attachments.append(_attachment(part, len(attachments)))
    return Letter(
        _summary(number, message),
        texts.get("text/plain", ""),
        texts.get("text/html", ""),
        tuple(attachments),
    )


def _comparable(address: str) -> str:
    # The + of a phone number typed into a URL arrives as a space.
    return address.strip(" +").lower()


def _parse(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=default)


def _summary(number: int, message: EmailMessage) -> Summary:
    return Summary(
        number,
        tuple(str(address) for address in message.get_all(RECIPIENT, [])),
        str(message["From"] or message[SENDER] or ""),
        str(message["Subject"] or ""),
        datetime.fromisoformat(str(message[RECEIVED_AT])),
    )


def _attachment(part: EmailMessage, ordinal: int) -> Attachment:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else str(part).encode()
    name = part.get_filename() or f"part-{ordinal + 1}"
    content_id = str(part.get("Content-ID", "")).strip("<> ")
    return Attachment(name, part.get_content_type(), content_id, content)
