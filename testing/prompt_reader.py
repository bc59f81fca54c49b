"""Reads the rendered prompt of any agent into a typed view, from its words alone, as a base model would.

It knows the grammar of prompts (`prompt_grammar`) and nothing of how they are made. What doesn't fit raises
PromptUnreadable, and instructions that are turned round come out turned round: so a simulated reader that goes
through it shows when a prompt is broken.
"""

from collections.abc import Callable, Sequence

from .prompt_grammar import Group, Header, PromptUnreadable, one, read_groups, split_at, text_of
from .prompt_instructions import Instructions, read_instructions
from .prompt_views import Edited, Note, Person, Prompt, ReadCase, Said, Shown, ShownResponse, Spoken, Tried

__all__ = ["Prompt", "PromptUnreadable", "read_prompt"]


def read_prompt(system: str, user: str) -> Prompt:
    """The typed view of a rendered prompt. Raises PromptUnreadable."""
    instructions = read_instructions(system)
    groups = {group.title: group for group in read_groups(user)}
    reader = _READERS.get(instructions.role)
    if reader is None:
        raise PromptUnreadable(f"nothing reads the prompts of {instructions.role!r}")
    return reader(instructions, groups)


def _ranker(told: Instructions, groups: dict[str, Group]) -> Prompt:
    responses = _group(groups, "Candidate responses").headers
    labels = one(responses, "Labels to rank").value.split(", ")
    shown = tuple(_responses(responses))
    if sorted(labels) != sorted(response.label for response in shown):
        raise PromptUnreadable(f"{', '.join(labels)} are to be ranked, and other responses are shown")
    messages = tuple(_messages(_group(groups, "Conversation").headers))
    sections = _sections(_group(groups, "Sections of the spec").headers) if told.with_spec else ()
    return Prompt(told, sections=sections, conversations=(Spoken("", messages, shown),), labels=tuple(labels))


def _routing(told: Instructions, groups: dict[str, Group]) -> Prompt:
    outline = _sections(_group(groups, "Outline of the spec").headers)
    return Prompt(told, outline=outline, conversations=_conversations(groups))


def _relevance(told: Instructions, groups: dict[str, Group]) -> Prompt:
    sections = _sections(_group(groups, "Sections of the spec").headers)
    return Prompt(told, sections=sections, conversations=_conversations(groups))


def _proposer(told: Instructions, groups: dict[str, Group]) -> Prompt:
    study = _group(groups, "Conversations to study").headers
    most = one(study, "Changes to propose at most")
    keeping = groups.get("Conversations that must keep working", Group("")).headers
    return Prompt(
        told,
        outline=_sections(_group(groups, "Outline of the spec").headers),
        sections=_sections(_group(groups, "Sections in question, in full").headers),
        cases=tuple(map(_case, split_at([each for each in study if each is not most], "Conversation"))),
        keeping=tuple(map(_case, split_at(keeping, "Conversation"))),
        tried=tuple(map(_tried, split_at(groups.get("Tried before", Group("")).headers, "Tried in section"))),
        most=int(most.value),
    )


def _validator(told: Instructions, groups: dict[str, Group]) -> Prompt:
    change = _group(groups, "The proposed change").headers
    first = next((at for at, each in enumerate(change) if each.name == "Section"), len(change))
    proposal = Edited(
        intent=text_of(one(change[:first], "Intent")),
        kind=one(change[:first], "Kind").value,
        sections=_sections(change[first:]),
    )
    written = _group(groups, "Justifications").headers
    notes = tuple(map(_note, split_at(written, "Justification")))
    return Prompt(told, proposals=(proposal,), justifications=notes)


def _meaning(told: Instructions, groups: dict[str, Group]) -> Prompt:
    names = ("The first proposal", "The second proposal")
    return Prompt(told, proposals=tuple(_edited(_group(groups, name).headers) for name in names))


