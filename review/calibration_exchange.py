"""A calibration's literal prompts out, and answers in: for an offline model, a batch queue, or people."""

import json
from collections.abc import Sequence
from pathlib import Path

from ..errors import DataError
from ..models.answer_schema import strict_schema
from ..models.protocol import Reply, Request
from ..models.recorded import write_recording


def export(requests: Sequence[Request], path: Path) -> int:
    """Write the literal prompts as JSON lines: `id`, `role`, `messages`, `schema`, and `repeat` where a prompt is to be
    asked anew. Returns how many."""
    with path.open("w", encoding="utf-8") as file:
        for request in requests:
            line = {
                "id": request.key,
                "role": request.role,
                "messages": [
                    {"role": "system", "content": request.system},
                    {"role": "user", "content": request.user},
                ],
                "schema": strict_schema(request.answer),
                "repeat": request.repeat,
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return len(requests)


def import_answers(requests: Sequence[Request], answers: Path, recording: Path, *, name: str) -> int:
    """Turn answers (JSON lines with `id` and `answer`, an object or its text) into a recording for `replay:FILE`.

    Returns how many prompts have an answer. Raises DataError naming the line that is wrong.
    """
    known = {request.key: request for request in requests}
    replies: dict[str, Reply] = {}
    try:
        lines = answers.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise DataError(f"the answers {answers} can't be read: {problem}") from None
    for number, line in enumerate(filter(str.strip, lines), start=1):
        try:
            read = json.loads(line)
            key, answer = str(read["id"]), read["answer"]
        except (json.JSONDecodeError, KeyError, TypeError):
            raise DataError(f"{answers}, line {number}: give an object with 'id' and 'answer'") from None
        if key in known:
            text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
            replies[key] = Reply(text=text, model=name)
    if not replies:
        raise DataError(
            f"{answers} answers none of these prompts: export them with the same spec, data and seed"
        )
    write_recording(recording, name, [(known[key], reply) for key, reply in replies.items()])
    return len(replies)
