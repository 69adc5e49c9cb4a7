"""How others read office files: python-docx, openpyxl, python-pptx, xlrd, pyxlsb
and LibreOffice. Each reader takes a path and gives the words in their order."""
import collections
import csv
import datetime
import io
import pathlib
import re
import subprocess
import sys
import tempfile
import unicodedata
import zipfile

REQUIREMENTS = {"python-docx": "docx", "openpyxl": "openpyxl", "python-pptx": "pptx", "xlrd": "xlrd", "pyxlsb": "pyxlsb"}
# LibreOffice without a network; some files make it take all the memory there is.
LIBREOFFICE = ["unshare", "--net", "prlimit", f"--as={4 << 30}", "soffice"]
# Cells as they show, every sheet in a file of its own.
AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,false,true,true,false,false,-1"


def converted(path, wanted, suffix):
    """What LibreOffice makes of it, without a network: name and content of each file."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*LIBREOFFICE, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", wanted, "--outdir", f"{folder}/made", path]
        try:
            subprocess.run(command, capture_output=True, timeout=120, check=False)
        except subprocess.TimeoutExpired:
            pass
        made = sorted(pathlib.Path(folder, "made").glob("*" + suffix))
        if not made:
            raise ValueError("LibreOffice does not open it")
        return {file.name: file.read_bytes() for file in made}


def exported(wanted, suffix):
    """LibreOffice's own text of a file, line by line, blanks at ends aside."""
    def read(path):
        files = converted(path, wanted, suffix)
        return [line.rstrip() for content in files.values() for line in content.decode("utf-8-sig", "replace").splitlines()]
    return read


SIGNS = {"tab": "\t", "br": "\n", "noBreakHyphen": "-"}


def in_word(path):
    """Every paragraph of every story; python-docx itself passes smart tags and text boxes over."""
    import docx

    def inside(story):
        for paragraph in story.iter("{*}p"):
            if not paragraph.tag.endswith("wordprocessingml/2006/main}p"):
                continue
            words, code, told = [], "", False
            for piece in paragraph.iter("{*}t", "{*}tab", "{*}br", "{*}noBreakHyphen", "{*}instrText", "{*}fldChar"):
                local = piece.tag.rsplit("}", 1)[-1]
                # What a reader that knows the alternative never reads; tabs of a style.
                above = {parent.tag.rsplit("}", 1)[-1] for parent in piece.iterancestors()}
                if above & {"Fallback", "pPr", "rPr"}:
                    continue
                # A page's number is each reader's own.
                if local == "fldChar":
                    told = piece.get(piece.tag.replace("fldChar", "fldCharType")) == "separate"
                    code = code if told else ""
                elif local == "instrText":
                    code += piece.text or ""
                elif not (told and code.split()[:1] in (["PAGE"], ["NUMPAGES"])):
                    words.append(piece.text or SIGNS.get(local, ""))
            yield "".join(words)

    document = docx.Document(as_document(path))
    found, stories = list(inside(document.element.body)), []
    for relation in document.part.rels.values():
        step = relation.reltype.rsplit("/", 1)[-1]
        if step in ("header", "footer", "footnotes", "endnotes", "comments"):
            part = relation.target_part
            element = part.element if hasattr(part, "element") else docx.oxml.parse_xml(part.blob)
            stories.append([f"[{step}] {words}" for words in inside(element) if words])
    return [words for words in sum(sorted(stories), found) if words]


def as_document(path):
    """Templates and documents with macros are not opened: called a plain one."""
    copy = io.BytesIO()
    with zipfile.ZipFile(path) as package, zipfile.ZipFile(copy, "w") as other:
        for name in package.namelist():
            content = package.read(name)
            if name == "[Content_Types].xml":
                main = rb"application/vnd\.[\w.-]+\.main\+xml"
                kind = b"presentationml.presentation" if b"/ppt/presentation.xml" in content else b"wordprocessingml.document"
                content = re.sub(main, b"application/vnd.openxmlformats-officedocument." + kind + b".main+xml", content)
            other.writestr(name, content)
    copy.seek(0)
    return copy


