"""Tests of lockstep_log.py without a proxy: `python -m unittest` here, where LiteLLM is installed."""

import base64
import json
import tempfile
import time
import unittest
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

import litellm
from litellm.integrations.s3_v2 import S3Logger
from lockstep_log import FolderLog, Redactor, S3Log, load, read_redactor, record_of, written

ALL = ["email", "phone", "card", "iban", "ipv4"]
START = datetime(2026, 3, 1, 12, 30, 15, 7)


def redactor(
    kinds: list[str] = ALL,
    patterns: dict[str, str] | None = None,
    environment: dict[str, str] | None = None,
) -> Redactor:
    data = {"redact": {"kinds": kinds, "patterns": patterns or {}}}
    return read_redactor(json.dumps(data), environment or {})


class KindsTest(unittest.TestCase):
    def assert_texts(self, pairs: dict[str, str]) -> None:
        for text, expected in pairs.items():
            with self.subTest(text):
                self.assertEqual(redactor().text(text), expected)

    def test_email(self) -> None:
        self.assert_texts(
            {
                "Write to anna.b+x@mail.example.co.uk.": "Write to [redacted:email].",
                "<anna@example.com>": "<[redacted:email]>",
                "j\u00fcrgen@b\u00fccher.example": "[redacted:email]",
                "name: anna@": "name: anna@",
                "anna@example": "anna@example",
                "@everyone": "@everyone",
            }
        )

    def test_phone(self) -> None:
        self.assert_texts(
            {
                "+49 30 901820": "[redacted:phone]",
                "+1 (555) 010-9999": "[redacted:phone]",
                "0049 30 901820": "[redacted:phone]",
                "030 90182000": "[redacted:phone]",
                "call 555-010-9999 now": "call [redacted:phone] now",
                # Days, times, versions, amounts and ids.
                "2026-11-21 18:05:33": "2026-11-21 18:05:33",
                "01-02-2026": "01-02-2026",
                "1795248074": "1795248074",
                "1.106.2": "1.106.2",
                "chatcmpl-0049309018200": "chatcmpl-0049309018200",
                "+12": "+12",
            }
        )

    def test_card(self) -> None:
        self.assert_texts(
            {
                "4111111111111111": "[redacted:card]",
                "4111 1111-1111 1111, thanks": "[redacted:card], thanks",
                "12 4111 1111 1111 1111 12 apples": "12 [redacted:card] 12 apples",
                "12 4111 1111 1111 1112 12 apples": "12 4111 1111 1111 1112 12 apples",
                "5555555555554444": "[redacted:card]",
                "5555555555554445": "5555555555554445",
                "4111111111111112": "4111111111111112",
                "x4111111111111111": "x4111111111111111",
            }
        )

    def test_iban(self) -> None:
        self.assert_texts(
            {
                "DE89370400440532013000": "[redacted:iban]",
                "DE89370400440532013000 or another": "[redacted:iban] or another",
                "GB82 WEST 1234 5698 7654 32 by noon": "[redacted:iban] by noon",
                "DE89370400440532013001 or another": "DE89370400440532013001 or another",
                "GB82 WEST 1234 5698 7654 32": "[redacted:iban]",
                "DE88370400440532013000": "DE88370400440532013000",
            }
        )

    def test_ipv4(self) -> None:
        self.assert_texts({"from 10.0.0.255.": "from [redacted:ipv4].", "10.0.0.256": "10.0.0.256"})

    def test_only_what_is_declared(self) -> None:
        text = "anna@example.com, 4111111111111111"
        self.assertEqual(redactor(["card"]).text(text), "anna@example.com, [redacted:card]")
        self.assertEqual(redactor([]).text(text), text)

    def test_own_patterns_come_first(self) -> None:
        own = redactor(patterns={"ticket": r"\bT-\d{4,8}\b", "staff": r"[a-z]{1,20}@corp\.example"})
        self.assertEqual(
            own.text("T-1234 of anna@corp.example, T-12"), "[redacted:ticket] of [redacted:staff], T-12"
        )

    def test_an_unknown_kind_or_no_declaration_stops_the_start(self) -> None:
        with self.assertRaisesRegex(ValueError, "'shoe-size'"):
            redactor(["email", "shoe-size"])
        with self.assertRaises(KeyError):
            read_redactor("{}", {})


