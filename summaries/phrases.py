"""Phrases that pages put around a story: follow, share, subscribe, credits; regular expressions.

They are matched whatever their case, `OPENING` against small letters, which is quicker, in lines of
at most 400 characters.
"""

NETWORK = (
    "twitter|x|facebook|instagram|telegram|youtube|linkedin|whatsapp|tiktok|threads|bluesky"
    r"|mastodon|google news|google\+|vk|viber|pinterest|reddit|snapchat|flipboard|wechat|weibo"
)
AGENCY = (
    "reuters|ap|afp|upi|dpa|efe|ansa|tass|тасс|interfax|интерфакс|xinhua|cgtn|cnn|bbc( news)?|epa"
    "|bloomberg|anadolu|azertac|azertag|azərtac|kyodo|yonhap|getty images|associated press"
)
"""An agency or a broadcaster that a line of its own may name."""

AGO = (
    r"((last )?(updated|modified|posted|published) )?\d+ (second|minute|min|hour|hr|day|week)s? ago"
    r"|\d+ ?-?min(ute)?s?( read)?(?=\s*$|\s*[|·•])"
)
"""How long ago, or how long to read; no date."""

_NO_PROSE = r"(?!.*[.!]['\"”’)]*$)"
_STAMP = r"(\s*[:：]|\s*$)"
_STORY = r"(article|story|post|page|news|report|content|piece|video|link)s?"

