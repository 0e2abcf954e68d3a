"""The guide: every way through it ends on a loss, and what is said of that loss is so."""

import itertools

import pytest

from core.choosing import ASKS, TASK, advise, asked, completed, turns
from core.library import LOSSES


def ways():
    """Yield every complete set of answers."""
    for task in TASK.options:
        asks = asked({"task": task})[1:]
        for options in itertools.product(*(ask.options for ask in asks)):
            yield {"task": task, **dict(zip((ask.key for ask in asks), options, strict=True))}


WAYS = list(ways())


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way.values()))
def test_every_way_ends_on_a_loss_of_the_library_with_reasons(way):
    advice = advise(way)
    assert type(advice.loss) in LOSSES
    for words in (advice.why, advice.mind):
        assert words[0].isupper()
        assert words.endswith(".")


def test_no_answer_at_all_is_the_first_options():
    assert completed({}) == {"task": "number", "far": "no", "side": "same", "unit": "units"}
    assert advise({}) == advise(completed({}))


def test_answers_that_nobody_offered_are_not_heard():
    assert completed({"task": "two", "need": "<b>", "far": "many"}) == completed({"task": "two"})


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way.values()))
def test_turns_are_all_single_answers_that_lead_elsewhere(way):
    here = advise(way).loss
    found = {(turn.ask.key, turn.option) for turn in turns(way)}
    for ask in asked(way)[1:]:
        for option in ask.options:
            elsewhere = advise({**way, ask.key: option}).loss != here
            assert ((ask.key, option) in found) == elsewhere
    for turn in turns(way):
        assert turn.loss == advise({**way, turn.ask.key: turn.option}).loss


def test_every_question_can_change_some_answer():
    turning = {turn.ask.key for way in WAYS for turn in turns(way)}
    assert turning == {ask.key for ask in ASKS} - {"task"}


def losses_where(**answers):
    return [
        advise(way).loss
        for way in WAYS
        if all(way.get(key) in options.split() for key, options in answers.items())
    ]


# What the reasons claim is what the losses' properties say.


def test_bad_targets_get_a_bounded_pull():
    found = losses_where(task="number", far="some many", unit="units")
    assert all(loss.properties.robust for loss in found)


def test_gross_targets_are_let_go_where_units_and_sides_are_plain():
    found = losses_where(task="number", far="many", side="same", unit="units")
    assert all(loss.properties.redescending for loss in found)


def test_probabilities_that_must_be_right_come_from_a_strictly_proper_loss():
    found = losses_where(task="two", need="probability")
    assert found
    assert all(loss.properties.strictly_proper for loss in found)


def test_wrong_labels_get_a_bounded_loss():
    found = losses_where(task="two several", wrong="yes", order="no") + losses_where(
        task="two", wrong="yes"
    )
    assert found
    assert all(loss.properties.bounded for loss in found)


@pytest.mark.parametrize(("side", "sign"), [("low", 1.0), ("high", -1.0)])
def test_the_dearer_side_costs_four_times_as_much(side, sign):
    for loss in losses_where(task="number", side=side):
        ratio = loss.value(-sign * 3.0) / loss.value(sign * 3.0)
        assert ratio == pytest.approx(4.0)
