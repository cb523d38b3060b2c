"""What is stored comes back the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.index.codec import decode_blocks, decode_words, encode_blocks, encode_words
from assistant.model import Block, BlockKind, Cell, Span, Word

spans = st.builds(
    Span, page=st.integers(1, 5000), start=st.integers(0, 10**6), end=st.integers(0, 10**6)
)
texts = st.text(max_size=40)
cells = st.builds(Cell, header=texts, text=texts, span=spans, header_span=st.none() | spans)
blocks = st.builds(
    Block,
    kind=st.sampled_from(BlockKind),
    spans=st.lists(spans, max_size=3).map(tuple),
    text=texts,
    level=st.integers(0, 9),
    cells=st.lists(cells, max_size=3).map(tuple),
    coloured=st.lists(spans, max_size=2).map(tuple),
)


@given(st.lists(blocks, max_size=5).map(tuple))
def test_blocks_survive_storage(given_blocks):
    assert decode_blocks(encode_blocks(given_blocks)) == given_blocks


@given(st.lists(st.tuples(st.integers(0, 10**6), st.floats(0, 2000)), max_size=20))
def test_word_boxes_survive_storage_to_a_tenth_of_a_point(places):
    words = [Word(at, at + 3, (x, x, x + 10, x + 8)) for at, x in places]

    back = decode_words(encode_words(words))

    assert [(word.start, word.end) for word in back] == [(word.start, word.end) for word in words]
    for stored, word in zip(back, words, strict=True):
        assert all(abs(a - b) <= 0.06 for a, b in zip(stored.box, word.box, strict=True))


@given(
    st.lists(st.integers(0, 200), max_size=20),
    st.tuples(st.integers(0, 200), st.integers(0, 200)).map(sorted).map(tuple),
)
def test_words_of_a_stretch_are_those_that_stand_in_it(starts, within):
    encoded = encode_words([Word(at, at + 3, (0, 0, 1, 1)) for at in starts])

    found = decode_words(encoded, within)

    first, last = within
    assert [word.start for word in found] == [at for at in starts if at + 3 > first and at < last]
