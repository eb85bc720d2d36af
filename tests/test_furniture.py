"""Datelines, bylines and the rest of what stands around a story."""

import time
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.furniture import (
    byline,
    dateline_date,
    dateline_end,
    is_furniture,
    is_outlet,
    outlet_of,
    without_furniture,
)

DATELINES = """\
BAKU, April 19 (Reuters) - 
BEIJING (AP) — 
LONDON, Oct. 3 /PRNewswire/ -- 
Baku, Azerbaijan, April 19 – 
BAKU, Azerbaijan, Apr. 19. Trend: 
МОСКВА, 19 апреля. /ТАСС/. 
МОСКВА, 19 апр — РИА Новости. 
Баку. 19 апреля. REPORT.AZ/ 
ANKARA (AA) - 
Ankara, 19 Nisan (AA) - 
WASHINGTON - 
NASHVILLE, Tenn. - 
ISLAMABAD: 
TORONTO—
NEW YORK--(BUSINESS WIRE)--
(CNN) -- 
(CNN)
(Reuters) - 
Washington (CNN)
Berlin (dpa) - 
April 19 (UPI) -- 
SHANGHAI/BEIJING, April 19, 2026 (Reuters) - 
RIO DE JANEIRO, April 19 (Reuters) - 
新华社北京4月19日电 """.split("\n")

NO_DATELINES = """\
Shares - which fell - rose again.
U.S. - China talks resumed.
EU - China trade grew.
NATO - Russia ties soured.
CLINTON: I think that there were doubts.
(2-1), who scored twice, left.
Xi - the president - arrived.
On Monday, April 19 - The day came.
In April 19 ships sailed.
Apple (AAPL) CEO Tim Cook said sales rose.
The World Health Organization (WHO) said so.
China's exports rose 3% - the most since May.
EXPORTS RISE - CHINA HAPPY AGAIN
The deal: What we know
Trump: I will not go
Azerbaijan - Land of Fire
REP. SUSAN BROOKS (R-IN): I agree.
"We won," he said - Then he left.
April 19 was a good day.
Министр назвал план «смелым» и «дорогим».
Baku, the capital, grew.""".split("\n")

FURNITURE = """\
By John Smith
By Caspian Ledger Staff
By JOHN SMITH, Associated Press
By Jane Doe and John Roe
By Jane Doe | April 19, 2026
By Jane Doe, staff writer
By the Associated Press
Written by Jane Doe
Автор: Иван Петров
date 2026-04-19 19 April 2026 15:28 (UTC+04:00)
19 April 2026 15:28
Published: April 19, 2026
Updated April 19, 2026 at 3:28 PM
Updated 3 hours ago
April 19, 2026, 3:28 PM
Sunday, April 19, 2026
Baku, April 19, AZERTAC
---
* * *
Follow us on Twitter @CaspianLedger
Follow Caspian Ledger on Facebook
Jane Doe is the Ledger's staff journalist, follow her on Twitter: @janedoe
Share this article
Share
Print/Email/Share/Tweet
Facebook Twitter WhatsApp Telegram
Comments (3)
1.2K views
Read more: China trade grows
Related: China
Related articles
Also read
Subscribe to our newsletter
Sign up for our newsletter
Click here to read more.
Download our app
Advertisement
Photo: AP
(Photo by John Smith/AFP)
Image credit: NASA
Copyright 2026 Caspian Ledger
© 2026 Caspian Ledger
All rights reserved.
Tags: trade, China
#china #trade
@azerbaijan
https://example.org/a
Home > News > World
(Reporting by Jane Doe in Baku; Editing by John Roe)
Jane Doe contributed to this report.
Читайте также: Китай
Подписывайтесь на наш канал
Фото: пресс-служба
Bizi takip edin
Haberin devamı
Müəllif: Elçin
Will be updated
This is a developing story
More details to follow.
Stay up-to-date with all our stories on Telegram
(END)
-30-
Ends
LEDGER.AZ :New ferry links two ports
Report an error by selecting it and pressing Ctrl + Enter
If you spot a spelling mistake, please select it and press Ctrl+Enter.
Suggested topics:
Explore more on these topics
Latest
In case you missed it
Liked this story? Send it on by WhatsApp | Email
Follow Ledger North on Facebook, X and Threads. Send your news to ledger@example.org.
Send us your photos by e-mail
Reuse this content
SPONSORED: Ten ferries that bankers love
Paid content
Getty Images A dredger lies at anchor off the northern mole
Getty Images A man feeds gulls.
This photo taken on May 3, 2026 shows the new ferry at the quay.
The ferry leaves the quay at dawn. (Xinhua/Wang Xiaoming)
FILE - The ferry leaves the quay in this picture of May 3, 2026.
Jane Doe can be reached at jane@example.org or 555-0199.
((jane@example.org; +44 20 7946 0000))
555-0199.
This article was amended on 4 May 2026 to correct a name.
An earlier version of this article misspelled a name.
May 3, 2026 10:41 AM GMT+4Updated 3 hours ago
Published 05:12 PM EST, Sun May 3, 2026
May 3, 2026 | 4 min read
Updated 3 hours ago
Xinhua | May 3, 2026
Caspian Times, 03.05.2026 09:30
Ledger.az
Reuters
Source: Xinhua Editor: wang 2026-05-03 20:14:30
责任编辑：王伟""".split("\n")

