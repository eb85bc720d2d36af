"""The table of languages: what the analysis of a text must know about each, in one row."""

from importlib import resources
from typing import NamedTuple


class Language(NamedTuple):
    """One language; lists of words are one text with white space between them.

    `stemmer` is a Snowball algorithm. `stop_file` is a file of sumy's `data/stopwords`, to which
    `stop_words` adds and from which `kept` takes away. `abbreviations`, written without their last
    stop, do not end a sentence. `leaning` are words with which a sentence opens that leans on the
    one before it, as it does with `pronouns`, which stand for a person; `_` joins words that lean
    together. `suffix_apostrophe` says that what follows an apostrophe is an ending ("Bakü'de"),
    `elision` that what precedes one is an article ("l'accord").
    """

    stemmer: str = ""
    stop_file: str = ""
    stop_words: str = ""
    kept: str = ""
    abbreviations: str = ""
    pronouns: str = ""
    leaning: str = ""
    suffix_apostrophe: bool = False
    elision: bool = False


_MONTHS = "jan feb mar apr jun jul aug sep sept oct nov dec"
_ENGLISH = (
    "mr mrs ms dr prof sr jr gov sen rep col gen lt maj capt sgt cpl adm brig cmdr pres rev hon "
    "st mt ft no nos vol pp fig art sec ch ed vs bln mln trln bn bbl approx est dept univ assn "
    "inc corp ltd co plc llc bros ave blvd rd e.g i.e cf u.s u.k u.n u.s.a u.a.e e.u a.m p.m "
    "d.c ph.d m.d b.a m.a det pvt sens reps ala ariz ark calif colo conn fla ga ind kan ky md mich "
    "minn mo neb nev okla ore pa tenn tex va vt wash wis"
)
_RUSSIAN = (
    "гг вв др пр проч т.е т.д т.п т.к т.н тыс млн млрд трлн руб коп долл им ул пл просп пер стр "
    "рис табл гл см напр проф акад доц канд ген полк лейт обл респ кв км куб чел шт тел янв фев "
    "апр авг сент окт нояб дек н.э"
)
_RUSSIAN_STOP_WORDS = (
    "и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по только ее "
    "мне было вот от меня еще нет о из ему теперь когда даже ну вдруг ли если уже или ни быть был "
    "него до вас нибудь опять уж вам ведь там потом себя ничего ей может они тут где есть надо "
    "ней для мы тебя их чем была сам чтоб без будто чего раз тоже себе под будет ж тогда кто этот "
    "того потому этого какой совсем ним здесь этом один почти мой тем чтобы нее сейчас были куда "
    "зачем всех никогда можно при наконец два об другой хоть после над больше тот через эти нас "
    "про всего них какая много разве три эту моя впрочем хорошо свою этой перед иногда лучше чуть "
    "том нельзя такой им более всегда конечно всю между это также который которая которое которые "
    "которых которого которой однако свой свои своей своего своих является г гг года году"
)
_TURKISH_STOP_WORDS = (
    "acaba ama ancak artık aslında az bana bazı belki ben beni benim beri bile bir biri birkaç "
    "birçok biz bize bizi bizim böyle bu buna bunda bundan bunlar bunları bunların bunu bunun "
    "burada çok çünkü da daha de defa değil diğer diye dolayı dolayısıyla edecek eden ederek "
    "edilen ediyor eğer en etti ettiği fakat gibi göre hala hangi hatta hem henüz hep hepsi her "
    "herhangi herkes hiç için ile ilgili ise işte kadar karşın kendi kez ki kim kimse mı mi mu mü "
    "nasıl ne neden nerede niye o olan olarak oldu olduğu olduğunu olmak olması olsa olup olur on "
    "ona ondan onlar onları onların onu onun orada oysa öyle pek rağmen sadece sanki şey siz size "
    "sizi sizin şöyle şu şunu tarafından tüm üzere var ve veya ya yani yapılan yapmak yerine yine "
    "yok yoksa zaten"
)