class EncodedTest(unittest.TestCase):
    def test_json_stays_json(self) -> None:
        self.assertEqual(
            redactor().text('{"to": "anna\\u0040example.com", "line": "a\\nb", "card": 4111111111111111}'),
            '{"to": "[redacted:email]", "line": "a\\nb", "card": "[redacted:card]"}',
        )
        self.assertEqual(
            redactor().text('{"to": "anna@example.com", "to": "nobody"}'),
            '{"to": "[redacted:email]", "to": "nobody"}',
        )
        untouched = '{"to":  "nobody",  "n": 12.50}'
        self.assertEqual(redactor().text(untouched), untouched)

    def test_json_in_other_text(self) -> None:
        self.assertEqual(
            redactor().text('Error: {"to": "anna\\u0040example.com", "q": "\\u0022"}'),
            'Error: {"to": "[redacted:email]", "q": "\\u0022"}',
        )
        self.assertEqual(redactor().text('x "\\nanna@example.com"'), 'x "\\n[redacted:email]"')

    def test_url(self) -> None:
        self.assertEqual(
            redactor().text("GET /x?to=anna%40example.com&n=1%202"), "GET /x?to=[redacted:email]&n=1%202"
        )
        self.assertEqual(redactor().text("100% sure, 5%40"), "100% sure, 5%40")

    def test_base64(self) -> None:
        for plain in ("anna@example.com", '{"to": "anna@example.com"}', "\x00\xff anna@example.com"):
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                text = redactor().text(f"data:{encode(plain.encode()).decode()} end")
                self.assertIn("[redacted:email]", text)
                self.assertNotIn(encode(b"anna@example.com").decode()[:12], text)
        harmless = base64.b64encode(b"nothing to see here, move along").decode()
        self.assertEqual(redactor().text(harmless), harmless)
        path = "files/" + base64.b64encode(b"mail to anna@example.com").decode()
        self.assertIn("[redacted:email]", redactor().text(path))

    def test_in_each_other(self) -> None:
        inner = json.dumps({"to": "anna@example.com"})
        twice = json.dumps({"arguments": json.dumps({"body": base64.b64encode(inner.encode()).decode()})})
        self.assertNotIn(base64.b64encode(inner.encode()).decode(), redactor().text(twice))
        self.assertIn("[redacted:email]", redactor().text(twice))

    def test_keys_and_other_values(self) -> None:
        value = {"anna@example.com": [("4111111111111111",), True, None, 1.5, 7, 4111111111111111]}
        self.assertEqual(
            redactor().value(value),
            {"[redacted:email]": [["[redacted:card]"], True, None, 1.5, 7, "[redacted:card]"]},
        )


class CredentialsTest(unittest.TestCase):
    def test_values_of_the_environment_in_any_form(self) -> None:
        key = 'made-up/value+of="a" key'
        environment = {"LOCKSTEP_CREDENTIAL_OPENAI": key, "LITELLM_MASTER_KEY": "made-up-master", "HOME": "/srv/x"}
        one = redactor([], environment=environment)
        forms = [
            key,
            json.dumps({"k": key}),
            "k=made-up%2Fvalue%2Bof%3D%22a%22%20key",
            "Basic " + base64.b64encode(f"user:{key}".encode()).decode(),
        ]
        for form in forms:
            with self.subTest(form):
                self.assertIn("[redacted:credential]", one.text(form))
        self.assertEqual(one.text("Bearer made-up-master at /srv/x"), "Bearer [redacted:credential] at /srv/x")

    def test_the_private_key_of_a_service_account(self) -> None:
        account = json.dumps({"type": "service_account", "private_key": "-----BEGIN-----\nmade up\n-----END-----\n"})
        one = redactor([], environment={"LOCKSTEP_CREDENTIAL_VERTEX": account})
        self.assertEqual(one.text("-----BEGIN-----\\nmade up\\n-----END-----\\n"), "[redacted:credential]")

    def test_a_short_or_empty_value_is_no_credential(self) -> None:
        one = redactor([], environment={"LOCKSTEP_CREDENTIAL_A": "", "REDIS_PASSWORD": "a b"})
        self.assertEqual(one.text("a b c"), "a b c")


