"""The same invented stories, written in every format that newsmill reads."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import json
import random
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from html import escape
from typing import Any

SYLLABLES = [
    "ar", "bel", "cor", "dan", "est", "far", "gol", "hes", "im", "jor",
    "kal", "lem", "mir", "nor", "os", "pel", "qui", "ras", "sol", "tan",
]  # fmt: skip
VERBS = ["rejects", "approves", "delays", "opens", "closes", "funds", "inspects", "sells"]
THINGS = ["harbour", "treaty", "railway", "budget", "school", "bridge", "market", "reservoir"]
OFFICES = ["council", "ministry", "union", "court", "assembly", "commission"]


def story(draw: random.Random) -> tuple[str, str]:
    """Return an invented headline and a body of about 2,000 characters about the same thing."""

    def name() -> str:
        return "".join(draw.choice(SYLLABLES) for _ in range(3)).capitalize()

    place, person, thing = name(), name(), draw.choice(THINGS)
    verb, office = draw.choice(VERBS), draw.choice(OFFICES)

    def sentence() -> str:
        return draw.choice(
            (
                f"The {office} of {place} said on Monday that the {thing} would cost "
                f"{draw.randrange(2, 900)} million.",
                f"{person}, who leads the {office}, told reporters that work on the {thing} had "
                f"begun {draw.randrange(2, 30)} days ago.",
                f"Residents of {place} have waited for the {thing} since {name()} {name()} "
                "promised it.",
                f"It was not clear when the {office} would meet again, {person} added.",
            )
        )

    body = "\n".join(" ".join(sentence() for _ in range(4)) for _ in range(5))
    return f"{place} {office} {verb} {thing} plan of {person}".title(), body


Story = dict[str, Any]


def stories(count: int) -> list[Story]:
    """Return invented stories: title, paragraphs, author, source, url and day."""
    draw = random.Random(3)
    found = []
    for number in range(count):
        title, body = story(draw)
        found.append(
            {
                "id": f"n{number}",
                "title": title,
                "paragraphs": body.split("\n"),
                "author": "Ann Lee",
                "source": "Ellery Post",
                "url": f"https://ellery.example/{number}",
                "day": f"2024-05-{1 + number % 28:02d}",
            }
        )
    return found


def _record(one: Story) -> dict[str, str]:
    return {
        "title": one["title"],
        "maintext": "\n".join(one["paragraphs"]),
        "authors": one["author"],
        "source_domain": one["source"],
        "url": one["url"],
        "date_publish": one["day"],
    }


def _html(one: Story) -> str:
    paragraphs = "".join(f"<p>{escape(p)}</p>" for p in one["paragraphs"])
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{escape(one["title"])} - Ellery Post</title>'
        f'<meta property="article:published_time" content="{one["day"]}T08:00:00Z">'
        f'<link rel="canonical" href="{one["url"]}"></head><body><nav><ul><li><a href="/">Home</a>'
        f'</li><li><a href="/news">News</a></li></ul></nav><article><h1>{escape(one["title"])}</h1>'
        f'<p class="byline">By {one["author"]}</p>{paragraphs}</article><footer>Ellery Post 2024'
        "</footer></body></html>"
    )


def _xml_paragraphs(one: Story) -> str:
    return "".join(f"<p>{escape(p)}</p>" for p in one["paragraphs"])


def write_jsonl(all_: list[Story]) -> bytes:
    return "".join(json.dumps(_record(one)) + "\n" for one in all_).encode()


def write_json(all_: list[Story]) -> bytes:
    return json.dumps([_record(one) for one in all_], indent=1).encode()


def write_csv(all_: list[Story]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(_record(all_[0])))
    writer.writeheader()
    writer.writerows(map(_record, all_))
    return out.getvalue().encode()


def write_parquet(all_: list[Story]) -> bytes:
    import polars as pl

    out = io.BytesIO()
    pl.DataFrame([_record(one) for one in all_]).write_parquet(out)
    return out.getvalue()


def write_txt(all_: list[Story]) -> bytes:
    return "".join(
        f"{one['title']}\n" + "\n".join(one["paragraphs"]) + "\n" for one in all_
    ).encode()


def write_html(all_: list[Story]) -> bytes:
    """As a zip archive of pages, because a page is a dump."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, one in enumerate(all_):
            archive.writestr(f"{number}.html", _html(one))
    return out.getvalue()