FOLLOW = (
    rf"follow (us\b|me\b|our\b|@|.{{1,60}}? on (our )?({NETWORK})\b"
    rf"(,? (and |or )?({NETWORK})\b)*)(?!,)",
    rf"(like|join|find|watch|visit|connect with|add) (us|our|me)\b[^.,]{{0,40}}\b({NETWORK}"
    r"|channel|group)\b",
    r"(read or )?(share|tweet|e-?mail|print|save|bookmark|reuse|republish|reprint) (this|the|our) "
    rf"{_STORY}\b",
    rf"(did you )?(like|enjoy|love)(d|ed|ing)? (this|our|the) {_STORY}\s*[?!]",
    r"(request )?reprints?$",
    r"send (us )?your (story ideas|stories|tips|news|photos|pictures|videos|comments|views) ",
    rf"share (on|via|to) ({NETWORK}|e-?mail)\b|share this\W*$|copy link|link copied",
    r"leave (a|your) (comment|reply)|(write|post|add) (a|your) (comment|reply)\W*$",
    r"be the first to comment|join the (conversation|discussion)\W*$|view (all )?comments",
    r"(comments?|shares?|views?|likes?)\s*[(:]?\s*\d[\d.,km]*\)?$",
    r"(no|\d[\d.,]*[km]?) (comments?|shares?|views?|likes?)$|comments? (are |is )?(closed|off)\b",
)
ELSEWHERE = (
    r"(read|see|hear|watch) (more|also|next)(\s*[:.…»>→-]|\s*$| here\b| (on|about|from|at|in)\b"
    rf"{_NO_PROSE})",
    rf"(also (read|see|on)|see also|read also|up next|don['’]t miss)\b(\s*[:|–—-]|{_NO_PROSE})",
    r"read the full .{0,40}\b(here|story|article)\W*$",
    r"(read|watch|listen|story|gallery|in pictures|related|recommended|see more|contributing)\s*:",
    rf"(video|more|sources?)\s*:{_NO_PROSE}",
    r"(related|recommended|popular|latest|top|more) (articles?|stories|posts?|topics?|news|reading"
    rf"|coverage|content|links|videos?){_STAMP}",
    rf"(suggested|explore|related|top|hot|popular) (more|topics?|tags?){_STAMP}"
    r"|explore more (on|about|from)\b.{0,40}$",
    r"(latest|what to read next|in case you missed it|elsewhere|around the web)\W*$",
    r"more (on|from|about) (\w+ ?){1,4}$",
    rf"[\w-]+(\.[a-z]{{2,4}}){{1,2}}\s*:(?!//)\s*{_NO_PROSE}",
    rf"you (may|might) (also )?(like|be interested){_NO_PROSE}",
    rf"(most (read|popular|viewed|shared)|trending( now)?|editors?['’]s? picks?|related){_STAMP}",
    r"(click|tap) (here|on the|below)\b|(story|article) continue[sd] (below|after)",
    r"tweet with a location$",
    r"(photos?|video|enlarge( image)?|now playing)$",
    r"(continue|keep) reading|skip to (main )?content|back to (top|home)|(next|previous) article",
)
ASKING = (
    r"sign[ -]?(up|in) (for|to|here|now|today|with)\b|sign (up|in)$|log ?in( to\b.{0,60})?$",
    r"subscribe( (to|now|here|today|for|and)\b|\W*$)|already a subscriber|newsletter( sign-?up)?$",
    r"(get|join|receive) (our|the|your) .{0,30}(newsletter|channel|mailing list|updates)",
    r"enter your e-?mail|register (now|here|for free)\b|download (our|the) [^.,]{0,30}\bapps?\b",
    r"(support|donate to) (us|our (work|journalis[mt]s?)|independent journalism)\b|donate$",
    r"become a (member|subscriber|supporter)\b|(have|got) a (news )?tip\b",
    r"stay (up[ -]to[ -]date|informed|connected|in touch)\b(?!,)",
    r"(never miss|don['’]t miss) (a|our) (story|update)|stay tuned( for [^,]{0,40})?\W*$",
    r"advertisement\b\W*($|advertisement|continue|story|article|scroll)",
    r"(advertorial|sponsored|promoted|(paid|partner|sponsored|promoted) (content|post|stor(y|ies)))"
    rf"($|\s*:|\s+by\b{_NO_PROSE})",
    r"(we|this (web)?site) uses? cookies|accept( all)?( cookies)?$|cookie (policy|settings)",
    r"(terms of (use|service)|privacy policy|about us|contact us)(\W|$)(?!.{60})",
    r"please enable javascript|(your browser does not|media playback is un)support|loading\W*$",
)
CREDITS = (
    r"\(?((ap|file|reuters|afp|getty|image|stock|handout) )*(photos?|images?|pictures?|pics?"
    r"|illustration|graphics?|media)( (credit|source|courtesy|caption|copyright|by)\b|\s*[:/©])",
    r"(images?|photos?|video) courtesy\b|courtesy of\b(?!.{60})|(photo )?credits?\s*:",
    r"©|\(c\) ?\d|copyright\s*(©|\(c\)|\d{4}|:|by\b)",
    r"this (article|story|post|piece|page|report(?! ((was|is|has been) )?(appear|publish|produc))) "
    r"(((was|has been|is) )?((first|originally|last) )*(appeared|published|amended|corrected"
    r"|updated|edited|revised|translated|produced)|will be updated)\b",
    r"(the|this) (article|story|post|report) (was )?((first|originally) )+(appeared|published)\b",
    r"an earlier version of (this|the) (article|story|post|report)\b",
    r"((the )?(story|article|page|news) )?(will|to) be updated\W*$|(more |details )+to follow\W*$",
    r"(this is )?an? (breaking|developing)( news)? story\b|(editor['’]?s?|editors['’]) note\s*:",
    r"\(?(end(s|it|item)?|30|fin|ende|конец)\s?[-–—]*\)?$",
    r"the post .{1,200} appeared first on",
    r"[—–-]+\s?with (assistance|reporting) (from|by)",
    r"our standards\s*:|(the )?thomson reuters trust",
    r"(tags?|topics?|keywords?|filed under|categor(y|ies)|labels?|in this (story|article))\s*:",
    r"(editors?|e-?mail|contacts?|phone|tel)\s*:",
    r"(contact|e-?mail) (the )?(author|reporter|writer)\b",
    rf"({AGO})$|reading time\b",
    r"report an? (mistake|error|typo|problem)( by\b| (in|with|on) th(is|e)\b|\W*$)",
    r"if you (have )?(find|found|notice|noticed|spot|spotted|see) an? (\w+ )?(mistake|error|typo)\b"
    r".*\b(ctrl|click|press|mark|select|highlight|let us know|tell us|contact us|e-?mail)\b",
    r"this (\w+ )?(photo(graph)?|picture|image|screenshot|(frame|video) grab) (taken|released|made"
    r"|provided|issued|posted|obtained|made available) (on|in|at|by|from|through) .*\bshows?\b",
)
RUSSIAN = (
    r"(читайте|смотрите|слушайте) (также|далее|больше|ещё|еще)",
    r"читать (далее|также|полностью|ещё|еще)|(ещё|еще|материалы|новости) по теме|по теме\s*:",
    r"(подписывайтесь|подпишитесь|подписаться) (на|в)\b|подписаться$|присоединяйтесь к нам",
    r"следите за (нами|нашими|новостями)|поделиться\b(?!.{40})|оставить комментарий",
    rf"(фото|видео|источник|теги|метки|автор|текст|корреспондент|редактор|реклама){_STAMP}",
    r"все права защищены|комментари(и|ев|й)\s*[(:]?\s*\d*\)?$|при использовании материалов",
)
TURKIC = (
    r"bizi .{0,40}(takip ed|izləyin|izleyin)|(haberin|yazının) devam|devamını oku|ilgili haber",
    r"(ayrıca|bunu da) oku|abone ol|abunə ol|həmçinin oxu|oxşar xəbər|paylaş(ın)?\W*$|yorum yap",
    rf"(kaynak|fotoğraf|foto|etiketler|muhabir|yazan|haber|reklam|mənbə|müəllif|mətn){_STAMP}",
    r"tüm hakları|bütün hüquq|(yorum(lar)?|şərh(lər)?)\s*[(:]?\s*\d*\)?$",
)
WESTERN = (
    r"folgen sie uns|lesen sie (auch|mehr)|mehr zum thema|(anzeige|teilen|jetzt teilen)$",
    r"alle rechte vorbehalten|(à )?lire aussi|suivez[- ]nous|abonnez[- ]vous|tous droits réservés",
    r"(partager|publicité|compartir|publicidad)$|síguenos|lea también|le puede interesar|suscríb",
    r"todos los derechos reservados",
)
EASTERN = (
    r"责任编辑|责编|编辑[:：]|关注我们|扫码|分享(到|至)|版权所有|相关(阅读|新闻|报道)|延伸阅读",
    r"原标题|来源[:：]|点击(这里|查看)|[（(]?(本报)?记者[^，。]{2,12}[）)]?$",
    r"اقرأ أيضا|تابعونا|تابعنا|جميع الحقوق|المصدر\s*:|للمزيد",
)
_LATIN = "|".join((*FOLLOW, *ELSEWHERE, *ASKING, *CREDITS, *TURKIC, *WESTERN))
_OTHER = "|".join((*RUSSIAN, *EASTERN))
OPENING = rf"{_LATIN}|(?=[^\x00-\x7f(])(?:{_OTHER})"
"""What a line of furniture begins with, in small letters."""