LANGUAGES: dict[str, Language] = {
    "ar": Language(
        "arabic",
        "arabic.txt",
        pronouns="هو هي هم هما",
        leaning="هذا هذه ذلك تلك هؤلاء لكن ولكن لكنه لكنها كما أيضا أيضاً كذلك لذلك ولذلك ثم "
        "بالإضافة_إلى_ذلك إضافة_إلى_ذلك علاوة_على_ذلك ومع_ذلك مع_ذلك في_المقابل في_الوقت_نفسه",
    ),
    "az": Language(
        stop_words="və bu ilə üçün bir da də ki olan o isə ən daha hər kimi görə çox sonra onun",
        abbreviations="mln mlrd min man prof akad dos və.s və.i.a s.ə b.e",
        leaning="o onlar bunlar onun onların bunun buna bundan bunu bununla bu_barədə bu_haqda "
        "bu_zaman bu_səbəbdən bu_məqsədlə bu_isə həmin amma lakin ancaq həmçinin sonra daha_sonra "
        "eyni_zamanda digər_tərəfdən beləliklə",
        suffix_apostrophe=True,
    ),
    "ca": Language("catalan", abbreviations="sr sra dr dra núm pàg", elision=True),
    "cs": Language(
        stop_file="czech.txt",
        abbreviations="např tj tzv mj resp ing mgr dr prof mil mld tis kč č str ul",
    ),
    "da": Language("danish", abbreviations="bl.a dvs f.eks kr mio mia nr ca kl"),
    "de": Language(
        "german",
        "german.txt",
        abbreviations="z.b d.h u.a bzw ca dr prof nr mio mrd str st bspw evtl ggf inkl usw vgl jan "
        "feb aug sept okt nov dez",
        pronouns="er sie",
        leaning="es dies diese dieser dieses das_ist ihr ihre sein seine aber und doch jedoch auch "
        "deshalb daher darum dann danach außerdem zudem dennoch trotzdem dagegen dabei dazu damit "
        "beide so",
    ),
    "el": Language("greek", "greek.txt", abbreviations="κ κα δρ π.χ δηλ αρ εκ δισ"),
    "en": Language(
        "english",
        "english.txt",
        kept="us un changes value novel help course sent",
        abbreviations=f"{_ENGLISH} {_MONTHS}",
        pronouns="he she they",
        leaning="it this that these those his her its their such him them but and or so however "
        "also meanwhile moreover furthermore therefore thus instead then nevertheless nonetheless "
        "still yet another both neither the_two the_three the_pair the_former the_latter the_same "
        "the_other the_others in_addition in_contrast by_contrast in_turn in_other_words as_such "
        "as_a_result for_example for_instance on_the_other_hand at_the_same_time at_the_time "
        "of_those of_these one_of_them some_of_them after_that since_then besides_that",
    ),
    "es": Language(
        "spanish",
        "spanish.txt",
        abbreviations="sr sra srta dr dra prof ud uds núm pág ee.uu p.ej av gral lic ing mill",
        pronouns="él ella ellos ellas",
        leaning="esto eso este esta estos estas ese esa su sus pero y además también sin_embargo "
        "por_eso por_ello así entonces ambos mientras_tanto",
    ),
    "et": Language("estonian"),
    "eu": Language("basque"),
    "fa": Language("persian"),
    "fi": Language("finnish", abbreviations="esim mm ks klo n ts mrd milj"),
    "fr": Language(
        "french",
        "french.txt",
        abbreviations="mm mme mlle dr pr st ste no av bd env cf p.ex janv févr juil sept oct nov "
        "déc mds",
        pronouns="il elle ils elles",
        leaning="ce cela cette ces c'est son sa ses leur leurs mais et or donc aussi cependant "
        "toutefois pourtant ainsi ensuite puis alors en_outre de_plus par_ailleurs",
        elision=True,
    ),
    "he": Language(stop_file="hebrew.txt"),
    "hi": Language("hindi"),
    "hu": Language("hungarian", abbreviations="dr pl stb kb ún ft"),
    "hy": Language("armenian"),
    "id": Language("indonesian", abbreviations="dr prof rp no jl tgl"),
    "it": Language(
        "italian",
        "italian.txt",
        abbreviations="sig sig.ra dott dott.ssa prof ing avv on sen art pag es ecc mld mln",
        pronouns="lui lei loro egli ella essi esse",
        leaning="questo questa questi queste quello quella quelli quelle ciò suo sua suoi sue ma "
        "però tuttavia inoltre anche quindi perciò pertanto così poi allora intanto nel_frattempo "
        "entrambi entrambe",
        elision=True,
    ),
    "ja": Language(stop_file="japanese.txt"),
    "ko": Language(stop_file="korean.txt"),
    "lt": Language("lithuanian", abbreviations="m d mln mlrd tūkst proc t.y pvz"),
    "ne": Language("nepali"),
    "nl": Language(
        "dutch",
        abbreviations="dhr mevr dr prof nr ca bijv mln mld o.a d.w.z",
        pronouns="hij zij ze",
        leaning="dit dat deze die het_is het_was zijn haar hun maar echter ook daarom dus "
        "daarna vervolgens daarnaast bovendien toch ondertussen intussen daarbij daardoor beide",
    ),
    "no": Language("norwegian", abbreviations="bl.a dvs f.eks kr mill mrd nr ca kl"),
    "pl": Language(
        "polish",
        "polish.txt",
        abbreviations="np tj tzw m.in prof dr inż mgr ul al godz zł tys mln mld nr św wg",
        pronouns="on ona oni one",
        leaning="ono to ten ta te ci tego tej tych jego jej ich ale jednak też także również "
        "ponadto dlatego zatem więc wtedy następnie potem tymczasem poza_tym mimo_to oboje obaj "
        "obie",
    ),
    "pt": Language(
        "portuguese",
        "portuguese.txt",
        abbreviations="sr sra dr dra prof núm pág av exmo eua",
        pronouns="ele ela eles elas",
        leaning="isto isso este esta estes estas esse essa esses essas aquele aquela seu sua seus "
        "suas mas porém contudo no_entanto entretanto também além_disso portanto por_isso então "
        "assim depois_disso enquanto_isso ambos ambas",
    ),
    "ro": Language("romanian", abbreviations="dl dna dr prof nr str mil mld"),
    "ru": Language(
        "russian",
        stop_words=_RUSSIAN_STOP_WORDS,
        abbreviations=_RUSSIAN,
        pronouns="он она они",
        leaning="оно это этот эта эти его её ее их им тот та те также кроме_того однако но а и "
        "поэтому затем потом при_этом тем между_тем вместе_с_тем такой такие там ранее",
    ),
    "sk": Language(
        stop_file="slovak.txt", abbreviations="napr tzv resp ing mgr dr prof mil mld tis č str ul"
    ),
    "sr": Language("serbian"),
    "sv": Language("swedish", "swedish.txt", abbreviations="bl.a d.v.s t.ex kr milj mdr nr ca kl"),
    "ta": Language("tamil"),
    "th": Language(stop_file="thai.txt"),
    "tr": Language(
        "turkish",
        stop_words=_TURKISH_STOP_WORDS,
        abbreviations="dr prof doç av alb gen vb vs vd no bkz örn yy s sn hz st mah cad sok apt "
        "tel a.ş ltd şti t.c m.ö m.s t.b.m.m",
        leaning="o bu şu onlar bunlar onun bunun ancak ama fakat ayrıca bununla buna öte ve ise "
        "böylece daha aynı orada bunu",
        suffix_apostrophe=True,
    ),
    "uk": Language(
        stop_file="ukrainian.txt",
        abbreviations=f"{_RUSSIAN} грн рр мін",
        pronouns="він вона вони",
        leaning="воно це цей ця ці його її їх їхній їхня їхні той та ті але однак проте а і також "
        "крім_того тому отже тоді потім згодом водночас тим_часом при_цьому обидва обидві такий "
        "така такі",
    ),
    "zh": Language(
        stop_file="chinese.txt",
        leaning="他 她 它 这 那 其 但 不过 然而 因此 所以 此外 另外 同时 而且 并且",
    ),
}
UNKNOWN = Language()

UNSPACED = ("ja", "th", "zh")
"""Languages that set no space between words."""

BEFORE_NUMBERS = ("no", "nos", "art", "fig", "ind", "mo", "wash", "ore")
"""Abbreviations before a number only: before a capital they are words that end a sentence."""


def row(code: str) -> Language:
    """The row of an ISO 639-1 code; an empty one where the table has none."""
    return LANGUAGES.get(code, UNKNOWN)


def stop_words(code: str) -> frozenset[str]:
    """The function words of a language as they are written; empty where none are known.

    The files are read where sumy keeps them, since its own reader loads far more than this.
    """
    language = row(code)
    listed = set(language.stop_words.split())
    if language.stop_file:
        file = resources.files("sumy").joinpath("data", "stopwords", language.stop_file)
        listed.update(file.read_text(encoding="utf-8").split())
    return frozenset(listed.difference(language.kept.split()))
