"""The request log, as a callback of LiteLLM 1.106.2: its S3 logger, which is given redacted records only.

What is redacted is declared, and stands beside this file in lockstep_callback.json, which gateway/callback.ts
writes; the values of credentials always are. See docs/gateway.md. With LOCKSTEP_REQUEST_LOG_FOLDER set, records
go to that folder instead of S3.
"""

import base64
import binascii
import json
import logging
import os
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import litellm
from litellm.integrations.custom_logger import CustomLogger
from litellm.integrations.s3 import get_s3_object_key
from litellm.integrations.s3_v2 import S3Logger
from litellm.litellm_core_utils.safe_json_dumps import safe_dumps

log = logging.getLogger("LiteLLM Proxy.lockstep")

Valid = Callable[[str], bool]


class Kind(NamedTuple):
    name: str
    pattern: re.Pattern[str]
    # What has the form but is none, such as digits without a right check digit, is kept.
    valid: Valid


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def is_card(text: str) -> bool:
    """Luhn's check digit, ISO/IEC 7812."""
    total = 0
    for index, digit in enumerate(reversed(digits(text))):
        value = int(digit) * (1 + index % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_iban(text: str) -> bool:
    """ISO 13616: the check digits make the whole 1 modulo 97."""
    compact = text.replace(" ", "").upper()
    if not 15 <= len(compact) <= 34:
        return False
    return int("".join(str(int(char, 36)) for char in compact[4:] + compact[:4])) % 97 == 1


def is_phone(text: str) -> bool:
    return len(digits(text)) >= 9


def anything(_text: str) -> bool:
    return True


GAP = re.compile(r"[ -]")


def hidden(kind: Kind, text: str) -> str:
    """A pattern takes words and numbers beside one for a part of it; then its check says no, but not to the groups."""
    redacted = f"[redacted:{kind.name}]"
    if kind.valid(text):
        return redacted
    gaps = list(GAP.finditer(text))
    for start in [0, *(gap.end() for gap in gaps)]:
        for end in [len(text), *(gap.start() for gap in reversed(gaps))]:
            part = text[start:end]
            if kind.pattern.fullmatch(part) and kind.valid(part):
                return text[:start] + redacted + text[end:]
    return text


CHECKS: Mapping[str, Valid] = {"luhn": is_card, "iban": is_iban, "nine-digits": is_phone}


def read_kinds(text: str) -> Mapping[str, tuple[str, Valid]]:
    """Of the file that `lockstep incident add` reads too, in their order: patterns that Python and JavaScript read alike.

    Of letters, addresses may have any (RFC 6531), but no letter of an escape such as "\\n" before them. Every
    repetition is bounded, so that no text takes more than linear time. Phone numbers have the country's code, or the
    leading zero of a national number, or groups as in North America.
    """
    return {
        name: (kind["pattern"], CHECKS[kind["check"]] if "check" in kind else anything)
        for name, kind in json.loads(text).items()
    }


KINDS = read_kinds(Path(__file__).with_name("lockstep_redact.json").read_text(encoding="utf-8"))

CREDENTIAL = "[redacted:credential]"
# What holds credentials in the gateway's environment. Shorter values would be found in any text.
CREDENTIAL_VARIABLES = re.compile(r"^LOCKSTEP_CREDENTIAL_|_(KEY|PASSWORD|TOKEN|SECRET)$")
SHORTEST_CREDENTIAL = 8
# Text in text in text: an encoded one is decoded so often.
LAYERS = 4

BETWEEN_WORDS = re.compile(r"([\s\"'<>&=;,]+)")
JSON_ESCAPE = re.compile(r"\\u00([2-7][0-9A-Fa-f])")
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")


class Redactor:
    """Replaces what is declared by "[redacted:<kind>]", wherever it stands in a record."""

    def __init__(self, kinds: Sequence[Kind], credentials: Sequence[str]) -> None:
        self._kinds = kinds
        # The longest first: one may be part of another.
        self._credentials = sorted(set(spellings(credentials)), key=len, reverse=True)

    def value(self, value: Any, layer: int = 0) -> Any:
        if isinstance(value, str):
            return self.text(value, layer)
        if isinstance(value, Mapping):
            return {self.value(key, layer): self.value(inner, layer) for key, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(inner, layer) for inner in value]
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float):
            # Below it are times, counts and costs.
            redacted = self._plain(str(value)) if abs(value) >= 1e11 else str(value)
            return value if redacted == str(value) else redacted
        # As the record's writer would make text of it.
        return self.text(str(value), layer)

    def text(self, text: str, layer: int = 0) -> str:
        for credential in self._credentials:
            text = text.replace(credential, CREDENTIAL)
        whole = None if layer == LAYERS else self._json(text, layer)
        if whole is not None:
            return whole
        text = self._plain(text)
        if layer == LAYERS:
            return text
        for decode in (self._json_escapes, self._percent, self._base64):
            text = decode(text, layer)
        return text

    def _plain(self, text: str) -> str:
        for kind in self._kinds:
            text = kind.pattern.sub(lambda match, kind=kind: hidden(kind, match.group()), text)
        return text

    def _json(self, text: str, layer: int) -> str | None:
        """A text that is JSON, as arguments of tools are, stays JSON."""
        if text[:1] not in ("{", "["):
            return None
        try:
            value = json.loads(text, object_pairs_hook=without_repetition)
        except (ValueError, RecursionError):
            return None
        redacted = self.value(value, layer + 1)
        return text if redacted == value else json.dumps(redacted, ensure_ascii=False)

    def _json_escapes(self, text: str, layer: int) -> str:
        if "\\u00" not in text:
            return text

        def char(match: re.Match[str]) -> str:
            decoded = chr(int(match.group(1), 16))
            return match.group() if decoded in '"\\' else decoded

        return self._decoded(text, JSON_ESCAPE.sub(char, text), layer)

    def _percent(self, text: str, layer: int) -> str:
        if "%" not in text:
            return text
        parts = BETWEEN_WORDS.split(text)
        return "".join(
            self._decoded(part, unquote(part), layer) if "%" in part else part
            for part in parts
        )

    def _base64(self, text: str, layer: int) -> str:
        def decoded(match: re.Match[str]) -> str:
            run = match.group()
            # Letters before it, such as a path's, may be in the same alphabet.
            for skipped in range(4):
                plain = from_base64(run[skipped:])
                redacted = plain if plain is None else self.text(plain, layer + 1)
                if redacted is not None and redacted != plain:
                    return run[:skipped] + redacted
            return run

        return BASE64.sub(decoded, text)

    def _decoded(self, text: str, decoded: str, layer: int) -> str:
        redacted = self.text(decoded, layer + 1)
        return text if redacted == decoded else redacted


