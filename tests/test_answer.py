from zoneinfo import ZoneInfo

import pytest

from bot.answer import reply_to
from summaries.model import Article, Briefing, Query, Story
from tests.stores import NOW


@pytest.mark.parametrize(
    ("matched", "said"),
    [
        (1, "1 story; 1 article matches."),
        (999, "1 story; 999 articles match."),
        (1000, "1 story; at least 1,000 articles match."),
    ],
)
def test_the_note_says_how_many_articles_match_as_far_as_they_are_counted(
    matched: int, said: str
) -> None:
    story = Story("Ships", (Article(text="Ships sail.", title="Ships"),), ())
    briefing = Briefing(Query(text="ships", words=("ships",)), None, NOW, matched, (story,), 1)
    assert reply_to(briefing, ZoneInfo("UTC")).note == said
