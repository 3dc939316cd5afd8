"""The account as one portfolio, as nodes: its rules, its chances, whose risk it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tuirisk.explain.node import Aged, Node, fact, node
from tuirisk.explain.rules import UNITS
from tuirisk.state import AccountState, Missing, RiskState, RuleState


def account(state: RiskState) -> tuple[Node, ...]:
    """One node of the account; none where nothing is held."""
    held = state.account
    if held is None or not held.positions or held.recommendation is None:
        return ()
    advice = held.recommendation
    aged = Aged(held.age_ms, note="stale" if held.stale else "")
    guessed = tuple(fact("counted_worse", name, "text") for name in held.guessed)
    children = (
        *(_rule(rule) for rule in advice.rules),
        _chance(held),
        *_judged(held),
        *guessed,
        _reverse_stress(held),
        *_contributions(held),
    )
    age = fact("account_read", "", "text", age=aged)
    whole = Node(
        "account",
        advice.code,
        "text",
        note=held.severity.level,
        part=False,
        children=children if isinstance(held.age_ms, Missing) else (age, *children),
        published=False,
    )
    return (whole,)


def _rule(rule: RuleState) -> Node:
    measures = tuple(
        replace(
            fact(measure.name, measure.value, UNITS.get(measure.name, "fraction")),
            threshold=measure.threshold,
            release=measure.release,
        )
        for measure in rule.measures
    )
    return Node("rule", rule.holds, "text", (rule.code,), note=rule.state, children=measures)


def _chance(held: AccountState) -> Node:
    """The mean of both estimates; before a simulation the closed form of whole days alone."""
    days = node("p_by_days", held.p_by_days_24h, "fraction")
    paths = node("p_by_paths", held.p_by_paths_24h, "fraction")
    return replace(
        node(
            "p_account_24h", held.p_liquidation_24h, "fraction", paths, days, rule="mean",
            note=_level(held, "p_liquidation_24h"),
        ),
        part=False,
    )  # fmt: skip


def _judged(held: AccountState) -> Iterator[Node]:
    yield fact("p_account_7d", held.p_liquidation_7d, "fraction",
               note=_level(held, "p_liquidation_7d"))  # fmt: skip
    yield fact("p_any_24h", held.p_any_liquidation_24h, "fraction",
               note=_level(held, "p_any_liquidation_24h"))  # fmt: skip
    loss = fact("account_var", held.var_1d_95, "money", note=_level(held, "var_1d_95"))
    budget = held.var_budget
    yield loss if isinstance(budget, Missing) else replace(loss, threshold=budget)
    yield fact("account_es", held.es_1d_95, "money")
    yield fact("account_margin_ratio", held.margin_ratio, "fraction",
               note=_level(held, "margin_ratio"))  # fmt: skip


def _reverse_stress(held: AccountState) -> Node:
    stress = held.reverse_stress
    moves = (fact("deadly_part", move, "fraction", name) for name, move in stress.moves.items())
    return Node(
        "deadly_move",
        stress.sigmas,
        "number",
        note=_level(held, "reverse_stress"),
        part=False,
        children=(
            fact("deadly_chance", stress.chance, "fraction"),
            *moves,
            fact("btc_fall", stress.btc_down, "fraction"),
            fact("btc_rise", stress.btc_up, "fraction"),
        ),
    )


def _contributions(held: AccountState) -> Iterator[Node]:
    """Each leg's share; one below 0 is a hedge."""
    for part in held.contributions:
        share = part.es_share
        hedges = isinstance(share, float) and share < 0.0
        yield Node(
            "contribution",
            share,
            "fraction",
            (part.symbol, part.side),
            note="hedges" if hedges else "",
            part=False,
            children=(
                fact("leg_notional", part.notional, "money"),
                fact("var_share", part.var_share, "fraction"),
                fact("var_without", part.var_without, "money"),
                fact("p_without", part.p_liquidation_24h_without, "fraction"),
            ),
        )


def _level(held: AccountState, name: str) -> str:
    """The level of a judged number, where it is not ok."""
    judged = held.levels.get(name)
    return "" if judged is None or judged.level == "ok" else judged.level