CASED = "|".join(
    (
        r"\(?((additional|with) )?((writing and )?editing|reporting|writing|compiled|edited"
        r"|translated) by (?-i:[^\W\d_a-z])",
        r"(getty images|shutterstock|alamy|istock|pa media|epa(-efe)?|ap photo)\W{1,3}"
        rf"((?-i:A|An|The|Two|Three|Four|People|Men|Women)\b|(?-i:[A-Z]){_NO_PROSE})",
        r"(?-i:FILE)( photo)?\s[–—-]\s",
    )
)
"""What a line of furniture begins with, where capitals tell names from prose."""

ANYWHERE = {
    "reserved": r"all rights reserved",
    "follow": rf"\bfollow (him|her|them|us|me|our)\b.{{0,40}}(\b({NETWORK})\b|@\w)|\bfollow @\w"
    r"|can be followed on",
    "prohibited": r"reproduction .{0,40}prohibited",
    "permission": r"without (prior )?(written )?permission of",
    "broadcast": r"may not be published, broadcast",
    "contributed": r"contributed to this (report|story|article)",
    "reach": r"can be reached (at|on|by|via)\b.{0,40}[@\d]|reach (him|her|them) at",
    "contacted": r"can be contacted (at|on|by|via)\b.{0,40}[@\d]",
    "read more": r"^.{1,80}[^.!?,;:] read more$",
    "ctrl": r"\bctrl\s?\+\s?enter",
    "getty": r"getty images\W*$",
    "shutterstock": r"shutterstock\W*$",
    "ap photo": r"ap photo\W*$",
    "/": rf"(\(({AGENCY})|[.!?][\"”]?\s\((?-i:[A-Z])[\w. -]{{1,30}})"
    r"/(?-i:[A-Z])[\w.'’-]+( (?-i:[A-Z])[\w.'’-]*){1,3}\)$",
}
"""What a line of furniture holds, wherever it does, each under a word that it cannot lack."""