def _kind(told: Instructions, groups: dict[str, Group]) -> Prompt:
    sections = _sections(_group(groups, "Sections of the spec").headers)
    proposal = _edited(_group(groups, "The proposed change").headers)
    return Prompt(told, sections=sections, proposals=(proposal,))


def _conflict(told: Instructions, groups: dict[str, Group]) -> Prompt:
    change = _group(groups, "The change").headers
    first = next((at for at, each in enumerate(change) if each.name == "Section"), len(change))
    sections = _sections(change[first:])
    passage = _group(groups, "The other passage").headers
    return Prompt(
        told,
        sections=sections,
        proposals=(Edited(intent=text_of(one(change[:first], "Intent")), edits=(), sections=sections),),
        passage=text_of(passage[-1]),
    )


def _themes(told: Instructions, groups: dict[str, Group]) -> Prompt:
    found = split_at(groups.get("The themes", Group("")).headers, "Theme")
    return Prompt(
        told,
        sections=_sections(_group(groups, "The section").headers),
        themes=tuple((text_of(one(each, "Title")), text_of(one(each, "About"))) for each in found),
        justifications=tuple(map(_note, split_at(_group(groups, "Justifications").headers, "Justification"))),
    )


def _section_question(told: Instructions, groups: dict[str, Group]) -> Prompt:
    text_of(one(_group(groups, "The question").headers, "Question"))
    return Prompt(
        told,
        sections=_sections(_group(groups, "The section").headers),
        justifications=tuple(map(_note, split_at(_group(groups, "Justifications").headers, "Justification"))),
    )


def _rubric(told: Instructions, groups: dict[str, Group]) -> Prompt:
    shown = tuple(_responses(_group(groups, "Candidate responses").headers))
    messages = tuple(_messages(_group(groups, "Conversation").headers))
    criteria = split_at(_group(groups, "Criteria").headers, "Criterion")
    return Prompt(
        told,
        conversations=(Spoken("", messages, shown),),
        criteria=tuple((item[0].value, text_of(item[0])) for item in criteria),
    )


def _responder(told: Instructions, groups: dict[str, Group]) -> Prompt:
    messages = tuple(_messages(_group(groups, "Conversation").headers))
    sections = _sections(_group(groups, "Sections of the spec").headers)
    return Prompt(told, sections=sections, conversations=(Spoken("", messages),))


def _scenario_writer(told: Instructions, groups: dict[str, Group]) -> Prompt:
    wanted = _group(groups, "What is wanted").headers
    return Prompt(
        told,
        sections=_sections(_group(groups, "The section").headers),
        most=int(one(wanted, "Scenarios").value),
        texts=tuple((each.name, text_of(each)) for each in wanted if each.name != "Scenarios"),
    )


def _answering(told: Instructions, groups: dict[str, Group]) -> Prompt:
    """The opinion writer's, and the plain answer's, which is told no opinion."""
    messages = tuple(_messages(_group(groups, "Conversation").headers))
    opinions = groups.get("How the assistant should act", Group("")).headers
    if told.role == "opinion_writer":
        one(opinions, "Opinion")
    return Prompt(
        told,
        conversations=(Spoken("", messages),),
        texts=tuple((each.name, text_of(each)) for each in opinions),
    )


def _group(groups: dict[str, Group], title: str) -> Group:
    if title not in groups:
        raise PromptUnreadable(f"no part of the prompt is headed {title!r}")
    return groups[title]


def _sections(headers: Sequence[Header]) -> tuple[Shown, ...]:
    return tuple(map(_section, split_at(headers, "Section")))


def _section(item: Sequence[Header]) -> Shown:
    named = {header.name: header for header in item}
    authority = named["Authority"].value if "Authority" in named else "none"
    texts = [header.text for header in item if header.text is not None and header.name in _SECTION_TEXT]
    level = named["Level"].value if "Level" in named else ""
    return Shown(
        id=item[0].value,
        text=texts[0] if texts else "",
        authority=None if authority == "none" else authority,
        level=int(level) if level else None,
        title=named["Title"].value if "Title" in named else "",
        changed=tuple(text_of(header) for header in item if header.name == "Changed sentence"),
        before=named["Before"].text if "Before" in named else None,
        after=named["After"].text if "After" in named else None,
    )


