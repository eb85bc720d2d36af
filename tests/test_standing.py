import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.summarisers.standing import is_whole, leans


@pytest.mark.parametrize(
    "text",
    [
        "The port of Alat will get two new berths.",
        '"We will carry more goods," the ministry said in a statement.',
        "The ministry called the plan “bold” and “dear” (it costs $3 million).",
        "Das Ministerium nannte den Plan „mutig“ und „teuer“.",
        "Министр назвал план перевозок «смелым», а его цену «высокой».",
        "部长说：“我们将运送更多货物。”",
        "eBay will open an office in Baku.",
        "9 people were rescued from the ferry.",
        "all in small letters, as some write.",
        "THE COUNCIL MET ON TUESDAY.",
        "CLOSE TO 40 SHIPS WAITED.",
        "It was the worst storm seen here in a century.",
        "The photo: a ferry at sea.",
        "Visitors of example.org and Example.Com posed for photos.",
        "Children should read more about the sea.",
        "İki ülke yeni bir anlaşma imzaladı.",
    ],
)
def test_a_statement_is_whole(text: str) -> None:
    assert is_whole(text)


@pytest.mark.parametrize(
    "text",
    [
        "Container trains to double",
        "The ministry named three aims:",
        "The trains will cross the sea by f...",
        "The trains will cross the sea …",
        "“We will carry more goods, and it is a good day for all of us.",
        'It is a good day," the minister said.',
        "carried by ferry from Alat, the ministry of transport said.",
        ", which had been agreed in May.",
        "The ferries (two of them new will sail in June.",
        "Read more: The ferries of the Caspian Sea.",
        "Follow us on Twitter for more news.",
        "BAKU (Reuters) - The trains will cross the sea by ferry.",
        "A ferry leaves the port of Alat on May 5. (AP Photo/Jane Roe)",
        "Pictured: the port of Alat in May.",
        "The minister (left) greets his guests at the port.",
        "The port of Alat, seen here in May, has two new berths.",
        "A ferry is seen in this undated handout photo at the port of Alat.",
        "In this file picture, a ferry leaves the port of Alat.",
        "Jane Roe, pictured in 2019, opens the port of Alat.",
        "Jane Roe poses for a photo at the port of Alat.",
        "Photo: A ferry leaves the port of Alat.",
        "Hide Caption 3 of 9 Photos: A ferry leaves the port of Alat.",
        "The ferry left at 9 p.m. Read more: How the port of Alat grew.",
        "For more on the port of Alat, click here.",
        "Port | Tonnes Alat | 7,100,000 The port grew.",
        "CLOSE Police closed the port of Alat on Tuesday.",
        "CLOSE Skip in Skip x Embed x Share The port of Alat was closed.",
        "The port of Alat was closed, he said.Most of the ferries waited.",
        "#trade #china #caspian #ferries.",
        "2021 3.1 2022 3.3 2023 3.7.",
    ],
)
def test_what_is_broken_or_no_prose_is_not_whole(text: str) -> None:
    assert not is_whole(text)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("He said that talks would follow.", "en"),
        ("They're expected to meet in May.", "en"),
        ('"She was brave," said the mayor.', "en"),
        ('"Talks will follow," he said.', "en"),
        ("Talks will follow in the summer, she said.", "en"),
        ("In a long statement, he denied the report.", "en"),
        ('"It was a good day for all of us."', "en"),
        ("In December, he denied the report.", "en"),
        ("On Monday, she denied the report.", "en"),
        ("After talks in early May, they denied the report.", "en"),
        ("Last year, they denied the report.", "en"),
        ("But the talks failed.", "en"),
        ("However, it was too late for the talks.", "en"),
        ("That is why the talks failed.", "en"),
        ("The two will meet again in May.", "en"),
        ("These talks failed.", "en"),
        ("As a result, the talks failed.", "en"),
        ("Meanwhile, the talks went on.", "en"),
        ("Он сообщил о переговорах.", "ru"),
        ("«Переговоры продолжатся», – сказал он.", "ru"),
        ("Кроме того, переговоры продолжатся.", "ru"),
        ("Ancak görüşmeler sürüyor.", "tr"),
        ("Sie trafen sich im Mai.", "de"),
        ("Cela ne suffit pas.", "fr"),
        ("Sin embargo, las conversaciones siguen.", "es"),
        ("他说谈判将继续。", "zh"),
    ],
)
def test_what_needs_the_sentence_before_it_leans(text: str, language: str) -> None:
    assert leans(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The minister said that he would resign.", "en"),
        ("Jane Roe, who lost her house, said that she would stay.", "en"),
        ('"Talks will follow," the minister said.', "en"),
        ("Theirs is a port of 5,000 people.", "en"),
        ("Heavy rain fell on the coast.", "en"),
        ("When Jane Roe arrived, she was cheered.", "en"),
        ("In Paris, Jane Roe was cheered.", "en"),
        ("In December, the ministry denied the report.", "en"),
        ("Two ministers met on Tuesday.", "en"),
        ("Онлайн-переговоры продолжатся.", "ru"),
        ("Bursa'da görüşmeler sürüyor.", "tr"),
        ("No language of ours.", "und"),
    ],
)
def test_what_names_its_people_does_not_lean(text: str, language: str) -> None:
    assert not leans(text, language)


@pytest.mark.parametrize(
    ("language", "leaning", "standing"),
    [
        ("ar", "هو قال إن المحادثات ستستمر.", "قال الوزير إن المحادثات ستستمر."),
        ("ar", "ومع ذلك تستمر المحادثات.", "هذبت المدينة ميناءها الجديد."),
        ("az", "O, danışıqların davam edəcəyini bildirib.", "Bu gün Bakıda danışıqlar başlayıb."),
        ("az", "Bununla yanaşı, danışıqlar davam edir.", "Oğuzda danışıqlar davam edir."),
        ("it", "Lei ha detto che i colloqui continuano.", "La ministra ha lasciato Roma."),
        ("it", "Tuttavia i colloqui continuano.", "Mario Rossi ha aperto il porto."),
        ("nl", "Hij zei dat de gesprekken doorgaan.", "De minister opende de haven."),
        ("nl", "Daarnaast gaan de gesprekken door.", "Toen de minister kwam, werd gejuicht."),
        ("pl", "Ona powiedziała, że rozmowy trwają.", "Ministra otworzyła nowy port."),
        ("pl", "Poza tym rozmowy trwają.", "Onufry Nowak otworzył nowy port."),
        ("pt", "Ele disse que as conversas continuam.", "O ministro abriu o novo porto."),
        ("pt", "No entanto, as conversas continuam.", "Depois de um ano, o porto abriu."),
        ("uk", "Вона сказала, що переговори тривають.", "Міністерка відкрила новий порт."),
        ("uk", "Крім того, переговори тривають.", "Тараса Шевченка вшанували в Києві."),
    ],
)
def test_a_language_has_words_that_lean(language: str, leaning: str, standing: str) -> None:
    assert leans(leaning, language)
    assert not leans(standing, language)


@given(st.text(max_size=200), st.sampled_from(["en", "ru", "tr", "de", "zh", "th", "und"]))
@settings(max_examples=100, deadline=None)
def test_any_text_can_be_judged(text: str, language: str) -> None:
    assert leans(text, language) in (True, False)
    assert is_whole(text) in (True, False)