def in_book(path):
    import openpyxl

    with open(path, "rb") as file:
        book = openpyxl.load_workbook(file, data_only=True, keep_links=False)
    found = []
    for sheet in book.worksheets:
        if sheet.title in of_macros(path):
            continue
        found.append(f"{sheet.title} {sorted(map(str, sheet.merged_cells.ranges))}")
        for row in sheet.iter_rows():
            found.extend(f"{cell.coordinate}={cell.value!r} {cell.number_format}" for cell in row if cell.value is not None)
    return found


def of_macros(path):
    """Names of sheets that are macros, which openpyxl takes for sheets."""
    with zipfile.ZipFile(path) as package:
        relations = package.read("xl/_rels/workbook.xml.rels").decode()
        ids = set(re.findall(r'(?i)<Relationship\b(?=[^>]*macrosheet")[^>]*\bId="([^"]+)"', relations))
        sheets = re.findall(r'<sheet\b[^>]*\bname="([^"]+)"[^>]*\b\w+:id="([^"]+)"', package.read("xl/workbook.xml").decode())
    return {name for name, number in sheets if number in ids}


def in_slides(path):
    import pptx

    def inside(shapes):
        for shape in shapes:
            if shape.has_text_frame:
                yield shape.text_frame.text
            if getattr(shape, "has_table", False) and shape.has_table:
                yield from (cell.text for row in shape.table.rows for cell in row.cells)
            if hasattr(shape, "shapes"):
                yield from inside(shape.shapes)

    found = []
    for slide in pptx.Presentation(as_document(path)).slides:
        found.extend(inside(slide.shapes))
        if slide.has_notes_slide:
            found.extend(inside(slide.notes_slide.shapes))
    return found


READERS = {
    ".docx": in_word,
    ".xlsx": in_book,
    ".pptx": in_slides,
    ".odt": exported("txt:Text (encoded):UTF8", ".txt"),
    ".ods": exported(AS_CSV, ".csv"),
}


# Old files and binary workbooks, which come out as text


def missing_from_text(kind, path, text, left_out):
    """The first word or cell that others read in `path` and that is not in our text; empty: none.
    `left_out` names sheets that are no sheets of cells (macros)."""
    if kind in ("doc", "ppt"):
        wanted, suffix, reader = (("docx", ".docx", in_word), ("pptx", ".pptx", in_slides))[kind == "ppt"]
        with tempfile.TemporaryDirectory() as folder:
            modern = pathlib.Path(folder, "modern" + suffix)
            modern.write_bytes(next(iter(converted(path, wanted, suffix).values())))
            theirs = reader(modern)
        spoken = (re.sub(r"^\[\w+\] ", "", line) for line in theirs)
        missing = words_of("\n".join(spoken)) - words_of(text)
        return f"{len(missing)} words, such as {list(missing)[:5]!r}" if missing else ""
    ours = list(csv.reader(io.StringIO(text, newline="")))
    shown = shown_by_libreoffice(path)
    start, total, wrong = 0, 0, []
    for name, cells, dates in (sheets_of_xls if kind == "xls" else sheets_of_xlsb)(path):
        if name in left_out or not cells:
            continue
        heading = next((at for at in range(start, len(ours)) if ours[at] and ours[at][0].startswith(f"[{name}]") and len(ours[at]) == 1), None)
        if heading is not None:
            start = heading + 1
        for (row, column), value in sorted(cells.items()):
            total += 1
            mine = cell(ours, start + row, column)
            theirs = cell(shown.get(name, []), row, column)
            if bare(mine) != bare(theirs) and not reads_back(mine, value, dates):
                wrong.append(f"{name} {row + 1},{column + 1}: {value!r} ({theirs!r}) is {mine!r}")
    return f"{len(wrong)} of {total} cells: {'; '.join(wrong[:3])}" if wrong else ""


def words_of(text):
    return collections.Counter(re.findall(r"\w+", unicodedata.normalize("NFC", text)))


