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


def test_what_a_board_told_is_answered_by_its_own_answer_while_there_is_that_board(open_screen):
    seen = talk(
        open_screen(),
        """const [one, gone] = [{ answered: true }, { answered: true }];
        tell(one, send, {}); tell(gone, send, {});
        acknowledge(sent[0].seq, "another");
        const early = sent.length;
        acknowledge(sent[0].seq, one);
        forget(gone);
        acknowledge(sent[1].seq, "another");
        return [early, sent.length, idle()];""",
    )
    assert seen == [1, 2, True]


def test_the_short_way_is_answered_by_any_board_and_waited_for_as_long_as_it_takes(open_screen):
    seen = talk(
        open_screen(),
        """const answers = [];
        const promise = () => new Promise((done) => answers.push(done));
        const short = (event) => { sent.push(event); return promise(); };
        const one = { answered: true };
        tell(one, short, {}); tell(one, short, {});
        acknowledge(sent[0].seq, "another");
        const both = sent.length;
        const pause = () => new Promise((done) => setTimeout(done));
        await pause();
        const kept = idle();
        answers[1](true);
        await pause();
        return [both, kept, idle()];""",
    )
    assert seen == [2, False, True]


def test_a_message_that_the_short_way_lost_waits_for_streamlit(open_screen):
    seen = talk(
        open_screen(),
        """const one = { answered: true };
        tell(one, (event) => { sent.push(event); return Promise.resolve(false); }, {});
        await new Promise((done) => setTimeout(done));
        acknowledge(sent[0].seq, "another");
        const early = idle();
        acknowledge(sent[0].seq, one);
        return [early, idle()];""",
    )
    assert seen == [False, True]