SENTENCES = """\
By Friday the river had risen.
By 2030, trade will double.
By Monday, Baku Port Will Reopen.
By Xi Jinping's account, the talks went well.
By Chinese standards, growth was slow.
BY WAR COME TO END THEIR FIGHTING LAST WEEK, LIKE EVERY WEEK, GENEVA
BY LATE SUMMER .
Read more widely and you will see the pattern, the minister told students.
Related companies fell 3 percent on Monday.
Updated figures show that trade grew.
Published figures differ.
Copyright law is changing in China.
Share prices rose on Monday.
Follow the money, the prosecutor said.
Follow-up talks are planned in May.
Millions follow Ronaldo on Instagram, and the club knows it.
Photo exhibitions opened in Baku.
Video: a new industry for China.
Print sales fell as readers moved online.
Comments by the minister drew anger.
Advertisement revenue fell by a tenth, the company said.
He said the two sides agreed to meet on April 19, 2026.
The talks begin at 15:28 on April 19.
12 May 2026 will be remembered.
Click-through rates fell.
Sign up numbers rose.
Join us, he told the crowd.
Stay tuned, the minister told reporters, for more.
Editing by hand takes time.
See also how the river changed its bed, said the guide.
Twitter said it would comply.
Latest figures show that the port grew.
Elsewhere, rain fell for a third day.
Elsewhere: rain fell for a third day.
This photo shows how the quay looked in his father's time.
This picture made him famous.
A photo taken at the quay in 2019 shows the old crane.
Getty Images sued the company in London.
Getty Images Inc. said it would appeal.
Shares in Amazon.com rose by a tenth.
The report was published on Monday by the ministry.
This report was published by the bank in May.
The article said that nobody was hurt.
The system will be updated in June.
Stay informed, the mayor told the villagers.
If you find a mistake in the contract, sign nothing, the lawyer said.
He is the only minister who can be reached at any hour.
Follow Ronaldo on Facebook, the club told its fans.
Ends meet only where wages rise.
Sponsored teams won all three races.
Paid by the hour, the dockers struck.
Promoted by her party, she won.
Latest: twelve people were hurt, the police say.
Reuters reported the sale on Monday.
The poll (Reuters/Ipsos) was held in May.
The budget of the Times, 12 pages long, appeared on May 3, 2026.
Home sales rose.
Источник сообщил агентству, что договор подписан.
Автор проекта рассказал о планах.
Haber ajansı açıkladı.""".split("\n")


@pytest.mark.parametrize("dateline", DATELINES)
@pytest.mark.parametrize(
    "story", ["China and Azerbaijan signed a deal.", "“It is done,” she said."]
)
def test_a_leading_dateline_ends_where_the_story_begins(dateline: str, story: str) -> None:
    assert dateline_end(dateline + story) == len(dateline)


@pytest.mark.parametrize("text", NO_DATELINES)
def test_a_sentence_is_not_eaten_as_a_dateline(text: str) -> None:
    assert dateline_end(text) == 0


def test_a_dateline_may_stand_on_a_line_of_its_own() -> None:
    text = "Baku, April 19, AZERTAC\n\nThe port opened."
    assert text[dateline_end(text) :] == "The port opened."


def test_a_dateline_without_a_year_tells_its_day_if_the_text_is_known_to_be_of_that_month() -> None:
    text = "BAKU, April 19 (AFP) - It rained."
    assert dateline_date(text, date(2026, 4, 1)) == datetime.fromisoformat("2026-04-19")
    assert dateline_date(text, date(2026, 5, 1)) is None
    assert dateline_date("BAKU, April 31 - It rained.", date(2026, 4, 1)) is None
    assert dateline_date(
        "BAKU, 19 April 2025 - It rained.", date(2026, 4, 1)
    ) == datetime.fromisoformat("2025-04-19")


def test_a_dateline_tells_its_day_if_it_names_the_year() -> None:
    assert dateline_date("BAKU, April 19, 2026 (AFP) - It rained.") == datetime.fromisoformat(
        "2026-04-19"
    )
    assert dateline_date("BAKU, April 19 (AFP) - It rained on May 2, 2026.") is None


@pytest.mark.parametrize("line", FURNITURE)
def test_furniture_is_known(line: str) -> None:
    assert is_furniture(line)


