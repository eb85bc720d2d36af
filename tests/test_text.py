import pickle
import unicodedata
from time import process_time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nupunkt import PunktSentenceTokenizer

from summaries.text import (
    ANALYSIS_VERSION,
    LONGEST_STEM,
    _splitter,
    analyse,
    detect_language,
    is_stop_word,
    sentence_spans,
    stem,
    stems,
    stems_in,
    stop_stems,
    words,
)

LANGUAGES = ["en", "ru", "tr", "zh", "ar", "th", "fr", "und"]
PIECES = st.sampled_from(
    [
        *("U.S. ", "Mr. ", "He said. ", "The port. ", "3.5 ", "руб. ", "No. 4 ", "a", " "),
        *("“", "”", '"', "«", "»", "。", "؟ ", "...", "!?", "\n", "\n\n", "\r\n"),
        *("BAKU, April 19 (Reuters) - ", "By John Smith\n", "---\n", "北京", "ประเทศ"),
        *("\ud800", "\u202e", "\x00", "\u0301", "İ", "ﷺ"),
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=40).map("".join))


def sentences(text: str, language: str = "en") -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text, language)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The port grew by 3.5 percent. | Trade rose.", "en"),
        ("He lives in the U.S. | She left. | The U.S. and China agreed.", "en"),
        ("The U.S. Senate met on Jan. 5. | Mr. Aliyev spoke.", "en"),
        ("It cost $3.5 bln. last year. | No. 4 was sold.", "en"),
        ("He said no. | Azerbaijan agreed.", "en"),
        ("Gov. Lee met Sen. Jones in St. Louis. | J. K. Brown came with Col. White.", "en"),
        ("They met at 10 a.m. on Monday. | They left at noon.", "en"),
        ('"We agree. It is good," he said. | Then he left.', "en"),
        ("“We agree. It is good.” | The minister left.", "en"),
        ('"No!" she cried. | "What now?" he asked.', "en"),
        ("One sentence\nthat wraps. | Another\none.", "en"),
        ("Yahoo! shares rose. | eBay's fell. | iPhone sales grew.", "en"),
        ("Экспорт вырос на 5 млрд. руб. в 2025 г. | Это рекорд.", "ru"),
        ("А. С. Иванов живёт в г. Баку, т.е. на море. | Он врач.", "ru"),
        ("«Мы согласны. Это хорошо», — сказал он. | Потом все ушли.", "ru"),
        ("Prof. Dr. Yılmaz geldi. | Elma, armut vb. ürünler satıldı. | No. 5 otobüs.", "tr"),
        ("İhracat büyüdü. | Çin ile ticaret arttı.", "tr"),
        ("今天下雨。|明天会怎么样？|我不知道！", "zh"),
        ("“我们同意。这很好。”|大家都很高兴。", "zh"),
        ("यह पहला वाक्य है। | यह दूसरा वाक्य है।", "hi"),
        ("هذه جملة. | هل هذا سؤال؟ | نعم.", "ar"),
        ("all in small letters. | nobody shouts here.", "en"),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, language: str) -> None:
    expected = [part.strip() for part in text.split("|")]
    joined = text.replace(" | ", " ").replace("|", "")
    assert sentences(joined, language) == expected


@given(TEXTS, st.sampled_from(["en", "ru", "tr"]))
@example("He left. | (She came.) Ok. . . No. 4 x. y. Mr. A. Fine.", "en")
@settings(max_examples=150, deadline=None)
def test_each_stop_is_decided_as_punkt_decides_it(text: str, language: str) -> None:
    punkt = _splitter(language)
    plain = PunktSentenceTokenizer(punkt.parameters)
    assert list(punkt.span_tokenize(text)) == list(plain.span_tokenize(text))


def test_a_blank_line_ends_a_sentence_that_has_no_stop() -> None:
    assert sentences("A headline\n \nThe story begins.") == ["A headline", "The story begins."]


def test_a_dateline_is_left_out_even_below_a_headline() -> None:
    story = "BAKU, April 19 (Reuters) - Trade rose. It may rise again."
    assert sentences(story) == ["Trade rose.", "It may rise again."]
    assert sentences(f"Trade rises\n\n{story}")[1] == "Trade rose."