_SECTION_TEXT = ("Section", "Level", "Authority", "Title")


def _messages(headers: Sequence[Header]) -> list[Said]:
    return [Said(each.value, text_of(each)) for each in headers if each.name == "Message from"]


def _responses(headers: Sequence[Header]) -> list[ShownResponse]:
    return [
        ShownResponse(each.value, text_of(each), each.number)
        for each in headers
        if each.name in ("Response", "Rank")
    ]


def _conversations(groups: dict[str, Group]) -> tuple[Spoken, ...]:
    items = split_at(_group(groups, "Conversations").headers, "Conversation")
    return tuple(Spoken(item[0].value, tuple(_messages(item))) for item in items)


def _case(item: Sequence[Header]) -> ReadCase:
    ranker = one(item, "Ranker's ranking")
    in_scope = one(item, "Sections that govern it").value
    return ReadCase(
        conversation=Spoken(item[0].value, tuple(_messages(item)), tuple(_responses(item))),
        sections=tuple(in_scope.split(", ")) if in_scope != "none" else (),
        ranker=ranker.value,
        explanation=text_of(ranker),
        people=int(one(item, "People").value),
        aggregate=one(item, "People's ranking on average").value,
        counts=tuple((each.value, each.number or 0) for each in item if each.name == "Ranking of"),
        shown=tuple(Person(each.value, each.text or "") for each in item if each.name == _PERSON),
        criteria=_criteria(item),
    )


def _criteria(item: Sequence[Header]) -> tuple[tuple[str, str], ...]:
    return tuple((each.value, text_of(each)) for each in item if each.name == "Criterion scored by people")


_PERSON = "One person's ranking"
_CLOSED = " (closed by a reviewer)"


def _tried(item: Sequence[Header]) -> Tried:
    outcome = one(item, "Outcome").value
    note = next((text_of(each) for each in item if each.name == "Note"), "")
    closed = outcome.endswith(_CLOSED)
    return Tried(item[0].value, text_of(item[0]), outcome.removesuffix(_CLOSED), closed, note)


def _note(item: Sequence[Header]) -> Note:
    ranking = next((each.value for each in item if each.name == "Ranking"), "")
    responses = tuple(_responses(item))
    tiers: dict[int, list[str]] = {}
    for response in responses:
        tiers.setdefault(response.rank or 0, []).append(response.label)
    return Note(
        key=item[0].value,
        text=text_of(one(item, "Words")),
        ranking=ranking or ">".join("=".join(tiers[rank]) for rank in sorted(tiers)),
        messages=tuple(_messages(item)),
        responses=responses,
        criteria=_criteria(item),
    )


def _edited(headers: Sequence[Header]) -> Edited:
    first = next((at for at, each in enumerate(headers) if each.name == "Edit"), len(headers))
    edits = []
    for item in split_at(headers[first:], "Edit"):
        texts = {header.name: header.text or "" for header in item}
        section = one(item, "Section").value
        edits.append((item[0].value, section, texts.get("Anchor", ""), texts.get("Text", "")))
    return Edited(intent=text_of(one(headers[:first], "Intent")), edits=tuple(edits))


_READERS: dict[str, Callable[[Instructions, dict[str, Group]], Prompt]] = {
    "ranker": _ranker,
    "routing": _routing,
    "relevance": _relevance,
    "batch_proposer": _proposer,
    "conversation_proposer": _proposer,
    "validator": _validator,
    "meaning": _meaning,
    "kind": _kind,
    "conflict": _conflict,
    "opinion_writer": _answering,
    "plain_answer": _answering,
    "scenario_writer": _scenario_writer,
    "section_question": _section_question,
    "themes": _themes,
    "rubric": _rubric,
    "responder": _responder,
}
