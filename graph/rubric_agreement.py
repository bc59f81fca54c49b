"""Both evaluators on one text: agreement by rankings and by rubric scores, per section, and where they part."""

from collections.abc import Mapping

from ..agents.cases import aggregate
from ..agents.relevance import section_key
from ..agreement.rubrics import Met, pooled_agreement
from ..errors import BudgetEnded
from ..models.records import Where
from ..panel.ranking import Ranking
from ..prompts.cut import cut
from ..spec import Spec
from .context import RunContext
from .records import Figure
from .rubric_records import BothEvaluators, CriterionTold, Parting, RubricRecord, SectionBoth

PARTINGS = 12
"""Conversations told, those on which the evaluators are furthest apart."""
CRITERIA = 3
EXCERPT = 300
GOVERNS = 5
"""Relevance from which a conversation counts towards a section (the study's Figure 1)."""
FEW = 3
"""Voices at which half of a difference counts: few people part by chance."""


async def both_evaluators(
    context: RunContext,
    spec: Spec,
    rankings: Mapping[str, Ranking],
    where: Where,
    *,
    bare: Mapping[str, Ranking] | None = None,
) -> BothEvaluators | None:
    """`rankings` (of the ranker under `spec`) by both evaluators; `bare` are those without a spec.

    None where the data has no scored criteria on these conversations. Asks the grader for what isn't graded yet;
    raises BudgetEnded.
    """
    rubrics = context.rubrics
    names = [name for name in rubrics.scored if name in rankings]
    if not names:
        return None
    met = await rubrics.graded(where, names)
    told = {name: rankings[name] for name in names}
    scorers, raters = rubrics.people(met, names), context.people.on(names)
    pooled = rubrics.pooled(met, names)
    items = [item for name in names for item in rubrics.of[name] if item.scores]
    grades = context.scope.grades
    sections = []
    for section in spec.sections:
        there = [name for name in names if grades.grade(section_key(spec, section.id), name) >= GOVERNS]
        if there:
            here = {name: rankings[name] for name in there}
            sections.append(
                SectionBoth(
                    section=section.id,
                    title=section.title,
                    conversations=len(there),
                    rankings=Figure.of(raters.on(there).level(here)),
                    rubrics=Figure.of(scorers.on(there).level(here)),
                )
            )
    return BothEvaluators(
        text=spec.digest,
        conversations=len(scorers.conversations),
        participants=len(scorers.participants),
        items=sum(item.id in met for item in items),
        ungraded=sum(item.id not in met for item in items),
        rubrics=Figure.of(scorers.level(told)),
        pooled=Figure.of(pooled_agreement(told, pooled)),
        rankings=Figure.of(raters.level(told)),
        no_spec=None if bare is None else Figure.of(scorers.level(bare)),
        explained=Figure.of(raters.level(pooled)),
        sections=tuple(sections),
        partings=_partings(context, told, pooled, met),
    )


def _partings(
    context: RunContext, rankings: Mapping[str, Ranking], pooled: Mapping[str, Ranking], met: Met
) -> tuple[Parting, ...]:
    scorers, raters = context.rubrics.people(met, list(rankings)), context.people.on(list(rankings))
    by_rubrics = scorers.conversation_agreement(rankings)
    by_rankings = raters.conversation_agreement(rankings)
    found = []
    for name in sorted(by_rubrics.keys() & by_rankings.keys()):
        conversation = context.conversations[name]
        people = context.justifications.judgements.get(name, [])
        items = sorted(
            (item for item in context.rubrics.of[name] if item.scores and item.id in met),
            key=lambda item: (-abs(sum(item.scores.values())), item.id),
        )
        first = rankings[name].tiers[0]
        found.append(
            Parting(
                conversation=name,
                asked=cut(conversation.messages[-1].content, EXCERPT),
                rankings=round(by_rankings[name], 6),
                rubrics=round(by_rubrics[name], 6),
                raters=len(people),
                scorers=len({who for item in items for who in item.scores}),
                ranker=str(rankings[name]),
                by_rankings=str(aggregate(people, conversation.labels)),
                by_rubrics=str(pooled.get(name, Ranking.tie(conversation.labels))),
                criteria=tuple(
                    CriterionTold(
                        text=cut(item.criterion, EXCERPT),
                        people=len(item.scores),
                        mean=round(sum(item.scores.values()) / len(item.scores), 6),
                        met=round(sum(met[item.id][label] for label in first) / len(first), 6),
                    )
                    for item in items[:CRITERIA]
                ),
            )
        )

    def far(one: Parting) -> float:
        voices = min(one.raters, one.scorers)
        return abs(one.difference) * voices / (voices + FEW)

    return tuple(sorted(found, key=lambda one: (-far(one), one.conversation))[:PARTINGS])


async def rubrics_concluded(context: RunContext, current: str, round_: int) -> None:
    """Both evaluators on the original and on the current text, put on record once a run.

    Nothing is asked where the data has no criteria. A budget that ends on the way leaves no record.
    """
    if not context.rubrics.scored or context.records.rubrics.find():
        return
    where = Where(round=round_, node="conclude")
    evaluator = context.evaluator.at(round_, "conclude")
    original = context.inputs.spec
    names = list(context.rubrics.scored)
    try:
        before = {k: v.ranking for k, v in (await evaluator.rankings(original.digest, names)).items()}
        first = await both_evaluators(context, original, before, where)
        if first is None:
            return
        if current == original.digest:
            context.records.rubrics.put(RubricRecord(round=round_, original=first, current=None))
            return
        after = {k: v.ranking for k, v in (await evaluator.rankings(current, names)).items()}
        last = await both_evaluators(context, context.texts.spec(current), after, where)
    except BudgetEnded as ended:
        context.meter.tell("ends", f"no agreement by rubrics: {ended}")
        return
    scorers = context.rubrics.people(context.rubrics.met(), names)
    context.records.rubrics.put(
        RubricRecord(
            round=round_,
            original=first,
            current=last,
            gain=Figure.of(scorers.gain(before, after)),
            rankings_gain=Figure.of(context.people.on(names).gain(before, after)),
        )
    )