TRAILER = (
    r"follow (us|@\w)|read more\b|click here|subscribe to|sign up (for|to)|©|copyright \d"
    r"|all rights reserved"
)
"""What follows the last sentence of a paragraph, up to its end."""

END_MARK = r"(endit(em)?|\((end|ends)\)|-\s?(30|ends?)\s?-|[■□▪●◼◆∎]+)"
"""What agencies put behind the last sentence."""

LIST_HEADING = (
    r"(related|recommended|suggested|explore|most|more|latest|top|popular|trending|also|read|see|you"
    r"|up|what to|in case|elsewhere|around|читайте|смотрите"
    r"|ещё|материалы|по теме|ilgili|ayrıca|həmçinin|lesen|mehr|lire|lea|相关|延伸)\b.{0,30}"
)
"""A line alone that opens a list of other stories."""

LABEL = (
    r"(first |last |originally )?(date|published|updated|posted|modified|created|issued|edited|time"
    r"|on|at|опубликовано|обновлено|дата( публикации)?|tarih|giriş|(son )?güncelleme"
    r"|yayınlan?ma( tarihi)?|tarix|veröffentlicht|aktualisiert|stand|publié( le)?|mis à jour"
    r"|publicado|actualizado|发布时间|时间|更新)\b(\s*[:：])?"
)
"""What stands before a date."""

WEEKDAY = (
    r"\b((mon|tues?|wed(nes)?|thu(rs?)?|fri|sat(ur)?|sun)(day)?|понедельник|вторник|среда|четверг"
    r"|пятница|суббота|воскресенье|pazartesi|salı|çarşamba|perşembe|cuma(rtesi)?|pazar)\b"
)

BUTTON = (
    r"print|e-?mail|shar(e|es|ing)|tweets?|save|likes?|comments?|copy|link|x|messenger|ok|rss|pdf"
    r"|listen|bookmark|pin|it|post|more|menu|search|home|close|play|pause|a[+-]|aa|subscribe|login"
    rf"|this|on|via|or|and|{NETWORK}"
)
"""A word of a row of buttons."""

OUTLET = (
    r"news|times|post|ledger|wire|newswire|agency|press|herald|tribune|journal|gazette|guardian"
    r"|observer|chronicle|daily|weekly|telegraph|today|radio|tv|broadcasting|media|monitor|report"
    r"|review|express|standard|mirror|bulletin|dispatch|courier|examiner|independent|reuters|afp"
    r"|france-presse|xinhua|bloomberg|cnn|bbc|trend|tass|dpa|anadolu|interfax|azer\w+|staff|desk"
    r"|magazine|online|network|ajansı|gazetesi|postası|haber(ler)?i?|agentliyi|qəzeti|agentur|агентство|новости|газета|报|社|网"
)
"""A word by which a byline names an outlet, not a person."""

ROLE = (
    r"(staff|senior|chief|special|political|business|foreign|diplomatic|economics|our|bureau|desk)"
    r"|(writer|reporter|correspondent|editor|contributor|columnist|journalist)s?|news|agency|service"
    r"|and|&|of|for|the|at|in|with|by|via|d[eu]|der?|den|van|von|bin|ibn|al|el|l[ae]|da|dos|di|y|i"
    r"|ve|və|и"
)
"""A word that a byline may hold in small letters."""
