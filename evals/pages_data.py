"""People's data of any size, every word of it invented."""

import json
import random
from pathlib import Path

from ..records import content_id

TOPICS = (
    "gardens", "money", "politics", "health", "travel", "homework", "work", "music", "law", "cooking", "sport",
    "weather", "language", "history", "software", "family", "cities", "animals", "science", "art", "books", "sleep",
    "cars", "phones", "games", "food", "houses", "schools", "seas", "stars", "trees", "tools", "trains", "coffee",
    "tea", "maps", "clocks", "hats", "shoes", "birds",
)  # fmt: skip
WORDS = [
    "the",
    "a",
    "of",
    "and",
    "to",
    "in",
    "is",
    "it",
    "that",
    "for",
    "on",
    "with",
    "as",
    "this",
    "by",
    "from",
    "or",
    "be",
    "an",
    "are",
    "one",
    "some",
    "many",
    "most",
    "few",
    "often",
    "never",
    "always",
    "clear",
    "short",
    "long",
    "kind",
    "direct",
    "careful",
    "honest",
    "open",
    "balanced",
    "answer",
    "question",
    "reason",
    "person",
    "user",
    "source",
    "view",
    "step",
    "number",
    "example",
    "warning",
    "advice",
    "feeling",
    "opinion",
    "detail",
    "plan",
    "choice",
    "risk",
    "cost",
    "time",
    "place",
    "thing",
    "way",
    "people",
    "think",
    "want",
    "need",
    "say",
    "ask",
    "tell",
    "give",
    "take",
    "keep",
    "make",
    "find",
    "know",
    "feel",
    "try",
    "help",
    "use",
    "show",
    "name",
    "list",
]
LABELS = ("A", "B", "C", "D")
DIRECTORY = "pages-data"


def text(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words)).capitalize() + "."


def ranking(rng: random.Random) -> str:
    labels = list(LABELS)
    rng.shuffle(labels)
    return labels[0] + "".join(rng.choice((">", ">", "=")) + label for label in labels[1:])


def write_data(data: Path, rng: random.Random, prompts: int, assessments: int) -> list[str]:
    people = [content_id("person", number) for number in range(max(20, assessments // 18))]
    each = assessments // prompts
    with (data / "annotators.jsonl").open("w", encoding="utf-8") as file:
        for number, person in enumerate(people):
            told = {"age": ("18-24", "25-34", "35-44", "45-54")[number % 4], "gender": ("Female", "Male")[number % 2],
                    "country_of_residence": f"Country {number % 15}"}  # fmt: skip
            file.write(json.dumps({"annotator_id": person, "demographics": told, "assessments": []}) + "\n")
    ids = []
    with (data / "comparisons.jsonl").open("w", encoding="utf-8") as file:
        for number in range(prompts):
            id_ = content_id("prompt", number)
            ids.append(id_)
            count = each + (1 if number < assessments - each * prompts else 0)
            said = [
                {
                    "annotator_id": person, "importance": "", "representativeness": "", "subjectivity": "",
                    "ranking_blocks": {"unacceptable": [], "personal": [], "world": [{"ranking": ranking(rng), "rationale": text(rng, 25)}]},
                }
                for person in rng.sample(people, count)
            ]  # fmt: skip
            prompt = f"A question about {TOPICS[number % len(TOPICS)]}: {text(rng, 20)}"
            line = {
                "prompt_id": id_, "synthetic": True, "prompt": {"messages": [{"role": "user", "content": prompt}]},
                "responses": [{"response_index": label, "messages": [{"role": "assistant", "content": text(rng, 90)}]} for label in LABELS],
                "metadata": {"assessments": said},
            }  # fmt: skip
            file.write(json.dumps(line) + "\n")
    return ids