@pytest.mark.parametrize("piece", ["!", ".)", "?!", "a.)", "}.", "…”"])
def test_a_long_run_of_stops_without_a_space_takes_no_longer_than_other_text(piece: str) -> None:
    run = piece * (300_000 // len(piece))
    began = process_time()
    assert sentences(f"Trade {run}. It rose.") == [f"Trade {run}.", "It rose."]
    assert process_time() - began < 3


def test_furniture_is_no_sentence() -> None:
    text = "By John Smith\n\nTrade rose.\n\n---\nFollow us on Twitter @example"
    assert sentences(text) == ["Trade rose."]


@given(TEXTS, st.sampled_from(LANGUAGES))
@example("\ud800 lone. Surrogate.", "en")
@settings(max_examples=150, deadline=None)
def test_spans_are_in_order_apart_and_trimmed(text: str, language: str) -> None:
    reached = 0
    for start, end in sentence_spans(text, language):
        assert reached <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        reached = end


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The U.S. and US", ["the", "us", "and", "us"]),
        ("3.5 percent of 1,500 and 3,5", ["3.5", "percent", "of", "1500", "and", "3.5"]),
        ("C++, C# and AT&T", ["c++", "c#", "and", "at&t"]),
        ("China’s #trade", ["china's", "trade"]),
        ("Azerbaijan-China a/b snake_case", ["azerbaijan", "china", "a", "b", "snake", "case"]),
        ("İstanbul IĞDIR", ["istanbul", "iğdir"]),
        ("Ｆｕｌｌ ﬁne inter\u00adnational", ["full", "fine", "international"]),
        ("北京今天 iPhone发布", ["北京", "京今", "今天", "iphone", "发布"]),
        ("京", ["京"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("😀 ❤️ ... \x00", []),
    ],
)
def test_words_are_folded_alike_in_queries_and_articles(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(TEXTS, st.sampled_from(LANGUAGES))
@settings(max_examples=150, deadline=None)
def test_stems_can_be_stored_anywhere(text: str, language: str) -> None:
    for word in words(text):
        found = stem(word, language)
        assert 0 < len(found) <= LONGEST_STEM
        assert not {"Cc", "Cs"} & set(map(unicodedata.category, found))
        assert not any(char.isspace() for char in found)


@given(TEXTS, st.sampled_from(LANGUAGES))
@example(f"A word of {'many' * 20} letters.", "en")
@settings(max_examples=150, deadline=None)
def test_the_stems_of_a_text_are_those_of_its_words(text: str, language: str) -> None:
    assert stems(text, language) == tuple(stem(word, language) for word in words(text))


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("exports", "exported", "en"),
        ("china's", "china", "en"),
        ("торговля", "торговли", "ru"),
        ("ülkeler", "ülke", "tr"),
        ("bakü'de", "bakü", "tr"),
        ("bakı'da", "baki", "az"),
        ("l'accord", "accord", "fr"),
    ],
)
def test_forms_of_a_word_share_a_stem(one: str, other: str, language: str) -> None:
    assert stem(one, language) == stem(other, language)


def test_a_word_of_a_query_is_sought_under_its_stem_in_every_language() -> None:
    assert stems_in("countries", ["en", "zh"]) == {"countri", "countries"}
    assert stems_in("3.5", []) == {"3.5"}


def test_function_words_are_known_where_a_list_is() -> None:
    assert is_stop_word("the", "en")
    assert is_stop_word("это", "ru")
    assert is_stop_word("için", "tr")
    assert not is_stop_word("us", "en"), "it may be the country"
    assert stop_stems("und") == frozenset()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The ministers signed an agreement on trade.", "en"),
        ("THE MINISTERS SIGNED\nAN AGREEMENT ON TRADE.", "en"),
        ("Министры подписали соглашение о торговле.", "ru"),
        ("Bakanlar ticaret anlaşmasını imzaladı.", "tr"),
        ("部长们签署了贸易协定。", "zh"),
        ("大臣たちは貿易協定に署名した。", "ja"),
        ("市场价格保持平稳\n商务部表示，市场供应充足，价格平稳。", "zh"),
        ("รัฐมนตรีลงนามในข้อตกลงการค้า", "th"),
        ("", "und"),
        ("12345 --- 67", "und"),
        ("\ud800\udfff", "und"),
    ],
)
def test_the_language_of_a_text_is_detected(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_an_analysis_holds_sentences_with_all_their_stems_in_order() -> None:
    text = "The trade of China grew. It may grow again."
    analysis = analyse("China's trade", text)
    assert analysis.language == "en"
    assert analysis.version == ANALYSIS_VERSION
    assert analysis.title == ("china", "trade")
    assert analysis.sentences[0].stems == ("the", "trade", "of", "china", "grew")
    assert pickle.loads(pickle.dumps(analysis)) == analysis


@given(TEXTS, TEXTS)
@settings(max_examples=100, deadline=None)
def test_any_text_can_be_analysed(title: str, text: str) -> None:
    analysis = analyse(title, text)
    assert analysis == analyse(title, text)
    assert all(sentence.end <= len(text) for sentence in analysis.sentences)
