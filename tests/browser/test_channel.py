"""The conversation with Python: one message under way, the newest position, and always the last."""

import pytest

pytestmark = pytest.mark.browser

_TALK = """async (script) => {
  const { tell, acknowledge, idle, forget } = await import(script + "?alone");
  const sent = [];
  const send = (event) => sent.push(event);
  %s
}"""


def talk(screen, script):
    channel = screen.page.evaluate(
        "performance.getEntriesByType('resource').map((e) => e.name)"
        ".find((name) => name.endsWith('channel.js'))"
    )
    return screen.page.evaluate(_TALK % script, channel)


def test_one_message_is_under_way_and_the_newest_position_replaces_those_that_waited(open_screen):
    seen = talk(
        open_screen(),
        """for (let x = 0; x < 50; x += 1) tell("a", send, { x }, "move");
        const first = sent.map(({ x }) => x);
        acknowledge(sent[0].seq);
        return [first, sent.map(({ x }) => x), idle()];""",
    )
    assert seen == [[0], [0, 49], False]


def test_single_events_keep_their_order_and_none_is_lost(open_screen):
    seen = talk(
        open_screen(),
        """["a", "b", "c"].forEach((name) => tell("s", send, { name }));
        while (!idle()) acknowledge(sent.at(-1).seq);
        return sent.map(({ name }) => name);""",
    )
    assert seen == ["a", "b", "c"]


def test_an_answer_to_something_else_frees_nothing(open_screen):
    seen = talk(
        open_screen(),
        """tell("s", send, {}); tell("s", send, {});
        acknowledge(sent[0].seq - 1);
        return [sent.length, idle()];""",
    )
    assert seen == [1, False]


def test_a_picture_that_is_gone_says_nothing_more(open_screen):
    seen = talk(
        open_screen(),
        """tell("s", send, { n: 1 }); tell("gone", send, { n: 2 }, "move");
        forget("gone");
        acknowledge(sent[0].seq);
        return [sent.map(({ n }) => n), idle()];""",
    )
    assert seen == [[1], True]
