"""The machine's nodes. Each is thin: it reads ids from the state, calls a function, returns ids."""

import asyncio
from typing import Any, Literal

from langgraph.types import interrupt

from ..agents.records import Ranked
from ..errors import BudgetEnded, EditError
from ..models.records import Where
from ..spec import Proposal, Spec, apply
from ..trials.chances import near_miss, offers
from ..trials.ledger import AlphaLedger
from ..trials.records import Trial
from .branches import answered, keep_made, made_in, shards
from .chances import place, settle, shares_of, shut, shut_places
from .concluding import conclude
from .consolidate import consolidate
from .deciding import EVERYBODY, FROM_TRIAL, Passed, decide, reject, undecided, weigh_voices
from .fruit import explained, fruitless, remember_fruit
from .measuring import attempts, cases, gaps, measure
from .records import Decision
from .sealed import Seal
from .state import Shard, State
from .testing import screen, trial
from .workshop import Workshop

Update = dict[str, Any]


class Nodes:
    """One method a node, over one workshop."""

    def __init__(self, shop: Workshop, seal: Seal) -> None:
        self.shop = shop
        self.seal = seal
        self._ranked: dict[str, Ranked] = {}

    async def measure(self, state: State) -> Update:
        shop, round = self.shop, state["round"] + 1
        shop.say(f"round {round}: measuring")
        try:
            self._ranked = await measure(shop, shop.bench.spec(state["current"]), round)
        except BudgetEnded as ended:
            self._out_of_budget({**state, "round": round}, [*state["again"], *state["held"]], ended)
            return {"round": round, "again": [], "held": [], "stop": "budget"}
        return {"round": round}

    async def select(self, state: State) -> Update:
        shop, spec = self.shop, self.shop.bench.spec(state["current"])
        ranked = await self._measured(state)
        found = gaps(shop, spec, ranked, explained(shop, state["adopted"]))
        options = shop.options
        chosen = shop.selector.select(
            found,
            fruitless(shop),
            batches=options.batches if options.proposers != "conversation" else 0,
            size=options.batch_size,
            singles=options.singles if options.proposers != "batch" else 0,
        )
        shop.store.put_note(f"selection:{state['round']:04d}", chosen.model_dump(mode="json"))
        return {"shards": shards(chosen, state)}

    async def propose(self, state: Shard) -> Update:
        shop, spec = self.shop, self.shop.bench.spec(state["current"])
        ranked = await self._measured(state)
        shop.say(f"round {state['round']}: {state['origin']} proposer on {len(state['cases'])} batches")
        batches = [found for ids in state["cases"] if (found := cases(shop, spec, ranked, ids))]
        where, tried = Where(round=state["round"], node="propose"), attempts(shop)
        proposer = shop.proposers[state["origin"]]
        stop: dict[str, str] = {}
        try:
            made = await proposer.propose(spec, batches, tried, where)
        except BudgetEnded:
            stop = {"stop": "budget"}
            made = await answered(proposer, spec, batches, tried, where)
        keep_made(shop.store, state, made)
        return {"proposed": sorted({proposal.id for proposal in made}), **stop}

    async def consolidate(self, state: State) -> Update:
        shop, spec, round = self.shop, self.shop.bench.spec(state["current"]), state["round"]
        seen = set(state["considered"])
        new = [id for id in sorted(state["proposed"]) if id not in seen]
        proposals = [found for found in made_in(shop.store, round) if found.id in set(new)]
        tried = shut(shop.store, state["considered"])
        texts = {id: self._texts(id) for p in proposals for id in p.conversations}
        result = consolidate(spec, proposals, texts, tried)
        tried_out = shut_places(shop.store)
        kept = [proposal for proposal in result.kept if place(proposal) not in tried_out]
        for proposal in result.kept:
            if proposal not in kept:
                reject(shop, proposal.id, round, "duplicate", "another wording had its last trial")
        shop.store.proposals.add(result.kept)
        shop.store.proposals.add([refusal.proposal for refusal in result.refused])
        for refusal in result.refused:
            reject(shop, refusal.proposal.id, round, refusal.reason, refusal.note)
        shop.store.put_note(f"overlap:{round:04d}", {"proposals": len(new), "by_both": result.overlap})
        shop.say(f"round {round}: {len(new)} proposals, {len(kept)} to screen")
        return {
            "candidates": [proposal.id for proposal in kept],
            "considered": [*state["considered"], *new],
        }

    async def screen(self, state: State) -> Update:
        shop, spec = self.shop, self.shop.bench.spec(state["current"])
        proposals = self._proposals(state["candidates"])
        if not shop.options.screening:
            return self._one_wording_each(state, state["candidates"], spec)
        try:
            screens = await screen(shop, spec, proposals, state["round"])
        except BudgetEnded as ended:
            return self._out_of_budget(state, state["candidates"], ended)
        shop.store.trials.add(screens)
        good = [found for found in screens if found.outcome == "positive"]
        for found in screens:
            if found.outcome != "positive":
                reject(shop, found.proposal, state["round"], "screened", found.reason)
        good.sort(key=lambda found: (-found.looks[-1].mean, found.proposal))
        promoted = [found.proposal for found in good]
        return self._one_wording_each(state, promoted, spec)

    def _one_wording_each(self, state: State, promoted: list[str], spec: Spec) -> Update:
        """Those to try now, and those held back because another wording of the same change goes first."""
        again, held, round = state["again"], state["held"], state["round"]
        first: dict[object, str] = {place(near): near.id for near in self._proposals(again)}
        later: list[str] = []
        tried_out = shut_places(self.shop.store)
        for proposal in self._proposals([*held, *promoted]):
            if place(proposal) in tried_out:
                reject(self.shop, proposal.id, round, "duplicate", "another wording had its last trial")
                continue
            try:
                apply(spec, proposal.edits)
            except EditError as problem:
                reject(self.shop, proposal.id, round, "duplicate", f"another wording was adopted: {problem}")
                continue
            if first.setdefault(place(proposal), proposal.id) != proposal.id:
                later.append(proposal.id)
        return {"promoted": [id for id in first.values() if id not in again], "held": later}

    async def trial(self, state: State) -> Update:
        shop, spec, round = self.shop, self.shop.bench.spec(state["current"]), state["round"]
        ledger = AlphaLedger.model_validate(state["ledger"])
        again = [id for id in state["again"] if self._applies(id, spec, round)]
        wanted = [*again, *state["promoted"]]
        alphas = offers(ledger, [shares_of(shop.store, id, round) for id in wanted])
        for id in wanted[len(alphas) :]:
            reject(shop, id, round, "budget", f"all {ledger.max_trials} trials of the run are used up")
        chosen = self._proposals(wanted[: len(alphas)])
        shop.say(f"round {round}: {len(chosen)} trials")
        results = await asyncio.gather(
            *(
                trial(shop, spec, proposal, round, alpha, again=proposal.id in again)
                for proposal, alpha in zip(chosen, alphas, strict=True)
            ),
            return_exceptions=True,
        )
        positive: list[str] = []
        near: list[str] = []
        stop: dict[str, str] = {}
        for proposal, result in zip(chosen, results, strict=True):
            if isinstance(result, BudgetEnded):
                stop = {"stop": "budget"}
                reject(shop, proposal.id, round, "budget", str(result))
            elif isinstance(result, BaseException):
                raise result
            else:
                shop.store.trials.add([result])
                if result.outcome == "positive":
                    positive.append(proposal.id)
                elif near_miss(shop.store.trials.find(proposal=proposal.id, stage="trial")):
                    near.append(proposal.id)
                else:
                    reject(shop, proposal.id, round, FROM_TRIAL[result.outcome], result.reason)
        return {"positive": positive, "again": near, **stop}

    def _applies(self, id: str, spec: Spec, round: int) -> bool:
        """Whether a near miss still applies; another adoption may have changed its text since."""
        try:
            apply(spec, self.shop.store.proposals.get(id).edits)
        except EditError as problem:
            reject(self.shop, id, round, "conflict", f"no longer applies after another adoption: {problem}")
            return False
        return True

    async def validate(self, state: State) -> Update:
        shop, round = self.shop, state["round"]
        if not shop.options.validating:
            return {"passed": state["positive"]}
        passed: list[str] = []
        stop: dict[str, str] = {}
        for id in state["positive"]:
            proposal, tested = shop.store.proposals.get(id), self._trial(state, id)
            where = Where(round=round, node="validate", subject=id)
            try:
                verdicts = await shop.voices.judge(proposal, tested.planned, shop.options.voices, where)
                if undecided(verdicts):
                    verdicts = await shop.voices.judge(proposal, tested.planned, EVERYBODY, where)
            except BudgetEnded as ended:
                reject(shop, id, round, "budget", str(ended))
                stop = {"stop": "budget"}
                continue
            reason, figures = weigh_voices(shop, verdicts)
            shop.store.put_note(f"voices:{id}", figures)
            if reason:
                reject(shop, id, round, reason, "people's justifications", voices=figures)
            else:
                passed.append(id)
        return {"passed": passed, **stop}

    async def decide(self, state: State) -> Update:
        shop, spec = self.shop, self.shop.bench.spec(state["current"])
        standing = [
            Passed(
                proposal=shop.store.proposals.get(id),
                trial=self._trial(state, id),
                evidence={"voices": shop.store.note(f"voices:{id}")},
            )
            for id in state["passed"]
        ]
        lined, ended = await decide(shop, spec, standing, state["round"])
        stop = {"stop": "budget"} if ended else {}
        return {"passed": [passed.proposal.id for passed in lined], **stop}

    async def adopt(self, state: State) -> Update:
        shop, spec, round = self.shop, self.shop.bench.spec(state["current"]), state["round"]
        adopted: list[str] = []
        stop: dict[str, str] = {}
        for number, id in enumerate(state["passed"]):
            proposal, tested = shop.store.proposals.get(id), self._trial(state, id)
            answer = self._ask(tested, state["passed"][number:]) if shop.options.approve else "adopt"
            if answer == "stop":
                stop = {"stop": "stopped_by_reviewer"}
                break
            if answer != "adopt":
                continue
            try:
                spec = apply(spec, proposal.edits)
            except EditError as problem:
                reject(shop, id, round, "conflict", str(problem))
                continue
            shop.bench.keep(spec)
            adopted.append(id)
            shop.store.decisions.add(
                [
                    Decision(
                        proposal=id, round=round, by="loop", decision="adopted", note=tested.reason,
                        evidence={"trial": tested.id, "voices": shop.store.note(f"voices:{id}")},
                    )
                ]
            )  # fmt: skip
        for id in adopted:
            shop.say(f"round {round}: adopted: {shop.store.proposals.get(id).intent}")
        ledger = settle(AlphaLedger.model_validate(state["ledger"]), shop.store, round, adopted)
        update: Update = {
            "current": spec.digest,
            "adopted": [*state["adopted"], *adopted],
            "stale": 0 if adopted else state["stale"] + 1,
            "ledger": ledger.model_dump(),
            "shards": [], "candidates": [], "promoted": [], "positive": [], "passed": [],
        }  # fmt: skip
        remember_fruit(shop, state, adopted)
        update["stop"] = stop.get("stop") or self._why_stop(state, ledger, update["stale"])
        if update["stop"]:
            self._close_open(state)
        shop.store.flush()
        return update

    async def conclude(self, state: State) -> Update:
        await conclude(self.shop, self.seal, state)
        self.shop.store.flush()
        return {}

    def _ask(self, tested: Trial, waiting: list[str]) -> str:
        """What the reviewer says to the first adoption `waiting`: adopt, defer, set_aside or stop.

        A reviewer who stops the run defers all that waits.
        """
        proposal = self.shop.store.proposals.get(waiting[0])
        answer: dict[str, str] = interrupt(
            {"proposal": proposal.id, "intent": proposal.intent, "reason": tested.reason}
        )
        said = answer.get("decision")
        decision: Literal["adopt", "defer", "set_aside"]
        match said:
            case "stop":
                decision = "defer"
            case "adopt" | "defer" | "set_aside":
                decision, waiting = said, waiting[:1]
            case other:
                raise ValueError(f"a reviewer's decision is adopt, defer, set_aside or stop, not {other!r}")
        name, note = answer.get("name") or "reviewer", answer.get("note", "")
        if name == "loop":  # the loop signs its own decisions so
            name = "reviewer loop"
        self.shop.store.decisions.add(
            [
                Decision(proposal=id, round=tested.round, by=name, decision=decision, note=note)
                for id in waiting
            ]
        )
        return said

    def _why_stop(self, state: State, ledger: AlphaLedger, stale: int) -> str | None:
        options = self.shop.options
        if state["stop"]:
            return state["stop"]
        if ledger.offer() <= 0:
            return "max_trials"
        if state["round"] >= options.rounds:
            return "rounds"
        if state["again"] or state["held"]:
            return None
        if not state["shards"]:
            return "nothing_to_try"
        if stale >= options.patience:
            return "no_improvement"
        return None

    def _close_open(self, state: State) -> None:
        """The loop ends: what waited for another trial gets its decision."""
        for id in state["again"]:
            (*_, last) = self.shop.store.trials.find(proposal=id, stage="trial")
            reject(self.shop, id, state["round"], FROM_TRIAL[last.outcome], last.reason)
        for id in state["held"]:
            note = "another wording of the same change was tried instead"
            reject(self.shop, id, state["round"], "duplicate", note)

    def _out_of_budget(self, state: State, ids: list[str], ended: BudgetEnded) -> Update:
        for id in ids:
            reject(self.shop, id, state["round"], "budget", str(ended))
        return {"promoted": [], "passed": [], "stop": "budget"}

    def _proposals(self, ids: list[str]) -> list[Proposal]:
        return [self.shop.store.proposals.get(id) for id in ids]

    def _trial(self, state: State, id: str) -> Trial:
        return self.shop.store.trials.find(proposal=id, stage="trial", round=state["round"])[0]

    def _texts(self, conversation: str) -> list[str]:
        """What a proposer saw of a conversation, for the leak guard."""
        found = self.shop.open[conversation]
        texts = [m.content for m in found.messages] + [r.text for r in found.responses]
        return texts + [judgement.rationale for judgement in self.shop.said.get(conversation, ())]

    async def _measured(self, state: State | Shard) -> dict[str, Ranked]:
        """The measure pass's answers; after a resume they come back out of the run's memory."""
        if not self._ranked:
            spec = self.shop.bench.spec(state["current"])
            self._ranked = await measure(self.shop, spec, state["round"])
        return self._ranked