def sheets_of_xls(path):
    """Name, cells as they were saved, and where days are counted from."""
    import xlrd

    book = xlrd.open_workbook(str(path), logfile=io.StringIO())
    of_text, of_truth, of_error = xlrd.XL_CELL_TEXT, xlrd.XL_CELL_BOOLEAN, xlrd.XL_CELL_ERROR
    for sheet in book.sheets():
        cells = {}
        for row in range(sheet.nrows):
            for column in range(sheet.row_len(row)):
                kind, value = sheet.cell_type(row, column), sheet.cell_value(row, column)
                if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK) or (kind == of_text and not bare(value)):
                    continue
                if kind == of_error:
                    value = xlrd.error_text_from_code.get(value, value)
                cells[row, column] = bool(value) if kind == of_truth else value
        yield sheet.name, cells, book.datemode


def sheets_of_xlsb(path):
    import pyxlsb

    with pyxlsb.open_workbook(str(path)) as book:
        # Macros are no cells; xlrd passes them over itself.
        for name in (name for name, part in book._sheets if not part.startswith("macrosheets/")):
            with book.get_sheet(name) as sheet:
                found = [cell for row in sheet.rows(sparse=True) for cell in row if cell.v is not None]
                yield name, {(cell.r, cell.c): ERRORS.get(cell.v, cell.v) for cell in found if not isinstance(cell.v, str) or bare(cell.v)}, 0


ERRORS = {"0x0": "#NULL!", "0x7": "#DIV/0!", "0xf": "#VALUE!", "0x17": "#REF!", "0x1d": "#NAME?", "0x24": "#NUM!", "0x2a": "#N/A"}


def shown_by_libreoffice(path):
    """Rows by the name of their sheet, as LibreOffice shows them."""
    try:
        made = converted(path, AS_CSV, ".csv")
    except ValueError:
        return {}
    stem = path.stem + "-"
    return {name[len(stem) : -len(".csv")]: list(csv.reader(io.StringIO(content.decode("utf-8-sig", "replace"), newline=""))) for name, content in made.items()}


def cell(rows, row, column):
    return rows[row][column] if row < len(rows) and column < len(rows[row]) else ""


def bare(text):
    """Without blanks, signs that control, and the sign that disarms."""
    text = unicodedata.normalize("NFC", text).removeprefix("'")
    return "".join(sign for sign in text if not sign.isspace() and unicodedata.category(sign) not in ("Cc", "Cf"))


def reads_back(shown, value, dates):
    """Whether a reader of what is shown has the saved value: the text, the truth, the
    day and time, or the number to the places that are shown."""
    if isinstance(value, str):
        return bare(shown) == bare(value)
    if isinstance(value, bool):
        return shown == str(value).upper()
    if re.match(r"\d{4}-\d\d-\d\d", shown):
        moment = datetime.datetime.fromisoformat(shown)
        # To the unit that is shown.
        unit = 86_400 if len(shown) == 10 else 60 if len(shown) == 16 else 1
        return -1 < (day(value, dates) - moment).total_seconds() < unit
    figures = re.fullmatch(r"[$¥€£]?([-+]?[\d,]*)(\.\d*)?(?:E([-+]?\d+))?%?", bare(shown))
    if not figures or not any(sign.isdigit() for sign in shown):
        return False
    # The day of a month, alone.
    if re.fullmatch(r"\d\d", shown) and int(shown) == day(value, dates).day:
        return True
    number = float(bare(shown).replace(",", "").strip("$¥€£%"))
    value *= 100 if shown.endswith("%") else 1
    places = len((figures[2] or ".")[1:]) - int(figures[3] or 0)
    return abs(number - value) <= 0.5000001 * 10.0**-places + abs(value) * sys.float_info.epsilon


def day(value, dates):
    """Of a number, as Excel counts."""
    first = datetime.datetime(1904, 1, 1) if dates else datetime.datetime(1899, 12, 30 if value >= 61 else 31)
    return first + datetime.timedelta(days=value)


def first_difference(before, after):
    for one, other in zip(before, after):
        if one != other:
            at = next((at for at, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
            return f"{one[max(at - 20, 0):at + 60]!r} became {other[max(at - 20, 0):at + 60]!r}"
    if len(before) == len(after):
        return ""
    longer = (before, after)[len(after) > len(before)]
    return f"{len(before)} pieces became {len(after)}: {longer[min(len(before), len(after)):][:2]!r}"