class TimeTest(unittest.TestCase):
    def test_long_texts_take_linear_time(self) -> None:
        one = redactor(patterns={"own": r"[a-z]{1,30}-\d{1,30}"})
        for unit in ("a", "0", "a@", "%4", "\\u0040", "A1", "0 ", "+1", "1.", "{[", '"'):
            started = time.monotonic()
            one.text(unit * (200_000 // len(unit)))
            self.assertLess(time.monotonic() - started, 5, unit)


class RecordTest(unittest.IsolatedAsyncioTestCase):
    payload: dict[str, Any] = {
        "id": "chatcmpl-1",
        "status": "success",
        "startTime": 1795248074.738467,
        "total_tokens": 17,
        "model": "anna@example.com",
        "messages": [{"role": "user", "content": "I am anna@example.com."}],
        "response": {"choices": [{"message": {"content": "Hello anna@example.com."}}]},
    }

    def test_everything_else_is_kept(self) -> None:
        self.assertEqual(
            record_of(self.payload, redactor()),
            {
                "id": "chatcmpl-1",
                "status": "success",
                "startTime": 1795248074.738467,
                "total_tokens": 17,
                "model": "[redacted:email]",
                "messages": [{"role": "user", "content": "I am [redacted:email]."}],
                "response": {"choices": [{"message": {"content": "Hello [redacted:email]."}}]},
            },
        )

    def test_a_record_that_cannot_be_redacted_is_withheld(self) -> None:
        endless: dict[str, Any] = {**self.payload}
        endless["messages"] = endless
        broken = redactor()
        with mock.patch.object(broken, "_plain", side_effect=ValueError("anna@example.com")):
            for payload, one, why in ((endless, redactor(), "RecursionError"), (self.payload, broken, "ValueError")):
                with self.assertLogs("LiteLLM Proxy.lockstep", "ERROR") as logs:
                    record = record_of(payload, one)
                self.assertEqual(
                    logs.records[0].getMessage(),
                    f"A record of the request log is withheld: redaction failed ({why}).",
                )
                self.assertRegex(record.pop("id"), r"^withheld-[0-9a-f-]{36}$")
                self.assertEqual(
                    record,
                    {
                        "status": "success",
                        "startTime": 1795248074.738467,
                        "total_tokens": 17,
                        "messages": None,
                        "response": None,
                        "error_str": f"withheld by lockstep: redaction failed ({why})",
                    },
                )

    async def test_a_folder_has_the_same_layout_as_the_bucket(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            one = FolderLog(redactor(), "ab12", Path(folder))
            await one.async_log_success_event({"standard_logging_object": self.payload}, None, START, START)
            await one.async_log_failure_event({}, None, START, START)
            files = [str(file.relative_to(folder)) for file in Path(folder).rglob("*") if file.is_file()]
            self.assertEqual(files, ["requests/2026-03-01/time-12-30-15-000007_chatcmpl-1.json"])
            self.assertEqual(
                json.loads((Path(folder) / files[0]).read_text()), written(self.payload, redactor(), "ab12")
            )

    async def test_s3_is_given_the_redacted_record_only(self) -> None:
        params = {"s3_bucket_name": "b", "s3_region_name": "us-east-1", "s3_path": "requests"}
        with mock.patch.object(litellm, "s3_callback_params", params):
            one = S3Log(redactor(), "ab12")
        given = {"standard_logging_object": self.payload, "messages": self.payload["messages"]}
        with mock.patch.object(S3Logger, "_async_log_event_base") as base:
            await one.async_log_success_event(given, {"anna": "anna@example.com"}, START, START)
        self.assertNotIn("anna", str(base.call_args))
        await one.async_log_failure_event(given, {"anna": "anna@example.com"}, START, START)
        [element] = one.log_queue
        self.assertEqual(element.s3_object_key, "requests/2026-03-01/time-12-30-15-000007_chatcmpl-1.json")
        self.assertEqual(element.payload, written(self.payload, redactor(), "ab12"))
        self.assertEqual(element.payload["lockstep"], {"behaviour_hash": "ab12"})

    async def test_a_gateway_without_a_bucket_does_not_start(self) -> None:
        with mock.patch.object(litellm, "s3_callback_params", None), self.assertRaisesRegex(ValueError, "no bucket"):
            S3Log(redactor(), "ab12")

    def test_the_environment_says_where(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "lockstep_callback.json"
            file.write_text('{"behaviour_hash": "ab12", "redact": {"kinds": [], "patterns": {}}}')
            self.assertIsInstance(load(file, {"LOCKSTEP_REQUEST_LOG_FOLDER": folder}), FolderLog)


if __name__ == "__main__":
    unittest.main()