def write_warc(all_: list[Story]) -> bytes:
    out = io.BytesIO()
    for one in all_:
        page = _html(one).encode()
        http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page
        head = (
            "WARC/1.0\r\nWARC-Type: response\r\n"
            "Content-Type: application/http; msgtype=response\r\n"
            f"WARC-Record-ID: <urn:uuid:{one['id']}>\r\nWARC-Date: 2024-06-01T00:00:00Z\r\n"
            f"WARC-Target-URI: {one['url']}\r\nContent-Length: {len(http)}\r\n\r\n"
        )
        out.write(head.encode() + http + b"\r\n\r\n")
    return out.getvalue()


def write_feed(all_: list[Story]) -> bytes:
    items = "".join(
        f"<item><title>{escape(one['title'])}</title><link>{one['url']}</link>"
        f"<guid>{one['id']}</guid><pubDate>Tue, 14 May 2024 10:00:00 GMT</pubDate>"
        f"<description>{escape(_xml_paragraphs(one))}</description></item>\n"
        for one in all_
    )
    return (
        '<?xml version="1.0"?><rss version="2.0"><channel><title>Ellery Post</title>'
        f"{items}</channel></rss>"
    ).encode()


def write_nitf(all_: list[Story]) -> bytes:
    items = "".join(
        f'<nitf><head><docdata><doc-id id-string="{one["id"]}"/><date.issue norm="{one["day"]}"/>'
        f"</docdata></head><body><body.head><hedline><hl1>{escape(one['title'])}</hl1></hedline>"
        f"<byline>By {one['author']}</byline></body.head><body.content>{_xml_paragraphs(one)}"
        "</body.content></body></nitf>\n"
        for one in all_
    )
    return f'<?xml version="1.0"?><feed-of-items>{items}</feed-of-items>'.encode()


def write_newsml_g2(all_: list[Story]) -> bytes:
    items = "".join(
        f'<newsItem guid="{one["id"]}" version="1"><itemMeta><versionCreated>{one["day"]}T10:00:00Z'
        f"</versionCreated></itemMeta><contentMeta><headline>{escape(one['title'])}</headline>"
        f"<by>{one['author']}</by></contentMeta><contentSet><inlineXML><html><body>"
        f"{_xml_paragraphs(one)}</body></html></inlineXML></contentSet></newsItem>\n"
        for one in all_
    )
    return (
        '<?xml version="1.0"?><newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><itemSet>'
        f"{items}</itemSet></newsMessage>"
    ).encode()


def write_xml(all_: list[Story]) -> bytes:
    """As nobody in particular writes it."""
    return (
        "<archive>"
        + "".join(
            f'<article id="{one["id"]}" date="{one["day"]}"><headline>{escape(one["title"])}'
            f"</headline><author>{one['author']}</author><text>{_xml_paragraphs(one)}</text>"
            "</article>\n"
            for one in all_
        )
        + "</archive>"
    ).encode()


def write_conllu(all_: list[Story]) -> bytes:
    out = []
    for one in all_:
        out.append(f"# newdoc id = {one['id']}\n# meta::title = {one['title']}\n")
        for paragraph in one["paragraphs"]:
            words = paragraph.split()
            out.append(f"# newpar\n# text = {paragraph}\n")
            out += [f"{n}\t{word}" + "\t_" * 8 + "\n" for n, word in enumerate(words, start=1)]
            out.append("\n")
    return "".join(out).encode()


def write_lexisnexis(all_: list[Story]) -> bytes:
    return "\n\n\n".join(
        f"                        {number} of {len(all_)} DOCUMENTS\n\n\n"
        f"                              {one['source']}\n\n"
        "                             May 14, 2024 Tuesday\n\n"
        f"{one['title']}\n\nBYLINE: {one['author']}\n\nLENGTH: 300 words\n\n"
        + "\n\n".join(one["paragraphs"])
        + "\n\nLOAD-DATE: May 15, 2024\n\nLANGUAGE: ENGLISH\n"
        for number, one in enumerate(all_, 1)
    ).encode()


