"""Other people's readers: python-docx, openpyxl, python-pptx, pdftotext,
LibreOffice, Pillow. What they read before and after must be the same."""
import io
import pathlib
import subprocess
import tempfile


def docx(data):
    import docx as python_docx
    document = python_docx.Document(io.BytesIO(data))
    lines = [paragraph.text for paragraph in document.paragraphs]
    return lines + [cell.text for table in document.tables for row in table.rows for cell in row.cells]


def xlsx(data):
    import openpyxl
    book = openpyxl.load_workbook(io.BytesIO(data))
    return [(sheet.title, cell.coordinate, cell.value) for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None]


def pptx(data):
    import pptx as python_pptx
    show = python_pptx.Presentation(io.BytesIO(data))
    return [shape.text_frame.text for slide in show.slides for shape in slide.shapes if shape.has_text_frame]


def pdf(data):
    """White space aside: where a line breaks is a matter of the layout."""
    done = subprocess.run(["pdftotext", "-enc", "UTF-8", "-", "-"], input=data, capture_output=True, check=True)
    return "".join(done.stdout.decode().split())


def png(data):
    from PIL import Image
    with Image.open(io.BytesIO(data)) as picture:
        return picture.size, picture.convert("RGB").tobytes()


READERS = {"docx": docx, "xlsx": xlsx, "pptx": pptx, "pdf": pdf, "png": png}


def printed(name, data):
    """What LibreOffice prints of an office file, as pdftotext reads it."""
    import hostile
    with tempfile.TemporaryDirectory(prefix="skm-print-") as folder:
        source = pathlib.Path(folder, "file." + name.rsplit(".", 1)[-1])
        source.write_bytes(data)
        return pdf(hostile.as_pdf(source, folder).read_bytes())