@pytest.mark.parametrize("line", [*SENTENCES, "", "Trade grew."])
def test_sentences_are_not_furniture(line: str) -> None:
    assert not is_furniture(line)


@given(st.text(max_size=600))
@settings(max_examples=200)
def test_any_text_is_taken(text: str) -> None:
    assert 0 <= dateline_end(text) <= len(text)
    assert isinstance(is_furniture(text), bool)


@pytest.mark.parametrize("piece", ["(", "BAKU, ", "By ", "A. ", "follow ", "/", " - ", "1 ", "“"])
def test_a_long_repetition_takes_no_long_time(piece: str) -> None:
    endless = piece * 200_000
    assert 0 <= dateline_end(endless) <= len(endless)
    assert not is_furniture(endless)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("By Jane Doe", "Jane Doe"),
        ("By Jane Doe | April 19, 2026", "Jane Doe"),
        ("By Jane Doe @jd", "Jane Doe"),
        ("By JANE DOE, Staff Writer", "JANE DOE"),
        ("By Jane Doe, senior political correspondent", "Jane Doe"),
        ("By Jane Doe Staff Writer", "Jane Doe"),
        ("By Jane Doe, Harbour Desk | May 3, 2026", "Jane Doe"),
        ("By Jane Doe, Caspian Times", "Jane Doe"),
        ("By Jane Doe, John Roe", "Jane Doe, John Roe"),
        ("By Caspian Ledger Staff", "Caspian Ledger Staff"),
        ("by Ludwig van Beethoven", "Ludwig van Beethoven"),
        ("Author: jane", "jane"),
        ("By the river they sat", None),
        ("Standby Crew", None),
    ],
)
def test_a_byline_names_somebody(line: str, name: str | None) -> None:
    assert byline(line) == name


def test_what_follows_the_last_sentence_of_a_paragraph_is_cut() -> None:
    sentence = "The deal was signed on Sunday, he said."
    assert without_furniture([f"{sentence} Follow us on Twitter @CaspianLedger"]) == [sentence]
    assert without_furniture([f"{sentence} Read more"]) == [sentence]
    assert not is_furniture(f"{sentence * 5} Follow us on Twitter @CaspianLedger")


def test_a_list_under_a_lone_heading_goes_with_it() -> None:
    lines = ["It rained.", "Related:", "Port opens in Alat", "Rail link opens", "It stopped."]
    assert without_furniture(lines) == ["It rained.", "It stopped."]


def test_headlines_in_a_list_do_not_end_it_by_asking_or_by_a_number() -> None:
    lines = ["It rained.", "Most read", "1. Will it rain again?", "2. Dams hold.", "Who pays?"]
    assert without_furniture([*lines, "It stopped."]) == ["It rained.", "It stopped."]


@pytest.mark.parametrize("mark", [" Enditem", " ■", " (END)", " -30-", "■"])
def test_the_mark_that_an_agency_ends_with_is_cut(mark: str) -> None:
    assert without_furniture([f"The ferry sails in June.{mark}"]) == ["The ferry sails in June."]


def test_items_of_a_list_lose_their_bullets_alone() -> None:
    lines = ["- The ferry sails.", "• It is new.", "— It is, he said.", "-5 degrees were measured."]
    assert without_furniture(lines) == ["The ferry sails.", "It is new.", *lines[2:]]


@pytest.mark.parametrize(
    ("line", "outlet"),
    [
        ("Reuters", "Reuters"),
        ("ledger.az", "ledger.az"),
        ("Source: Xinhua Editor: wang 2026-05-03 20:14:30", "Xinhua"),
        ("Source: Caspian Times", "Caspian Times"),
        ("Source: https://example.org/news", None),
        ("Xinhua | May 3, 2026", "Xinhua"),
        ("Caspian Times, 03.05.2026 09:30", "Caspian Times"),
        ("Caspian Courier - May 3, 2026, 08:15 AM", "Caspian Courier"),
        ("Baku, 03.05.2026", None),
        ("May 3, 2026", None),
        ("By Jane Doe, Harbour Desk | May 3, 2026", None),
        ("The ferry sails on May 3, 2026.", None),
    ],
)
def test_a_line_of_the_head_may_name_the_outlet(line: str, outlet: str | None) -> None:
    assert outlet_of(line) == outlet


def test_a_name_is_an_outlet_if_it_reads_like_one() -> None:
    assert all(map(is_outlet, ["Caspian Times", "Trend", "Caspian Ledger Staff"]))
    assert not any(map(is_outlet, ["Jane Doe", "JANE DOE"]))


def test_a_line_of_prose_is_told_in_a_moment() -> None:
    line = "The ferry, which the two ministers had ordered in May, sailed at 10 on Sunday, he said."
    started = time.perf_counter()
    assert not any(is_furniture(f"{line} {number}.") for number in range(2_000))
    assert time.perf_counter() - started < 0.5