def write_factiva(all_: list[Story]) -> bytes:
    return "\n".join(
        f"HD  {one['title']}\nBY  {one['author']}\nWC  300 words\nPD  14 May 2024\n"
        f"SN  {one['source']}\nLA  English\n\nLP\n{one['paragraphs'][0]}\n\nTD\n"
        + "\n\n".join(one["paragraphs"][1:])
        + f"\n\nAN  Document ELPO0000202405{number:06d}\n\n"
        for number, one in enumerate(all_)
    ).encode()


def write_factiva_html(all_: list[Story]) -> bytes:
    """Half of the stories with the codes of fields, half without."""
    out = []
    for at, one in enumerate(all_):
        number = f"ELPO0000202405{at:06d}"
        text = "".join(
            f'<p class="articleParagraph enarticleParagraph">{escape(p)}</p>\n'
            for p in one["paragraphs"]
        )
        if at % 2:
            fields = {
                "HD": f"<b class='enHeadline'>{escape(one['title'])}</b>", "BY": one["author"],
                "WC": "300 words", "PD": "14 May 2024", "SN": one["source"], "LA": "English",
                "TD": text, "AN": f"Document {number}",
            }  # fmt: skip
            rows = "".join(
                f'<tr><td align="right" class="index"><b>{code}</b>&nbsp;</td><td>{value}</td></tr>'
                for code, value in fields.items()
            )
            out.append(f'<div class="article enArticle"><table>{rows}</table><br/></div>')
        else:
            out.append(
                f'<div id="article-{number}" class="article"><div class="article enArticle"><p>\n'
                f'<div id="hd"><span class="enHeadline">{escape(one["title"])}</span></div>'
                f'<div class="author">{one["author"]}</div><div>300 words</div><div>14 May 2024'
                f"</div><div>{one['source']}</div><div>ELPO</div><div>English</div><div>(c) 2024 "
                f"Ellery Media</div></p>{text}<p>Document {number}</p></div></div>"
            )
    articles = "<br/><span></span>".join(out)
    return f"<html><head><title>Factiva</title></head><body>{articles}</body></html>".encode()


def write_factiva_xml(all_: list[Story]) -> bytes:
    def paragraphs(lines: list[str]) -> str:
        return "".join(
            f'<paragraph display="Proportional" truncation="None">{escape(line)}</paragraph>'
            for line in lines
        )

    articles = "".join(
        f"<ppsarticle><article><accessionNo>ELPO0000202405{at:06d}</accessionNo><baseLanguage>EN"
        f"</baseLanguage><byline>{one['author']}</byline><headline>{paragraphs([one['title']])}"
        f"</headline><leadParagraph>{paragraphs(one['paragraphs'][:1])}</leadParagraph>"
        f"<publicationDate><date>{one['day']}</date></publicationDate><sourceName>{one['source']}"
        f"</sourceName><tailParagraphs>{paragraphs(one['paragraphs'][1:])}</tailParagraphs>"
        "</article></ppsarticle>\n"
        for at, one in enumerate(all_)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<PPSResponse><ppsArticleResponse>'
        f'<ppsarticleResultSet count="{len(all_)}">{articles}</ppsarticleResultSet>'
        "</ppsArticleResponse></PPSResponse>"
    ).encode()


def write_proquest(all_: list[Story]) -> bytes:
    def field(label: str, value: str) -> str:
        return f'<p style="margin-bottom:5pt;"><strong>{label}: </strong>{value}</p>'

    documents = "".join(
        f'<div style="margin-bottom:20px;padding-bottom:5px"><a name="DocID_MSTAR_{at:09d}"></a>'
        f'<p style="padding:0;font-size:11pt;font-weight:bold;">{escape(one["title"])}</p>'
        f"{field('Author', one['author'])}<p><a href='#'>ProQuest document link</a></p>"
        f'<p><strong>Full text: </strong><Text WordCount="300" HTMLContent="true"><html><head>'
        f"<title></title></head><body>{_xml_paragraphs(one)}</body></html></Text></p>"
        f"{field('Publication title', one['source'] + '; Ellery')}"
        f"{field('Publication date', 'May 14, 2024')}{field('Language of publication', 'English')}"
        f"{field('ProQuest document ID', f'{at:09d}')}{field('Database', 'Ellery News')}</div>"
        for at, one in enumerate(all_)
    )
    return (
        "<html><head><title>ProQuest Export</title></head><body><p>Ann sent you the following:</p>"
        f'{documents}<div class="copyright"><p>Contact ProQuest</p></div></body></html>'
    ).encode()


