"""The reasons that people give on one section, grouped into themes with counts, for a person who writes."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field, JsonValue, ValidationInfo, model_validator

from ..models.caller import Caller
from ..models.protocol import Answer, Request
from ..models.records import Where
from ..prompts.cut import cut
from ..records import Record
from ..spec import Spec
from .answers import only_known
from .excerpts import excerpt
from .justifications import JUSTIFICATION, Justification, data_tokens, opaque_keys, without_repeats
from .registry import Agent, register
from .shards import packed, prompt_bound, prompt_tokens

SECTION = 4000
"""Characters of the section that the agent sees."""


class ThemeAnswer(Answer):
    title: str = Field(description="At most eight words.")
    about: str = Field(description="What these people want of the assistant, and when, in one sentence.")
    justifications: tuple[str, ...] = Field(description="Keys of the justifications that give this reason.")


class ThemesAnswer(Answer):
    """`expect`: {"justifications": [key, ...], "titles": [title, ...]}; no titles: any will do."""

    themes: tuple[ThemeAnswer, ...] = Field(description="The themes, the largest first.")

    @model_validator(mode="after")
    def _known_names(self, info: ValidationInfo) -> Self:
        keys = [key for theme in self.themes for key in theme.justifications]
        only_known(info, "justifications", "justification", keys)
        only_known(info, "titles", "theme", [theme.title for theme in self.themes])
        return self


class Theme(Record):
    """One reason and who gives it. Assessments are cited by id; nobody is quoted here."""

    title: str
    about: str
    assessments: tuple[str, ...]
    people: int
    """Different participants among them."""


class Themes(Record):
    """The themes of one section, the one of most people first."""

    section: str
    themes: tuple[Theme, ...]
    read: int
    """Justifications that were read, repeats of one person left out."""
    unread: int = 0
    """Justifications whose call failed."""
    calls: tuple[str, ...] = ()


class ThemeFinder:
    """Finds the themes in one prompt's worth of justifications, then sorts all the others into them side by side."""

    def __init__(
        self, caller: Caller, *, prompt_tokens: int = 24_000, batch: int = 150, seed: int = 0
    ) -> None:
        """`batch`: the most justifications in one call; which of many are read first is drawn by `seed`."""
        self.caller = caller
        self.batch = batch
        self.seed = seed
        self.prompt_tokens = prompt_bound(caller, prompt_tokens)

    async def group(
        self, spec: Spec, sections: Sequence[tuple[str, Sequence[Justification]]], where: Where
    ) -> list[Themes]:
        """The themes of each (section id, its justifications), in their order, asked side by side.

        Raises SpecError for a section that isn't there, and BudgetEnded.
        """
        work = [
            (id_, self._shards(spec, id_, opaque_keys(self.seed, id_, without_repeats(written)[0])))
            for id_, written in sections
        ]
        first = [(id_, shards[0]) for id_, shards in work if shards]
        answers = iter(
            await self.caller.ask(
                [self.request(spec, id_, shard) for id_, shard in first], where, ThemesAnswer
            )
        )
        opened = [next(answers) if shards else None for _, shards in work]
        found = [each.answer.themes if each and each.answer else () for each in opened]
        rest = [
            (number, shard)
            for number, (_, shards) in enumerate(work)
            for shard in shards[1:]
            if found[number]
        ]
        sorted_in = await self.caller.ask(
            [self.request(spec, work[number][0], shard, found[number]) for number, shard in rest],
            where,
            ThemesAnswer,
        )
        results: list[Themes] = []
        for number, (id_, shards) in enumerate(work):
            members: dict[str, list[Justification]] = {theme.title: [] for theme in found[number]}
            read, calls = 0, []
            parts = [(shards[0], opened[number])] if shards else []
            parts += [
                (shard, each) for (at, shard), each in zip(rest, sorted_in, strict=True) if at == number
            ]
            for shard, answered in parts:
                if answered is None or answered.answer is None:
                    continue
                read += len(shard)
                calls.append(answered.id)
                for theme in answered.answer.themes:
                    members[theme.title] += [shard[key] for key in dict.fromkeys(theme.justifications)]
            themes = [_theme(theme, members[theme.title]) for theme in found[number]]
            unique = {theme.title: theme for theme in themes if theme.assessments}
            results.append(
                Themes(
                    section=id_,
                    themes=tuple(sorted(unique.values(), key=lambda theme: (-theme.people, theme.title))),
                    read=read,
                    unread=sum(map(len, shards)) - read,
                    calls=tuple(calls),
                )
            )
        return results

    def _shards(
        self, spec: Spec, section: str, items: dict[str, Justification]
    ) -> list[dict[str, Justification]]:
        fixed = prompt_tokens(self.request(spec, section, {}))
        # A quarter of the room is kept for the themes that the later calls are given.
        bound = (self.prompt_tokens - fixed) * 3 // 4
        shards = packed(
            list(items), lambda key: data_tokens(_data(key, items[key])), bound=bound, most=self.batch
        )
        return [{key: items[key] for key in shard} for shard in shards]

    def request(
        self,
        spec: Spec,
        section: str,
        items: dict[str, Justification],
        found: Sequence[ThemeAnswer] = (),
    ) -> Request:
        """The prompt that finds themes, or, with those `found`, sorts justifications into them."""
        shown: dict[str, JsonValue] = {
            "id": section,
            "authority": spec.section(section).authority,
            "text": excerpt(spec.source_of(section).rstrip(), SECTION),
        }
        themes: list[JsonValue] = [{"title": theme.title, "about": theme.about} for theme in found]
        written: list[JsonValue] = [_data(key, item) for key, item in items.items()]
        return THEMES.request(
            {"section": shown, "found": themes, "justifications": written},
            data={"section": {**shown, "found": themes}, "justifications": written},
            shared=frozenset({"section"}),
            expect={"justifications": list(items), "titles": [theme.title for theme in found]},
        )


def _data(key: str, item: Justification) -> dict[str, JsonValue]:
    return {"key": key, "ranking": item.ranking, "text": cut(item.text, JUSTIFICATION)}


def _theme(theme: ThemeAnswer, items: Sequence[Justification]) -> Theme:
    people = {item.participant for item in items}
    cited = tuple(sorted({item.assessment for item in items}))
    return Theme(title=theme.title, about=theme.about, assessments=cited, people=len(people))


THEMES = register(
    Agent("themes", "groups reasons into themes", ThemesAnswer, ThemeFinder, thinks_with="validator")
)