def without_repetition(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Of a key that stands twice, only the last value would be seen."""
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("A key stands twice.")
    return value


def from_base64(run: str) -> str | None:
    plain = run.rstrip("=").replace("-", "+").replace("_", "/")
    plain = plain[: len(plain) - (len(plain) % 4 == 1)]
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4)).decode("utf-8", errors="replace")
    except (binascii.Error, ValueError):
        return None


def spellings(credentials: Sequence[str]) -> list[str]:
    """Each credential as it may be written: also a part of one that is a document, and escaped."""
    values = [part for credential in credentials for part in [credential, *parts_of(credential)]]
    escaped = [json.dumps(value)[1:-1] for value in values]
    return [
        one
        for value in [*values, *escaped]
        for one in (value, quote(value, safe=""), base64.b64encode(value.encode()).decode().rstrip("="))
        if len(value) >= SHORTEST_CREDENTIAL
    ]


def parts_of(credential: str) -> list[str]:
    """Of a service account's key: its private key."""
    try:
        document = json.loads(credential)
    except ValueError:
        return []
    key = document.get("private_key") if isinstance(document, dict) else None
    return [key] if isinstance(key, str) else []


def read_redactor(text: str, environment: Mapping[str, str]) -> Redactor:
    """Throws where anything is missing or unknown: the gateway does not start without its redaction."""
    declared = json.loads(text)["redact"]
    kinds = [
        Kind(name, re.compile(pattern, re.ASCII), valid)
        for name, (pattern, valid) in KINDS.items()
        if name in declared["kinds"]
    ]
    unknown = set(declared["kinds"]) - set(KINDS)
    if unknown:
        raise ValueError(f"These kinds cannot be redacted: {sorted(unknown)}.")
    own = [
        Kind(name, re.compile(pattern, re.ASCII), anything) for name, pattern in declared["patterns"].items()
    ]
    credentials = [
        value for name, value in environment.items() if CREDENTIAL_VARIABLES.search(name) and value != ""
    ]
    # Own patterns first: they are the narrower ones.
    return Redactor([*own, *kinds], credentials)


# What a record keeps that could not be redacted: nothing that a client, a model or a provider has written.
NUMBERS = (
    "startTime",
    "endTime",
    "completionStartTime",
    "response_time",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "response_cost",
)


def record_of(payload: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    """The record that is written. Fails closed: it is never written as it came."""
    try:
        record: dict[str, Any] = redactor.value(payload)
        # It has to be possible to write it.
        json.dumps(record)
        return record
    except Exception as error:
        log.error("A record of the request log is withheld: redaction failed (%s).", type(error).__name__)
        return withheld(payload, type(error).__name__)


def withheld(payload: Mapping[str, Any], why: str) -> dict[str, Any]:
    kept = {name: payload.get(name) for name in NUMBERS}
    return {
        "id": f"withheld-{uuid.uuid4()}",
        "status": "success" if payload.get("status") == "success" else "failure",
        **{name: value for name, value in kept.items() if isinstance(value, int | float)},
        "messages": None,
        "response": None,
        "error_str": f"withheld by lockstep: redaction failed ({why})",
    }


def written(payload: Mapping[str, Any], redactor: Redactor, behaviour: str) -> dict[str, Any]:
    """With the behaviour that wrote it: evidence from the log is about one."""
    return {**record_of(payload, redactor), "lockstep": {"behaviour_hash": behaviour}}


def file_name(start: datetime, record: Mapping[str, Any]) -> str:
    """As `litellm.utils.get_logging_id` makes it, which is None for a record without an id."""
    return f"time-{start.strftime('%H-%M-%S-%f')}_{record.get('id')}"


class S3Log(S3Logger):
    """LiteLLM's own logger to S3. Only the redacted record goes on to it."""

    def __init__(self, redactor: Redactor, behaviour: str) -> None:
        if not (litellm.s3_callback_params or {}).get("s3_bucket_name"):
            raise ValueError("s3_callback_params has no bucket, or stands after the callbacks.")
        # LiteLLM does not flush as it ends: what is younger than this is lost then.
        super().__init__(s3_flush_interval=1)
        self._redactor = redactor
        self._behaviour = behaviour

    async def async_log_success_event(
        self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        await self._log(kwargs, start_time)

    async def async_log_failure_event(
        self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        await self._log(kwargs, start_time)

    async def _log(self, kwargs: Mapping[str, Any], start_time: Any) -> None:
        payload = kwargs.get("standard_logging_object")
        if payload is None:
            return
        record = written(payload, self._redactor, self._behaviour)
        await super().async_log_success_event({"standard_logging_object": record}, None, start_time, None)


class FolderLog(CustomLogger):
    """The same records in a folder, for tests and a gateway on one's own machine."""

    def __init__(self, redactor: Redactor, behaviour: str, folder: Path) -> None:
        super().__init__()
        self._redactor = redactor
        self._behaviour = behaviour
        self._folder = folder

    async def async_log_success_event(
        self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        self._write(kwargs, start_time)

    async def async_log_failure_event(
        self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        self._write(kwargs, start_time)

    def _write(self, kwargs: Mapping[str, Any], start_time: Any) -> None:
        payload = kwargs.get("standard_logging_object")
        if payload is None:
            return
        record = written(payload, self._redactor, self._behaviour)
        file = self._folder / get_s3_object_key("requests", "", start_time, file_name(start_time, record))
        file.parent.mkdir(parents=True, exist_ok=True)
        # Whoever reads the folder sees a record whole or not at all.
        part = file.with_name(f".{uuid.uuid4()}.part")
        part.write_text(safe_dumps(record), encoding="utf-8")
        os.replace(part, file)


def load(file: Path, environment: Mapping[str, str]) -> CustomLogger:
    text = file.read_text(encoding="utf-8")
    redactor, behaviour = read_redactor(text, environment), json.loads(text)["behaviour_hash"]
    folder = environment.get("LOCKSTEP_REQUEST_LOG_FOLDER", "")
    return S3Log(redactor, behaviour) if folder == "" else FolderLog(redactor, behaviour, Path(folder))


loaded: list[CustomLogger] = []


def __getattr__(name: str) -> CustomLogger:
    """`requests`, made when LiteLLM asks for it, so that tests can import this file without its data."""
    if name != "requests":
        raise AttributeError(name)
    if not loaded:
        loaded.append(load(Path(__file__).with_name("lockstep_callback.json"), os.environ))
    return loaded[0]