def write_proquest_txt(all_: list[Story]) -> bytes:
    rule = "_" * 60 + "\n\n"
    documents = "".join(
        f"{rule}Document {at + 1} of {len(all_)}\n\n{one['title']}\n\n"
        f"https://www.proquest.com/docview/{at:09d}\n\nAuthor: {one['author']}\n\n"
        f"Abstract: None available.\n\nFull text: {chr(10).join(one['paragraphs'])}\n\n"
        f"Title: {one['title']}\n\nPublication title: {one['source']}; Ellery\n\n"
        f"Publication date: May 14, 2024\n\nProQuest document ID: {at:09d}\n\n"
        "Database: Ellery News\n\n"
        for at, one in enumerate(all_)
    )
    return f"{documents}{rule}Database copyright 2024 ProQuest LLC. All rights reserved.\n".encode()


def write_mail(all_: list[Story]) -> bytes:
    out = []
    for one in all_:
        message = EmailMessage(policy=email.policy.default)
        message["From"] = f"{one['author']} <ann@ellery.example>"
        message["To"] = "desk@ellery.example"
        message["Subject"] = one["title"]
        message["Date"] = "Tue, 14 May 2024 10:00:00 +0000"
        message["Message-ID"] = f"<{one['id']}@ellery.example>"
        message.set_content("\n\n".join(one["paragraphs"]))
        out.append(
            b"From ann@ellery.example Tue May 14 10:00:00 2024\n" + message.as_bytes() + b"\n"
        )
    return b"".join(out)


def write_docx(all_: list[Story]) -> bytes:
    import docx

    document = docx.Document()
    for one in all_:
        for text in (one["title"], one["source"], "May 14, 2024 Tuesday", "Length: 300 words"):
            document.add_paragraph(text)
        document.add_paragraph("Body")
        for paragraph in one["paragraphs"]:
            document.add_paragraph(paragraph)
        document.add_paragraph("Load-Date: May 15, 2024")
        document.add_paragraph("End of Document")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def write_rtf(all_: list[Story]) -> bytes:
    lines = []
    for one in all_:
        lines += [one["title"], one["source"], "May 14, 2024 Tuesday", "Length: 300 words", "Body"]
        lines += [*one["paragraphs"], "Load-Date: May 15, 2024", "End of Document"]
    return ("{\\rtf1\\ansi " + "\\par\n".join(lines) + "}").encode("ascii", "replace")


def write_newsml1(all_: list[Story]) -> bytes:
    items = "".join(
        f"<NewsItem><Identification><NewsIdentifier><PublicIdentifier>{one['id']}"
        "</PublicIdentifier></NewsIdentifier></Identification><NewsManagement><FirstCreated>"
        f"{one['day'].replace('-', '')}T100000Z</FirstCreated></NewsManagement><NewsComponent>"
        f"<NewsLines><HeadLine>{escape(one['title'])}</HeadLine><ByLine>{one['author']}</ByLine>"
        f"</NewsLines><ContentItem><DataContent>{_xml_paragraphs(one)}</DataContent></ContentItem>"
        "</NewsComponent></NewsItem>\n"
        for one in all_
    )
    return f'<?xml version="1.0"?><NewsML><NewsEnvelope/>{items}</NewsML>'.encode()


