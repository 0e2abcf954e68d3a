"""The reader of a user's own table: any bytes in, clean points or one clear sentence out.

Sentences quote names and cells as plain text, shortened; whoever shows them as Markdown escapes
them. Nothing here guesses silently: what was decided is in the notes, what cannot be decided is
refused.
"""

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MAX_BYTES = 50_000_000
MAX_COLUMNS = 200
LIMIT = 1e50  # the largest magnitude: its fourth power still fits, so that squares of squares do

_MAX_LINE = 1_000_000
_NAME_LENGTH = 60
_CELL_LENGTH = 30
_SAMPLE = 100
_BATCH = 5_000

_SEPARATORS = ("\t", ";", "|", ",", " ")
_MISSING = {"", "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "?", "–", "—", "."}

_DASHES = re.compile(r"-+")
_POINT_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_COMMA_NUMBER = re.compile(r"[+-]?(?:[0-9]+,[0-9]*|,[0-9]+)(?:[eE][+-]?[0-9]+)?")
_EITHER_WAY = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")  # 1,234: thousands or decimals?
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:[ .,'’\u00a0\u2009\u202f][0-9]{3})+(?:[.,][0-9]+)?")
_INFINITE = re.compile(r"[+-]?(?:inf|infinity|∞)", re.IGNORECASE)
_PLAIN = re.compile(r"[0-9+\-. eE\n]*")
_PLAIN_BLOCK = re.compile(r"[0-9+\-.,;|\t eE\n]*")
_DECLARED = re.compile(r'"?sep=([\t;|, ])"?\s*', re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")

_MAGIC = (
    (b"\xd0\xcf\x11\xe0", "an Excel workbook: save it as CSV first"),
    (b"\x89PNG", "a picture; expected a text file such as CSV"),
    (b"\xff\xd8\xff", "a picture; expected a text file such as CSV"),
    (b"GIF8", "a picture; expected a text file such as CSV"),
    (b"%PDF", "a PDF document; expected a text file such as CSV"),
    (b"\x1f\x8b", "a compressed file: unpack it first"),
    (b"PAR1", "a Parquet file: save it as CSV first"),
)
_MARKS = (  # a byte order mark; UTF-32 begins like UTF-16 and so is asked first
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)

_WORDS = 60  # different words up to which a column of text is kept
_NUMBER = "expected a number."
_FINITE = "which is infinite; expected a finite number."
_SMALLER = f"too large to square; values up to {LIMIT:.0e} work.".replace("e+", "e")
_OTHER_MARK = "but other numbers have a decimal comma; expected one kind throughout."
_UNGROUPED = "expected a number without thousands separators, such as 1234.5."


class TableError(ValueError):
    """A table cannot be used; the message is the one sentence to show."""


@dataclass(frozen=True, eq=False)
class Column:
    """One column: its numbers, NaN where a value is missing, or why it has none to offer.

    `numbers` is None for a column of text; `problem` is the sentence `points` raises, if any.
    `words` are the cells of a column with text in which few words repeat, empty where one is
    missing.

    Shape: `numbers` is read-only, (rows,).
    """

    name: str
    numbers: Array | None
    problem: str | None = None
    words: tuple[str, ...] | None = None


@dataclass(frozen=True, eq=False)
class Table:
    """A table as read: columns of unique names, and in `notes` what was decided on the way."""

    columns: tuple[Column, ...]
    rows: int
    notes: tuple[str, ...] = ()
    name: str = "Your table"


@dataclass(frozen=True, eq=False)
class Points:
    """Finite points, at least one, and what to say about them.

    Shape: `x` and `y` are read-only float64, (n,).
    """

    x: Array
    y: Array
    x_label: str
    y_label: str
    notes: tuple[str, ...] = ()


def read_table(content: bytes | str, name: str = "your table") -> Table:
    """Read a table of text in whatever dialect it is written.

    Raises: `TableError`, and nothing else, whatever the bytes.
    """
    who = _subject(name)
    raw = _checked_bytes(content, who)
    encoding, notes = _encoding(raw, who)
    separator, declared = _separator(raw, encoding)
    for quick in (True, False):
        source = _Source(_lines(raw, encoding), separator)
        if declared:
            source.skip_declaration()
        table = _table(source, who, notes, quick)
        if table is not None:
            return table
    raise AssertionError("reading carefully ends in a table or an error")


def numeric_columns(table: Table) -> tuple[str, ...]:
    """Return the names of the columns meant as numbers; the first two are the default x and y."""
    return tuple(column.name for column in table.columns if column.numbers is not None)


def points(table: Table, x: str | int | None = None, y: str | int | None = None) -> Points:
    """Return the points of two columns, by name or index; without them, the first two of numbers.

    Raises: `TableError` if a column is missing or unusable, or no row has both numbers.
    """
    numeric = numeric_columns(table)
    if (x is None or y is None) and len(numeric) < 2:
        raise TableError(_too_few(table, len(numeric)))
    across = _column(table, numeric[0] if x is None else x)
    up = _column(table, numeric[1] if y is None else y)
    return _points(_usable(across), _usable(up), across.name, up.name, table.notes)


def points_from_rows(
    rows: Iterable[Sequence[object]], x_label: str = "x", y_label: str = "y"
) -> Points:
    """Return the points of (x, y) pairs from an editor, where None is an empty cell.

    Raises: `TableError` naming the row, counted from 1, and the column.
    """
    across, up = (_ColumnDraft(_shown(label, _NAME_LENGTH)) for label in (x_label, y_label))
    for number, row in enumerate(rows, start=1):
        if len(row) != 2:
            raise TableError(f"Row {number} has {_count(len(row), 'cell')}; expected 2.")
        cells = [_as_cell(value) for value in row]
        if not all(map(_is_missing, cells)):
            across.add([number], cells[:1])
            up.add([number], cells[1:])
    _settle_decimal_marks([across, up], trusted=False)
    if not across.chunks:
        raise TableError("The table is empty; expected at least one row of two numbers.")
    return _points(_usable(across.column()), _usable(up.column()), across.name, up.name, ())


# From bytes to lines -----------------------------------------------------------------------------


def _checked_bytes(content: bytes | str, who: str) -> bytes:
    if len(content) > MAX_BYTES:
        raise TableError(f"{who} is too large; up to {MAX_BYTES // 1_000_000} MB can be read.")
    if not content.strip():
        raise TableError(f"{who} is empty; expected a header row and rows of numbers.")
    if isinstance(content, str):
        return content.encode("utf-8", "backslashreplace")  # a lone surrogate has no bytes
    return content


def _encoding(raw: bytes, who: str) -> tuple[str, tuple[str, ...]]:
    """Return the encoding of the text and a note if it had to be guessed."""
    _refuse_known_formats(raw, who)
    _refuse_endless_lines(raw, who)
    marked = _marked_encoding(raw)
    for encoding in (marked,) if marked else ("utf-8", "cp1252", "latin-1"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _is_binary(text):
            raise TableError(f"{who} is not text; expected a text file such as CSV.")
        guessed = encoding in ("cp1252", "latin-1")
        note = "The text is not UTF-8 and was read as Windows-1252 (Latin-1): check the names."
        return encoding, (note,) if guessed else ()
    kind = str(marked).removesuffix("-sig").upper()
    raise TableError(f"{who} begins like {kind} text but is damaged: save it as UTF-8 once more.")


def _refuse_known_formats(raw: bytes, who: str) -> None:
    if raw.startswith(b"PK\x03\x04"):
        workbook = b"xl/" in raw or b"opendocument.spreadsheet" in raw[:200]
        kind = "an Excel workbook: save it as CSV" if workbook else "a ZIP archive: unpack it"
        raise TableError(f"{who} looks like {kind} first.")
    for magic, kind in _MAGIC:
        if raw.startswith(magic):
            raise TableError(f"{who} looks like {kind}.")


def _refuse_endless_lines(raw: bytes, who: str) -> None:
    """Refuse a line that could hold millions of cells, before anything splits it."""
    start = 0
    while len(raw) - start > _MAX_LINE:
        stop = start + _MAX_LINE + 1
        end = max(raw.rfind(b"\n", start, stop), raw.rfind(b"\r", start, stop))
        if end < 0:
            raise TableError(f"{who} has a line of over a million bytes; expected rows of cells.")
        start = end + 1


def _marked_encoding(raw: bytes) -> str | None:
    """Return the encoding its byte order mark names, or UTF-16 told by its many zero bytes."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return encoding
    even, odd = raw[0:2000:2], raw[1:2000:2]
    if len(raw) % 2:
        return None
    if 0 not in even and odd.count(0) > 0.4 * len(even):
        return "utf-16-le"
    if 0 not in odd and even.count(0) > 0.4 * len(even):
        return "utf-16-be"
    return None


def _is_binary(text: str) -> bool:
    """Tell text by its few control characters; a stray one or two may come with any file."""
    start = text[:100_000]
    return "\x00" in text or len(_CONTROL.findall(start)) > max(2.0, 0.01 * len(start))


def _lines(raw: bytes, encoding: str) -> Iterator[str]:
    """Decode line by line: LF, CR and CRLF all come out as LF."""
    return io.TextIOWrapper(io.BytesIO(raw), encoding=encoding)


# From lines to cells -----------------------------------------------------------------------------

Row = tuple[int, list[str]]  # its number in the file, counting from 1, and its cells


def _separator(raw: bytes, encoding: str) -> tuple[str, bool]:
    """Return what separates the cells, and whether the first line declares it ("sep=;")."""
    filled = (line for line in _lines(raw, encoding) if not line.isspace())
    sample = [line[:5_000] for line in itertools.islice(filled, _SAMPLE)]
    declared = _DECLARED.fullmatch(sample[0]) if sample else None
    if declared:
        return declared[1], True
    tidiness = {separator: _tidiness(sample, separator) for separator in _SEPARATORS}
    best = max(tidiness, key=tidiness.__getitem__)
    return (best if tidiness[best] > 0.0 else ","), False


def _tidiness(sample: list[str], separator: str) -> float:
    """Score a separator: the share of rows of the usual width plus the share of numbers in them.

    Numbers decide between "1,5;2,5" read at its semicolons and at its commas: both are even.
    """
    lines = _spaced(sample, separator)
    try:
        reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
        rows = [row for row in reader if any(row)]
    except csv.Error:
        return 0.0
    if not rows:
        return 0.0
    width, often = Counter(map(len, rows)).most_common(1)[0]
    if width < 2:
        return 0.0
    cells = [cell for row in rows[1:] or rows for cell in row][:2_000]
    return often / len(rows) + sum(map(_numberlike, cells)) / len(cells)


def _spaced(lines: Iterable[str], separator: str) -> Iterable[str]:
    """Prepare lines for the separator: a space stands for any run of spaces and tabs."""
    if separator != " ":
        return lines
    return (line.replace("\t", " ").rstrip() for line in lines)


@dataclass
class _Source:
    """The lines of a file, taken in blocks, and the number of the last row taken."""

    lines: Iterator[str]
    separator: str
    row: int = 0
    saw_points: bool = False  # a decimal point was among the numbers taken as a whole

    def skip_declaration(self) -> None:
        """Pass the first line that is not blank."""
        for line in self.lines:
            self.row += 1
            if not line.isspace():
                break

    def blocks(self) -> Iterator[list[str]]:
        while block := list(itertools.islice(self.lines, _BATCH)):
            yield block

    def first_rows(self) -> list[Row]:
        """Return the rows of as many blocks as it takes to see a header and a row below it."""
        rows: list[Row] = []
        for block in self.blocks():
            rows += self.rows(block)
            if len(rows) > 1:
                break
        return rows

    def rows(self, block: list[str]) -> list[Row]:
        """Split a block, and what a quoted cell at its end runs on into, into rows not blank."""
        if "".join(block).isspace():
            self.row += len(block)
            return []
        lines = _spaced(itertools.chain(block, self.lines), self.separator)
        reader = csv.reader(lines, delimiter=self.separator, skipinitialspace=True, strict=True)
        found = []
        try:
            while reader.line_num < len(block):
                row = next(reader)
                self.row += 1
                if any(row):
                    found.append((self.row, self._bounded(row)))
        except csv.Error:
            where = f"Row {self.row + 1} cannot be split into cells"
            raise TableError(f"{where}; expected quotation marks around whole cells.") from None
        return found

    def _bounded(self, row: list[str]) -> list[str]:
        """Cut empty cells off a row of too many, which spreadsheets may write by the thousand."""
        if len(row) <= MAX_COLUMNS:
            return row
        cells = len(_trimmed(row))
        if cells > MAX_COLUMNS:
            raise TableError(f"Row {self.row} has {cells} cells; up to {MAX_COLUMNS} columns work.")
        return row[:MAX_COLUMNS]

    def numbers(self, block: list[str], width: int, decimal_comma: bool) -> Array | None:
        """Return a block of nothing but plain numbers, shape (rows, width), at full speed.

        None asks for a careful reading: whatever could be missing, too large or misread is left
        to it. Only ASCII digits and signs pass, so no parser sees the "1_000" it might take.
        """
        text = "".join(block)
        commas = self.separator != "," and "," in text
        if (commas and not decimal_comma) or not _PLAIN_BLOCK.fullmatch(text) or text.isspace():
            return None
        lines = [line.replace(",", ".") for line in block] if commas else block
        values = _parsed(lines, None if self.separator == " " else self.separator)
        if values is None or values.shape[1] != width or not np.all(np.abs(values) <= LIMIT):
            return None
        self.row += len(block)
        self.saw_points = self.saw_points or "." in text
        return values


def _parsed(lines: list[str], separator: str | None) -> Array | None:
    try:
        return np.loadtxt(lines, delimiter=separator, comments=None, ndmin=2)
    except ValueError:
        return None


def _has_header(rows: list[Row]) -> bool:
    """Tell whether the first row names the columns.

    It does if it holds no number at all, or holds text on top of a column of numbers.
    """
    first = rows[0][1]
    named = [not _numberlike(cell) for cell in first]
    if not any(map(_valued, first)):
        return any(named)
    below = [row for _, row in rows[1:_SAMPLE]]
    for place, is_name in enumerate(named):
        cells = [row[place] for row in below if place < len(row)]
        if is_name and 2 * sum(map(_valued, cells)) > len(cells):
            return True
    return False


# From cells to columns ---------------------------------------------------------------------------


def _table(source: _Source, who: str, notes: tuple[str, ...], quick: bool) -> Table | None:
    """Gather the columns block by block, so that only numbers are kept in memory.

    None if blocks were taken at full speed whose points came into doubt afterwards.
    """
    first = source.first_rows()
    if not first:
        raise TableError(f"{who} is empty; expected a header row and rows of numbers.")
    header = first.pop(0) if _has_header(first) else None
    if not first:
        raise TableError(f"{who} has a header but no rows; expected rows of numbers below it.")
    draft = _TableDraft.under(header, first[0])

    draft.take(first)
    for block in source.blocks():
        comma = draft.decimal_comma
        values = source.numbers(block, draft.width, comma) if quick else None
        if values is not None:
            draft.take_numbers(values)
        else:
            draft.take(source.rows(block))
    decimal = _settle_decimal_marks(draft.columns, trusted=source.separator == ";")
    return None if decimal and source.saw_points else draft.table(who, notes, decimal)


@dataclass
class _TableDraft:
    """A table while it is being read: its columns, and how many cells a row must have.

    A row may leave out the cells under the unnamed end of the top row, or have more empty ones.
    """

    columns: list["_ColumnDraft"]
    names: list[str] | None
    top: int
    width: int
    least: int
    rows: int = 0

    @classmethod
    def under(cls, header: Row | None, first: Row) -> "_TableDraft":
        top, cells = header or first
        names = cells if header else None
        columns = [_ColumnDraft(name) for name in _unique(names or [""] * len(cells))]
        return cls(columns, names, top, len(cells), len(_trimmed(cells)))

    @property
    def decimal_comma(self) -> bool:
        return any(column.comma for column in self.columns)

    def take(self, rows: list[Row]) -> None:
        if not rows:
            return
        numbers = [number for number, _ in rows]
        cells = [self._fitted(number, row) for number, row in rows]
        for column, below in zip(self.columns, zip(*cells, strict=True), strict=True):
            column.add(numbers, below)
        self.rows += len(rows)

    def take_numbers(self, values: Array) -> None:
        for column, below in zip(self.columns, values.T, strict=True):
            column.chunks.append(below)
            column.numbers += below.size
            column.words = None
        self.rows += len(values)

    def _fitted(self, number: int, row: list[str]) -> list[str]:
        if len(row) == self.width:
            return row
        short = len(row) < self.least
        if short or any(row[self.width :]):
            cells = _count(len(row) if short else len(_trimmed(row)), "cell")
            expected = self.least if short else self.width
            raise TableError(
                f"Row {number} has {cells}; expected {expected}, as in row {self.top}."
            )
        return (row + [""] * self.width)[: self.width]

    def table(self, who: str, notes: tuple[str, ...], decimal_comma: bool) -> Table:
        """Finish, leaving out unnamed columns that are empty or only count the rows."""
        if self.names is None:
            notes += ("No header row was found, so the columns are numbered.",)
        if decimal_comma:
            notes += ("Commas were read as decimal commas.",)

        unnamed = [not name.strip() for name in self.names or [""] * self.width]
        pairs = zip(self.columns, unnamed, strict=True)
        kept = [each.column() for each, bare in pairs if not (bare and each.is_empty)]
        if self.names and unnamed[0] and len(kept) > 2 and _counts_rows(kept[0]):
            del kept[0]
            notes += ("The first column has no name and only counts the rows; it was left out.",)
        return Table(tuple(kept), self.rows, notes, who)


@dataclass
class _ColumnDraft:
    """A column while it is being read; sentences are kept for the first trouble of each kind."""

    name: str
    chunks: list[Array] = field(default_factory=list)
    numbers: int = 0
    texts: int = 0
    problem: str | None = None
    point: str | None = None  # the first number with a decimal point, as a problem
    either: str | None = None  # the first number such as 1,234, as a problem
    comma: bool = False  # a number such as 1,5 was seen, so commas are decimal
    words: dict[str, str] | None = field(default_factory=dict)  # different cells, while few
    cells: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.numbers and not self.texts

    def add(self, rows: Sequence[int], cells: Sequence[str]) -> None:
        self._keep(cells)
        given = np.array([cell.lower() not in _MISSING for cell in cells])
        values = np.full(len(cells), np.nan)
        if not given.all():
            rows = list(itertools.compress(rows, given))
            cells = list(itertools.compress(cells, given))
        found = self._all_at_once(rows, cells)
        if found is None:
            found = np.array([self._one(*pair) for pair in zip(rows, cells, strict=True)])
        values[given] = found
        self.chunks.append(values)

    def _keep(self, cells: Sequence[str]) -> None:
        """Keep the cells as words as long as few are different, each of them once in memory."""
        if self.words is None:
            return
        for cell in cells:
            word = "" if _is_missing(cell.strip()) else _shown(cell.strip(), _NAME_LENGTH)
            self.cells.append(self.words.setdefault(word, word))
            if len(self.words) > _WORDS:
                self.words, self.cells = None, []
                return

    def _all_at_once(self, rows: Sequence[int], cells: Sequence[str]) -> Array | None:
        """Return the numbers if all cells are plain ones; None asks for one by one."""
        joined = "\n".join(cells)
        if not _PLAIN.fullmatch(joined):
            return None
        try:
            values = np.fromiter(map(float, cells), dtype=np.float64, count=len(cells))
        except ValueError:
            return None
        if not np.all(np.abs(values) <= LIMIT):
            return None
        if "." in joined and self.point is None:
            pairs = zip(rows, cells, strict=True)
            self._note_mark(*next((row, cell) for row, cell in pairs if "." in cell))
        self.numbers += len(cells)
        return values

    def _one(self, row: int, cell: str) -> float:
        cell = cell.strip().replace("−", "-")
        if _is_missing(cell):
            return np.nan
        value, trouble = _value(cell)
        if trouble == _NUMBER:
            self.texts += 1
        else:
            self.numbers += 1
        if trouble is not None:
            self.problem = self.problem or self._sentence(row, cell, trouble)
            return np.nan
        self._note_mark(row, cell)
        return value

    def _note_mark(self, row: int, cell: str) -> None:
        if "." in cell and self.point is None:
            self.point = self._sentence(row, cell, _OTHER_MARK)
        elif "," in cell and not _EITHER_WAY.fullmatch(cell):
            self.comma = True
        elif "," in cell and self.either is None:
            reading = f"which may mean {cell.replace(',', '')} or {cell.replace(',', '.')};"
            self.either = self._sentence(row, cell, f"{reading} {_UNGROUPED}")

    def _sentence(self, row: int, cell: str, trouble: str) -> str:
        mark = ";" if trouble.startswith("expected") else ","
        shown = _shown(cell, _CELL_LENGTH)
        return f"Row {row}, column “{self.name}” holds “{shown}”{mark} {trouble}"

    def column(self) -> Column:
        """Return the finished column; where text prevails, it is one of text."""
        words = tuple(self.cells) if self.words is not None else None
        if not self.numbers:
            nothing = f"Column “{self.name}” holds no numbers; expected at least one."
            return Column(self.name, None, self.problem or nothing, words)
        if self.texts > self.numbers:
            return Column(self.name, None, self.problem, words)
        mixed = words if self.texts else None
        return Column(self.name, _frozen(np.concatenate(self.chunks)), self.problem, mixed)


def _value(cell: str) -> tuple[float, str | None]:
    """Return the number in a cell that is not missing, or NaN and what is wrong with it."""
    if _POINT_NUMBER.fullmatch(cell) or _COMMA_NUMBER.fullmatch(cell):
        value = float(cell.replace(",", "."))
        return (value, None) if abs(value) <= LIMIT else (np.nan, _SMALLER)
    if _INFINITE.fullmatch(cell):
        return np.nan, _FINITE
    return np.nan, _UNGROUPED if _GROUPED.fullmatch(cell) else _NUMBER


def _is_missing(cell: str) -> bool:
    return cell.lower() in _MISSING or _DASHES.fullmatch(cell) is not None


def _valued(cell: str) -> bool:
    """Tell whether a cell holds a number of any kind, good or bad."""
    cell = cell.strip().replace("−", "-")
    return not _is_missing(cell) and _value(cell)[1] != _NUMBER


def _numberlike(cell: str) -> bool:
    return _is_missing(cell.strip()) or _valued(cell)


def _settle_decimal_marks(columns: list[_ColumnDraft], trusted: bool) -> bool:
    """Decide for the whole table what a comma means, refuse what does not fit, tell if decimal.

    A single 1,5 proves decimal commas; semicolons between cells are as good, because programs
    write them only where the comma is taken. Then a point may be a thousands separator.
    """
    decimal = any(each.comma or (trusted and each.either is not None) for each in columns)
    for each in columns:
        each.problem = each.problem or (each.point if decimal else each.either)
    return decimal


def _counts_rows(column: Column) -> bool:
    numbers = column.numbers
    if numbers is None or numbers[0] not in (0.0, 1.0):
        return False
    return bool(np.array_equal(numbers, numbers[0] + np.arange(numbers.size)))


def _unique(names: list[str]) -> list[str]:
    """Return names to show and choose by: plain, bounded, never empty, never twice the same."""
    plain = [_shown(name, _NAME_LENGTH) for name in names]
    taken: set[str] = set()
    for place, name in enumerate(plain):
        wanted = unique = name or f"Column {place + 1}"
        copies = itertools.count(2)
        while unique in taken or (unique != name and unique in plain):
            unique = f"{wanted} ({next(copies)})"
        taken.add(unique)
        plain[place] = unique
    return plain


# From columns to points --------------------------------------------------------------------------


def _column(table: Table, which: str | int) -> Column:
    for place, column in enumerate(table.columns):
        if which in (column.name, place):
            return column
    known = ", ".join(f"“{column.name}”" for column in table.columns[:5])
    more = ", …" if len(table.columns) > 5 else ""
    shown = _shown(str(which), _NAME_LENGTH)
    raise TableError(f"There is no column “{shown}”; the columns are {known}{more}.")


def _usable(column: Column) -> Array:
    if column.problem is not None or column.numbers is None:
        raise TableError(column.problem or f"Column “{column.name}” holds no numbers.")
    return column.numbers


def _too_few(table: Table, numeric: int) -> str:
    if len(table.columns) == 1:
        return (
            f"{table.name} has one column; expected two, one for x and one for y, "
            "separated by commas, semicolons, tabs or spaces."
        )
    if len(table.columns) == 2:
        return next(each.problem for each in table.columns if each.problem) or ""
    has = _count(numeric, "column") if numeric else "no column"
    return f"{table.name} has {has} of numbers; expected two, one for x and one for y."


def _points(x: Array, y: Array, x_label: str, y_label: str, notes: tuple[str, ...]) -> Points:
    complete = ~(np.isnan(x) | np.isnan(y))
    missing = int(complete.size - complete.sum())
    x, y = x[complete], y[complete]
    if not x.size:
        raise TableError(f"No row has a number in both “{x_label}” and “{y_label}”; expected one.")
    if missing:
        were = "was" if missing == 1 else "were"
        notes += (f"{_count(missing, 'row')} with a missing value {were} left out.",)
    if x.size == 1:
        notes += ("There is only one point, and many lines pass through it.",)
    for values, label in ((x, x_label), (y, y_label)):
        notes += _about_spread(values, label)
    return Points(_frozen(x), _frozen(y), x_label, y_label, notes)


def _about_spread(values: Array, label: str) -> tuple[str, ...]:
    """Refuse a spread whose square would vanish; note one that rounding nearly swallows."""
    spread = float(np.ptp(values))
    if 0.0 < spread < 1.0 / LIMIT:
        least = f"{1.0 / LIMIT:.0e}"
        raise TableError(
            f"Column “{label}” spreads over {spread:.1e}, too little to square; "
            f"spreads of {least} or more work."
        )
    if 0.0 < spread < 1e-9 * float(np.abs(values).max()):
        return (f"“{label}” varies by less than a billionth of its size: digits may be lost.",)
    return ()


# Small words -------------------------------------------------------------------------------------


def _as_cell(value: object) -> str:
    """Write a value from an editor as the cell it would be in a file."""
    if value is None:
        return ""
    if isinstance(value, float | np.floating):
        return repr(float(value))
    if isinstance(value, int) and abs(value) > LIMIT:
        return "1e999"  # Python refuses to write out integers of more than 4300 digits
    return str(value).strip()


def _subject(name: str) -> str:
    """Return the name of the table fit to begin a sentence; the case of a file name is its own."""
    shown = _shown(name, _NAME_LENGTH) or "your table"
    return shown if "." in shown else shown[0].upper() + shown[1:]


def _shown(text: str, length: int) -> str:
    """Return text as one bounded line without control characters."""
    printable = (char if char.isprintable() else " " for char in text[: 10 * length])
    line = " ".join("".join(printable).split())
    return line if len(line) <= length else line[: length - 1] + "…"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _trimmed(row: list[str]) -> list[str]:
    """Return the row without the empty cells at its end."""
    filled = [place for place, cell in enumerate(row) if cell.strip()]
    return row[: filled[-1] + 1] if filled else []


def _frozen(values: Array) -> Array:
    values.setflags(write=False)
    return values
