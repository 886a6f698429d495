"""Which words name a language, and which of two is the source where nobody has said it."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["KNOWN_PAIRS", "is_language", "names_a_side", "ordered"]

TWO_LETTERS = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el "
    "en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu "
    "ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na "
    "nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so "
    "sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
"""ISO 639-1."""
THREE_LETTERS = (
    "afr amh ara aze bel ben bos bul cat ces chi cmn cym cze dan deu dut ell eng epo est eus fas fin fra fre ger gle "
    "glg gre guj hau hbs heb hin hrv hun hye ibo ind isl ita jpn kan kat kaz khm kor lat lav lit mal mar mkd mlt mon "
    "msa mya nep nld nno nob nor pan per pol por pus ron rum rus sin slk slo slv som spa sqi srp swa swe tam tel tgl "
    "tha tur ukr urd uzb vie xho yor zho zul"
)
"""The usual ones of ISO 639-2 and 639-3."""
REGION = re.compile(r"[-_][a-z]{2,4}")
LANGUAGES = frozenset(f"{TWO_LETTERS} {THREE_LETTERS}".split())
KNOWN_PAIRS = (("src", "tgt"), ("source", "target"), ("src_text", "tgt_text"), ("source_text", "target_text"))
"""Words that say themselves which side they are."""


def is_language(word: str) -> bool:
    """Whether this is the code of a language: `de`, `deu`, `pt-BR`, `zh_Hans`."""
    code = word.lower()
    base = REGION.sub("", code, count=1) if REGION.fullmatch(code[2:]) or REGION.fullmatch(code[3:]) else code
    return base in LANGUAGES


def names_a_side(word: str) -> bool:
    """Whether a file that ends in this word holds one side of parallel text."""
    return is_language(word) or any(word in pair for pair in KNOWN_PAIRS)


def ordered(sides: Iterable[str], names: Iterable[str]) -> tuple[str, str] | None:
    """Two sides as (source, target); None where there are not two.

    The words that say it decide; then a name that holds both (`europarl.de-en`, `wmt16_en_de`); then English is
    the source, or else the first of the alphabet.

    Args:
        sides: the words of the sides.
        names: what else is called something here: the data, its files.
    Example:
        >>> ordered(["de", "en"], ["multi30k"]), ordered(["de", "en"], ["news.de-en"])
        (('en', 'de'), ('de', 'en'))
    """
    found = sorted({*sides})
    if len(found) != 2:
        return None
    a, b = found
    for pair in ((a, b), (b, a)):
        if pair in KNOWN_PAIRS:
            return pair
    for name in names:
        for first, second in ((a, b), (b, a)):
            if re.search(rf"(?<![a-z]){re.escape(first)}[-_2]{re.escape(second)}(?![a-z])", name.lower()):
                return first, second
    is_english = [re.split("[-_]", side)[0] in ("en", "eng") for side in found]
    return (b, a) if is_english[1] and not is_english[0] else (a, b)