def write_reuters_sgml(all_: list[Story]) -> bytes:
    stories = "".join(
        f'<REUTERS TOPICS="YES" LEWISSPLIT="TRAIN" NEWID="{number}">\n<DATE>14-MAY-1987 '
        f"10:00:00.00</DATE>\n<TEXT>&#2;\n<TITLE>{escape(one['title'])}</TITLE>\n<BODY>"
        + "\n".join(f"    {escape(paragraph)}" for paragraph in one["paragraphs"])
        + "\n Reuter\n&#3;</BODY></TEXT>\n</REUTERS>\n"
        for number, one in enumerate(all_, 1)
    )
    return f'<!DOCTYPE lewis SYSTEM "lewis.dtd">\n{stories}'.encode()


def write_ninjs(all_: list[Story]) -> bytes:
    items = [
        {
            "uri": one["id"],
            "type": "text",
            "versioncreated": f"{one['day']}T10:00:00Z",
            "pubstatus": "usable",
            "headline": one["title"],
            "byline": one["author"],
            "body_xhtml": _xml_paragraphs(one),
        }
        for one in all_
    ]
    return json.dumps({"items": items}, indent=1).encode()


def write_iptc7901(all_: list[Story]) -> bytes:
    return "".join(
        f"\x16\x01a{number:04d}\x1fellery\nr a\x13\x11 BC-VA--Story     05-14 0300\n"
        f"\x02^BC-VA--Story {number},300<\n^{one['title']}<\n^By {one['author']}=\n"
        + "".join(f"\t   {paragraph}\n" for paragraph in one["paragraphs"])
        + "\n\t   \x03EP-WF-05-14-24 1000GMT<\n\n\x04\n"
        for number, one in enumerate(all_)
    ).encode()


def write_lexisnexis_html(all_: list[Story]) -> bytes:
    def line(text: str) -> str:
        return f'<BR><DIV CLASS="c0"><P CLASS="c1"><SPAN>{escape(text)}</SPAN></P>\n</DIV>\n'

    documents = "\n".join(
        f'<A NAME="DOC_ID_0_{number - 1}"></A><!-- Hide XML section from browser\n'
        f"<DOC NUMBER={number}>\n<DOCFULL> -->\n"
        + line(f"{number} of {len(all_)} DOCUMENTS")
        + line(one["source"])
        + line("May 14, 2024 Tuesday")
        + line(one["title"])
        + line(f"BYLINE: {one['author']}")
        + f'<BR><DIV CLASS="c5">{_xml_paragraphs(one).replace("p>", "P>")}</DIV>\n'
        + line("LANGUAGE: ENGLISH")
        + "<!-- Hide XML section from browser\n</DOCFULL>\n</DOC> -->"
        for number, one in enumerate(all_, 1)
    )
    head = f'<META TOPIC="null" DOCUMENTS="{len(all_)}" UPDATED="May 19, 2024" />'
    return f"<HTML>\n<HEAD>\n{head}</HEAD>\n<BODY>\n{documents}\n</BODY></HTML>\n".encode()


Write = Callable[[list[Story]], bytes]

FORMATS: dict[str, tuple[str, Write]] = {
    # by format: the suffix of a file, and what writes it
    "jsonl": ("jsonl", write_jsonl),
    "json": ("json", write_json),
    "csv": ("csv", write_csv),
    "parquet": ("parquet", write_parquet),
    "txt": ("txt", write_txt),
    "html": ("zip", write_html),
    "warc": ("warc", write_warc),
    "feed": ("xml", write_feed),
    "nitf": ("xml", write_nitf),
    "newsml-g2": ("xml", write_newsml_g2),
    "xml": ("xml", write_xml),
    "conllu": ("conllu", write_conllu),
    "lexisnexis": ("txt", write_lexisnexis),
    "factiva-txt": ("txt", write_factiva),
    "factiva-html": ("html", write_factiva_html),
    "proquest": ("html", write_proquest),
    "proquest-txt": ("txt", write_proquest_txt),
    "factiva-xml": ("xml", write_factiva_xml),
    "newsml1": ("xml", write_newsml1),
    "reuters-sgml": ("sgm", write_reuters_sgml),
    "ninjs": ("json", write_ninjs),
    "iptc7901": ("txt", write_iptc7901),
    "lexisnexis-html": ("html", write_lexisnexis_html),
    "mail": ("mbox", write_mail),
    "docx": ("docx", write_docx),
    "rtf": ("rtf", write_rtf),
}
