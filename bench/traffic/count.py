"""Counts a folder's records with pandas as `lockstep evidence traffic` does with DuckDB; prints what it took as JSON.

Two processes, a file at a time each, in chunks, so that memory is bounded as DuckDB's is.
"""

import json
import re
import resource
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pandas as pd

CHUNK = 50_000
FROM, UNTIL = float(sys.argv[2]), float(sys.argv[3])
# The script's ranges, and patterns with JavaScript's \p{L} as Python writes it.
SCRIPTS = {r"\p{Hiragana}": "\u3041-\u309f", r"\p{Katakana}": "\u30a1-\u30ff", r"\p{Hangul}": "\u1100-\u11ff\uac00-\ud7af",
           r"\p{Han}": "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff", r"\p{Cyrillic}": "\u0400-\u052f", r"\p{Arabic}": "\u0600-\u06ff",
           r"\p{Devanagari}": "\u0900-\u097f", r"\p{Hebrew}": "\u0590-\u05ff", r"\p{Greek}": "\u0370-\u03ff",
           r"\p{Thai}": "\u0e00-\u0e7f", r"\p{Latin}": "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02b8"}


def python_pattern(pattern: str) -> re.Pattern[str]:
    pattern = pattern.replace(r"[^\p{L}]", r"[\W\d_]")
    for script, span in SCRIPTS.items():
        pattern = pattern.replace(f"[{script}", f"[{span}").replace(f"{script}]", f"{span}]")
        pattern = re.sub(r"(?<!\[)" + re.escape(script) + r"(?!\])", lambda _: f"[{span}]", pattern)
    return re.compile(pattern)


LANGUAGES = json.loads(sys.argv[4])
PATTERNS = [(name, python_pattern(pattern)) for name, pattern in LANGUAGES["scripts"]]
WORDS = [(name, python_pattern(pattern)) for name, pattern in LANGUAGES["words"]]
LATIN = python_pattern(r"\p{Latin}")


def language(text: str) -> str:
    if text == "":
        return "no text"
    if not text.isascii():
        for name, pattern in PATTERNS:
            if pattern.search(text):
                return name
    for name, pattern in WORDS:
        if pattern.search(text):
            return name
    return "Latin script" if LATIN.search(text) else "no letters"


def said(messages: object) -> str:
    last = messages[-1] if isinstance(messages, list) and messages else {}
    content = last.get("content")
    if isinstance(content, list):
        content = content[0].get("text") if content else None
    return (content or "")[:500].lower()


def tool_use(response: object, parameters: object) -> str:
    choices = (response or {}).get("choices") or [{}]
    calls = (choices[0].get("message") or {}).get("tool_calls")
    if calls:
        return "a call of " + calls[0]["function"]["name"]
    return "tools, none called" if (parameters or {}).get("tools") else "no tools"


def cache(metadata: object) -> str:
    cached = (((metadata or {}).get("usage_object") or {}).get("prompt_tokens_details") or {}).get("cached_tokens")
    if cached is None:
        return "no word of the prompt cache"
    return "a hit of the prompt cache" if cached > 0 else "no hit of a cache"


def three_digits(column: pd.Series) -> pd.Series:
    result = column.copy()
    for step in (10, 100, 1_000, 10_000):
        within = (column >= step * 100) & (column < step * 1_000)
        result = result.mask(within, column - column % step)
    return result.mask(column >= 10_000_000, column - column % 100_000)


def count(file: Path) -> tuple[dict[str, Counter], int]:
    counters: dict[str, Counter] = {}
    for frame in pd.read_json(file, lines=True, chunksize=CHUNK, convert_dates=False, dtype=False):
        state = pd.Series("counted", index=frame.index)
        state[frame["status"] == "failure"] = "failed"
        state[frame["user_agent"].str.startswith("lockstep-")] = "of lockstep itself"
        state[(frame["startTime"] < FROM) | (frame["startTime"] >= UNTIL)] = "of another time"
        state[~frame["call_type"].isin(["completion", "acompletion"])] = "no chat completion"
        kept = frame[state == "counted"]
        columns = {
            "state": state,
            "day_of_range": ((kept["startTime"] - FROM) // 86_400).astype(int),
            "input_tokens": three_digits(kept["prompt_tokens"]),
            "output_tokens": three_digits(kept["completion_tokens"]),
            "route": kept["model_group"].fillna(""),
            "model_name": kept["model"].fillna(""),
            "team": kept["metadata"].map(lambda one: one.get("user_api_key_team_alias") or ""),
            "tool_use": pd.Series(map(tool_use, kept["response"], kept["model_parameters"]), index=kept.index),
            "language": kept["messages"].map(said).map(language),
            "hour": (kept["startTime"] // 3_600).astype(int) % 24,
            "cache": kept["metadata"].map(cache),
        }
        for name, column in columns.items():
            counter = counters.setdefault(name, Counter())
            for value, number in column.value_counts().items():
                counter[str(value)] += int(number)
    return counters, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    started = time.perf_counter()
    files = sorted(Path(sys.argv[1]).glob("*.jsonl"))
    total: dict[str, Counter] = {}
    peaks: dict[int, int] = {}
    with ProcessPoolExecutor(2) as pool:
        for index, (counters, peak) in enumerate(pool.map(count, files)):
            peaks[index] = peak
            for name, counter in counters.items():
                total.setdefault(name, Counter()).update(counter)
    # Each process's peak only grows: of both, at most twice the largest.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 + sum(sorted(peaks.values())[-2:])
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "peakBytes": peak, "bins": total}))


main()
