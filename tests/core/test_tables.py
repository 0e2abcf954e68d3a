"""Laws of the table reader: any bytes in, clean points or one clear sentence out."""

import random
import time

import numpy as np
import pytest

from core.data import tables
from core.data.tables import (
    LIMIT,
    MAX_BYTES,
    MAX_COLUMNS,
    TableError,
    numeric_columns,
    points,
    points_from_rows,
    read_table,
)

ONE_POINT = "There is only one point, and many lines pass through it."
NO_HEADER = "No header row was found, so the columns are numbered."
DECIMAL = "Commas were read as decimal commas."
GUESSED = "The text is not UTF-8 and was read as Windows-1252 (Latin-1): check the names."


def read(content, x=None, y=None):
    return points(read_table(content), x, y)


def pairs(content, **columns):
    found = read(content, **columns)
    return list(zip(found.x.tolist(), found.y.tolist(), strict=True))


def complaint(content, **columns):
    with pytest.raises(TableError) as caught:
        read(content, **columns)
    return str(caught.value)


# Dialects ----------------------------------------------------------------------------------------

EXPECTED = [(1.5, -2.0), (-0.25, 4e3), (3.0, 0.5)]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " ", "   ", ", ", " ; ", " \t "])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("header", [True, False])
def test_separator_and_line_ending_make_no_difference(separator, ending, header):
    rows = ["dose,effect"] * header + ["1.5,-2", "-.25,4E+3", "+3,0.5"]
    text = ending.join(row.replace(",", separator) for row in rows)
    for content in (text, text + ending, text + 3 * ending):
        assert pairs(content) == EXPECTED
        assert numeric_columns(read_table(content)) == (
            ("dose", "effect") if header else ("Column 1", "Column 2")
        )


@pytest.mark.parametrize("separator", [";", "\t", "|", " "])
@pytest.mark.parametrize("header", ["x,y\n", ""])
def test_decimal_commas_are_read_and_said(separator, header):
    rows = header.replace(",", separator) + separator.join(["1,5", "-2"])
    rows += "\n" + separator.join(["-0,25", "4,0e3"]) + "\n" + separator.join(["3", ",5"])
    assert pairs(rows) == EXPECTED
    assert DECIMAL in read(rows).notes


def test_quoted_decimal_commas_are_read_between_commas():
    assert pairs('x,y\n"1,5","2,5"\n3,4') == [(1.5, 2.5), (3.0, 4.0)]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_encoding_makes_no_difference(encoding):
    text = "Größe;Länge\n1,5;-2\n-0,25;4e3\n3;0,5\n"
    table = read_table(text.encode(encoding))
    assert pairs(text.encode(encoding)) == EXPECTED
    assert numeric_columns(table) == ("Größe", "Länge")
    assert (GUESSED in table.notes) == (encoding == "cp1252")


def test_big_endian_mark_is_read():
    assert pairs(b"\xfe\xff" + "x,y\n1,2".encode("utf-16-be")) == [(1.0, 2.0)]


def test_bytes_unknown_to_windows_1252_still_give_their_numbers():
    assert numeric_columns(read_table(b"\x80 \x93x\x94,y\n1,2\n")) == ("€ “x”", "y")
    table = read_table(b"caf\xe9 \x81,y\n1,2\n3,4\n")
    assert numeric_columns(table) == ("café", "y")
    assert table.notes == (GUESSED,)


def test_text_and_its_bytes_read_alike_mark_or_not():
    for text in ("x,y\n1,2\n3,4", "\ufeffx,y\n1,2\n3,4"):
        assert pairs(text) == pairs(text.encode()) == [(1.0, 2.0), (3.0, 4.0)]
        assert numeric_columns(read_table(text)) == ("x", "y")


def test_lone_surrogate_is_only_a_name():
    assert pairs("\ud800,y\n1,2") == [(1.0, 2.0)]


def test_first_line_may_declare_the_separator():
    assert pairs("sep=;\nx;y\n1;2") == [(1.0, 2.0)]
    assert pairs("\n\nsep=|\r\nx,1|y\n1|2") == [(1.0, 2.0)]
    assert complaint("\nsep=;\nx;y\n1;b").startswith("Row 4, column “y”")


def test_separator_is_the_one_that_leaves_numbers():
    assert pairs("1,5 2,5\n3,5 4,5") == [(1.5, 2.5), (3.5, 4.5)]
    assert pairs("1,5;2,5\n3,5;4,5") == [(1.5, 2.5), (3.5, 4.5)]
    assert pairs("city;x;y\nYork, England;1;2\nBath, England;3;4") == [(1.0, 2.0), (3.0, 4.0)]
    assert pairs("time,x,y\n1 May 10,1,2\n2 May 11,3,4") == [(1.0, 2.0), (3.0, 4.0)]
    assert pairs("1,\t2\n3,\t4\n5,6") == [(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)]
    assert pairs("body weight\tbrain weight\n1\t2\n3\t4") == [(1.0, 2.0), (3.0, 4.0)]


def test_separator_survives_one_ragged_row():
    text = "x,y\n1,2\n3\n4,5"
    assert complaint(text) == "Row 3 has 1 cell; expected 2, as in row 1."


def test_quoted_cells_may_hold_separators_quotes_and_line_ends():
    text = '"x, first","the ""y"""\n"1","2"\n"3",4\n'
    assert numeric_columns(read_table(text)) == ("x, first", 'the "y"')
    assert pairs(text) == [(1.0, 2.0), (3.0, 4.0)]
    split = 'x,y,comment\n1,2,"a\nb"\n3,4,"c\r\nd"\n5,oops,e\n'
    assert complaint(split) == "Row 4, column “y” holds “oops”; expected a number."


def test_quoted_cell_across_two_blocks_is_one_row():
    rows = ["1,2,a"] * (tables._BATCH - 2) + ['1,2,"a', 'b"', "3,4,c"]
    found = read("x,y,comment\n" + "\n".join(rows))
    assert found.x.size == tables._BATCH
    assert found.x[-1] == 3.0


# Headers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("x,y\n1,2", ["x", "y"]),
        ("1,2\n3,4", ["Column 1", "Column 2"]),
        ("x,x,x\n1,2,3", ["x", "x (2)", "x (3)"]),
        ("x,x,x (2)\n1,2,3", ["x", "x (3)", "x (2)"]),
        ("a,,c\n5,2,3", ["a", "Column 2", "c"]),
        ("  a  b ,c\n1,2", ["a b", "c"]),
        ("year,1990\n1,2\n2,3", ["year", "1990"]),
        ("a,b\x07\x1b\u202ec\n1,2", ["a", "b c"]),
        ("<b>x</b>,y\n1,2", ["<b>x</b>", "y"]),
        ("a,Column 1\n1,2", ["a", "Column 1"]),
        (",Column 1\n5,2", ["Column 1 (2)", "Column 1"]),
    ],
)
def test_columns_are_named_uniquely_and_plainly(content, names):
    assert [column.name for column in read_table(content).columns] == names


def test_missing_header_is_said_and_no_row_is_lost():
    found = read("1,2\n3,4")
    assert found.x.tolist() == [1.0, 3.0]
    assert found.notes == (NO_HEADER,)
    assert pairs("Cow,465,423\nWolf,36,119") == [(465.0, 423.0), (36.0, 119.0)]


def test_header_may_hold_numbers_over_text_only_if_a_name_stands_over_numbers():
    assert read_table("year,1990,note\n1,2,a\n3,4,b").rows == 2
    assert read_table("Cow,1990,2000\nWolf,2,3").rows == 2


def test_long_header_is_bounded():
    name = read_table("y" * 500 + ",x\n1,2").columns[0].name
    assert len(name) == 60
    assert name.endswith("y…")


def test_header_alone_is_not_a_table():
    for content in ("x,y", "x,y\n", "x,y\n\n\n,\n"):
        assert complaint(content) == (
            "Your table has a header but no rows; expected rows of numbers below it."
        )


def test_rows_far_below_the_header_are_found():
    assert pairs("x,y" + "\n" * (3 * tables._BATCH) + "1,2") == [(1.0, 2.0)]


# Empty cells, rows and columns -------------------------------------------------------------------


@pytest.mark.parametrize(
    "mark", ["", " ", "NA", "na", "N/A", "n/a", "#N/A", "NaN", "null", "None", "-", "--", "?", "."]
)
def test_rows_with_a_missing_value_are_left_out_and_counted(mark):
    found = read(f"x,y\n1,2\n{mark},3\n4,{mark}\n5,6")
    assert found.x.tolist() == [1.0, 5.0]
    assert found.notes == ("2 rows with a missing value were left out.",)
    assert read(f"x,y\n1,2\n{mark},3\n5,6").notes == ("1 row with a missing value was left out.",)


@pytest.mark.parametrize("mark", ["", "NA", " NA ", "--", "?", "–"])
def test_column_mostly_missing_is_still_one_of_numbers(mark):
    assert pairs(f"x,y\n1,2\n{mark},3\n{mark},4\n{mark},5") == [(1.0, 2.0)]


def test_first_row_of_missing_values_is_a_row():
    found = read("NA,NA\n1,2\n3,4")
    assert found.x.tolist() == [1.0, 3.0]
    assert found.notes == (NO_HEADER, "1 row with a missing value was left out.")


def test_missing_values_of_other_columns_do_not_matter():
    assert pairs("x,y,z\n1,2,NA\n3,4,5") == [(1.0, 2.0), (3.0, 4.0)]


def test_blank_rows_and_trailing_empties_are_nothing():
    text = "\n\nx,y,,\n1,2\n\n,,,\n3,4,,\n5,6,,,,,\n\n,\n"
    table = read_table(text)
    assert table.rows == 3
    assert len(table.columns) == 2
    assert numeric_columns(table) == ("x", "y")
    assert points(table).notes == ()
    assert pairs("1,2,\n3,4,\n5,6,") == [(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)]


def test_blank_rows_still_count_in_row_numbers():
    assert complaint("\nx,y\n\n1,2\n,\n3,b").startswith("Row 6, column “y”")
    below = 3 * tables._BATCH
    assert complaint("x,y" + "\n" * below + "1,2\n3,b").startswith(f"Row {below + 2}, column “y”")


def test_spreadsheet_with_thousands_of_empty_columns_is_read():
    tail = "," * 16_000
    assert pairs(f"x,y{tail}\n1,2{tail}\n3,4{tail}") == [(1.0, 2.0), (3.0, 4.0)]


@pytest.mark.parametrize("first", [0, 1])
def test_unnamed_column_that_counts_the_rows_is_left_out(first):
    found = read(f",x,y\n{first},5,6\n{first + 1},7,8")
    assert (found.x_label, found.y_label) == ("x", "y")
    assert found.notes == (
        "The first column has no name and only counts the rows; it was left out.",
    )


@pytest.mark.parametrize(
    ("content", "first"),
    [
        ("n,x,y\n1,5,6\n2,7,8", 1.0),
        (",x,y\n1,5,6\n3,7,8", 1.0),
        (",x,y\n4,5,6\n5,7,8", 4.0),
        (",y\n1,6\n2,8", 1.0),
        ("1,5,6\n2,7,8", 1.0),
        ("x,,y\n5,1,6\n7,2,8", 5.0),
    ],
)
def test_column_that_counts_otherwise_stays(content, first):
    assert read(content).x[0] == first


# Numbers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("7", 7.0),
        ("-7.", -7.0),
        ("+.5", 0.5),
        ("007", 7.0),
        ("1e-3", 1e-3),
        ("1E+5", 1e5),
        ("−3", -3.0),
        ("  4 ", 4.0),
        ("\u00a04", 4.0),
        ("1e-400", 0.0),
        ("1e50", 1e50),
        ("-1e50", -1e50),
        ("0.1", 0.1),
        ("2.2250738585072011e-308", 2.2250738585072011e-308),
    ],
)
def test_number_is_read_exactly(cell, value):
    assert pairs(f"x,y\n{cell},1\n2,3")[0][0] == value


@pytest.mark.parametrize(
    "cell",
    [
        *["abc", "1_000", "0x10", "1e", "e5", "1.2.3", "1-2", "--1", "+", "1 2", "1d5", "5%"],
        *["$5", "１２", "١٢", "½", "12 kg", "2020-01-01", "10:30", "TRUE", "#DIV/0!", "1e5.5"],
    ],
)
def test_text_among_numbers_is_refused_with_its_place(cell):
    text = f"height,y\n1,2\n3,4\n{cell},6\n7,8"
    assert complaint(text) == f"Row 4, column “height” holds “{cell}”; expected a number."


@pytest.mark.parametrize("cell", ["inf", "-inf", "Infinity", "+INF", "∞"])
def test_infinity_is_refused_with_its_place(cell):
    assert complaint(f"x,y\n1,{cell}\n3,4") == (
        f"Row 2, column “y” holds “{cell}”, which is infinite; expected a finite number."
    )


@pytest.mark.parametrize("cell", ["1.01e50", "-1e51", "1e400", "1" + "0" * 51])
def test_number_too_large_to_square_is_refused_with_its_place(cell):
    shown = cell if len(cell) <= 30 else cell[:29] + "…"
    assert complaint(f"x,y\n1,2\n{cell},4") == (
        f"Row 3, column “x” holds “{shown}”, too large to square; values up to 1e50 work."
    )


@pytest.mark.parametrize("cell", ["1 234,5", "1.234,5", "1.234.567", "1'234", "1’234.5"])
def test_thousands_separators_are_refused_rather_than_guessed(cell):
    assert complaint(f"x;y\n1;2\n{cell};4") == (
        f"Row 3, column “x” holds “{cell}”; "
        "expected a number without thousands separators, such as 1234.5."
    )


def test_comma_that_may_be_either_is_refused_unless_something_decides():
    doubt = (
        "Row 2, column “x” holds “1,234”, which may mean 1234 or 1.234; "
        "expected a number without thousands separators, such as 1234.5."
    )
    assert complaint("x\ty\n1,234\t2\n2,345\t3") == doubt
    assert complaint('x,y\n"1,234",2\n3,4') == doubt
    assert pairs("x\ty\n1,234\t2\n2,5\t3") == [(1.234, 2.0), (2.5, 3.0)]
    assert pairs("x\ty\n1,234\t2,5\n3\t4") == [(1.234, 2.5), (3.0, 4.0)]
    assert pairs("x;y\n1,234;2\n2,345;3") == [(1.234, 2.0), (2.345, 3.0)]
    assert pairs("x\ty\n1234,567\t2\n1,234\t3") == [(1234.567, 2.0), (1.234, 3.0)]
    assert pairs("x\ty\n0,123\t2\n1,234\t3") == [(0.123, 2.0), (1.234, 3.0)]


@pytest.mark.parametrize("point", ["2.5", "1.234", "1.000"])
def test_point_next_to_decimal_commas_is_refused(point):
    expected = "but other numbers have a decimal comma; expected one kind throughout."
    for text in (f"x;y\n1,5;2\n3;{point}", f"x;y\n1,5;2\n3;{point}\n1,25;0,5"):
        assert complaint(text) == f"Row 3, column “y” holds “{point}”, {expected}"


@pytest.mark.parametrize("late", ["1,5;2", "1,5;2.5"])
def test_decimal_comma_found_late_brings_early_points_into_doubt(late):
    for early in (10, tables._BATCH + 10):
        rows = ["1;2"] * early + ["1;1.000"] * (2 * tables._BATCH) + [late]
        told = complaint("x;y\n" + "\n".join(rows))
        assert told.startswith(f"Row {early + 2}, column “y” holds “1.000”, but other numbers")


def test_decimal_comma_found_early_brings_late_points_into_doubt():
    rows = ["1,5;2"] * 12_000 + ["1,5;1.000"]
    assert complaint("x;y\n" + "\n".join(rows)).startswith("Row 12002, column “y” holds “1.000”")


def test_decimal_comma_found_late_is_read():
    rows = ["1;2"] * (2 * tables._BATCH) + ["1,5;2"] * tables._BATCH
    found = read("x;y\n" + "\n".join(rows))
    assert found.x[-1] == 1.5
    assert found.notes == (DECIMAL,)


def test_cell_in_a_message_is_one_bounded_line():
    text = 'x,y\n1,2\n"<script>\n' + "a" * 5000 + '",4'
    assert complaint(text) == f"Row 3, column “x” holds “<script> {'a' * 20}…”; expected a number."


# Speed and its equal -----------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t", " ", "|"])
@pytest.mark.parametrize("mark", [".", ","])
def test_quick_reading_equals_careful_reading(separator, mark):
    if separator == mark:
        return
    values = (
        np.random.default_rng(4).normal(size=(12_000, 2))
        * 10.0 ** np.arange(-9, 9, 1.5e-3)[:12_000, None]
    )
    lines = [separator.join(f"{v:.17g}".replace(".", mark) for v in row) for row in values]
    quick = read("x" + separator + "y\n" + "\n".join(lines))
    lines = [separator.join(f'"{cell}"' for cell in line.split(separator)) for line in lines]
    careful = read("x" + separator + "y\n" + "\n".join(lines))
    for found in (quick, careful):
        np.testing.assert_array_equal(found.x, values[:, 0])
        np.testing.assert_array_equal(found.y, values[:, 1])


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("1,b", "column “y” holds “b”; expected a number."),
        ("1,1_000", "column “y” holds “1_000”; expected a number."),
        ("1,1e51", "column “y” holds “1e51”, too large"),
        ("1,1e999", "column “y” holds “1e999”, too large"),
        ("inf,2", "column “x” holds “inf”, which is infinite"),
        ("1", "has 1 cell; expected 2"),
        ("1,2,3", "has 3 cells; expected 2"),
        ('1,"2', "cannot be split into cells; expected quotation marks around whole cells."),
    ],
)
@pytest.mark.parametrize("rows", [3, 4_999, 5_000, 12_345])
def test_trouble_is_found_at_any_depth(bad, told, rows):
    joint = " " if told.startswith(("has", "cannot")) else ", "
    text = "x,y\n" + "1,2\n\n" * rows + bad + "\n1,2\n" * (1 if '"' in bad else 6_000)
    assert complaint(text).startswith(f"Row {2 * rows + 2}{joint}{told}")


def test_whole_block_of_another_width_is_ragged():
    rows = ["1,2"] * (tables._BATCH - 1) + ["1,2,3"] * tables._BATCH
    assert complaint("x,y\n" + "\n".join(rows)) == "Row 5001 has 3 cells; expected 2, as in row 1."


def test_missing_values_are_counted_at_any_depth():
    found = read("x,y\n" + "1,2\n" * 8_000 + ",2\n" + "1,NA\n" * 8_000 + "3,4\n")
    assert found.x.size == 8_001
    assert found.notes == ("8001 rows with a missing value were left out.",)


@pytest.mark.parametrize("rows", [b"1.25,-3.5e2\n-0.125,7.75\n", b"1,25;-3,5e2\n-0,125;7,75\n"])
def test_a_million_rows_take_seconds(rows):
    content = rows * 500_000
    started = time.process_time()
    found = read(content)
    assert time.process_time() - started < 2.0
    assert found.x.size == 1_000_000
    assert found.y.sum() == 500_000 * (7.75 - 350.0)


# What is refused as a whole ----------------------------------------------------------------------


@pytest.mark.parametrize("content", ["", b"", "\n\n", b" \r\n\t ", ",,\n,,", "\ufeff", b"\xff\xfe"])
def test_nothing_is_called_empty(content):
    assert complaint(content) == ("Your table is empty; expected a header row and rows of numbers.")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK\x03\x04....[Content_Types].xml..xl/", "an Excel workbook: save it as CSV first"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook: save it as CSV first"),
        (b"PK\x03\x04....notes.txt", "a ZIP archive: unpack it first"),
        (b"\x89PNG\r\n\x1a\n\x00", "a picture; expected a text file such as CSV"),
        (b"\xff\xd8\xff\xe0", "a picture; expected a text file such as CSV"),
        (b"%PDF-1.7", "a PDF document; expected a text file such as CSV"),
        (b"\x1f\x8b\x08", "a compressed file: unpack it first"),
        (b"PAR1", "a Parquet file: save it as CSV first"),
    ],
)
def test_file_of_another_kind_is_recognised(content, told):
    assert complaint(content) == f"Your table looks like {told}."


@pytest.mark.parametrize(
    "content", [b"x,y\n1,\x00\n", bytes(range(256)), b"1,2\n3,4\x01\x02\x03\n", "a\0b"]
)
def test_binary_is_not_text(content):
    assert complaint(content) == "Your table is not text; expected a text file such as CSV."


def test_binary_of_many_zeros_is_not_called_utf_16():
    for content in (b"\x00\x00\x00\xd8" * 100, b"\x00\x00\xd8\x00" * 100):
        assert complaint(content).startswith("Your table is not text")


def test_damaged_text_is_named():
    for content, kind in ((b"\xff\xfex\x00,", "UTF-16"), (b"\xef\xbb\xbfx,\xff", "UTF-8")):
        assert complaint(content) == (
            f"Your table begins like {kind} text but is damaged: save it as UTF-8 once more."
        )


def test_size_is_limited_before_anything_is_read():
    for content in (b"1" * (MAX_BYTES + 1), "1" * (MAX_BYTES + 1)):
        assert complaint(content) == "Your table is too large; up to 50 MB can be read."


def test_endless_line_is_refused_before_it_is_split():
    told = "Your table has a line of over a million bytes; expected rows of cells."
    assert complaint("x,y\n" + "1," * 500_001) == told
    assert complaint("1," * 500_001 + "\r1,2") == told
    for lead in ("", "x,y\n", "x,y\r", "x,y\n1,2\n" * 3):
        line = ("1" * 999 + ",") * 1_000
        assert complaint(lead + line + "1\n") == told
        assert complaint(lead + line + "\n") != told
    assert complaint("x,y\n" + "1" * 100_000 + ",2\n").startswith("Row 2, column “x” holds “111")


@pytest.mark.parametrize("ending", ["\n", "\r", "\r\n"])
def test_long_file_of_short_lines_is_read(ending):
    assert read(f"1,2{ending}" * 260_000).x.size == 260_000


def test_number_of_columns_is_limited():
    def wide(count):
        return ",".join(f"c{i}" for i in range(count)) + "\n" + ",".join("1" * count)

    assert len(read_table(wide(MAX_COLUMNS)).columns) == MAX_COLUMNS
    assert complaint(wide(MAX_COLUMNS + 1)) == "Row 1 has 201 cells; up to 200 columns work."


def test_endless_cell_is_refused():
    assert complaint('x,y\n1,2\n"' + "3,4\n" * 100_000).startswith("Row 3 cannot be split")


def test_one_column_is_told_what_lacks():
    assert complaint("x\n1\n2") == (
        "Your table has one column; expected two, one for x and one for y, "
        "separated by commas, semicolons, tabs or spaces."
    )


def test_columns_of_text_are_no_points():
    assert complaint("a,b,c\nu,v,1\nw,z,2") == (
        "Your table has 1 column of numbers; expected two, one for x and one for y."
    )
    assert complaint("a,b,c\nu,v,\nw,z,") == (
        "Your table has no column of numbers; expected two, one for x and one for y."
    )
    assert complaint("a,b\nu,1\nw,2") == "Row 2, column “a” holds “u”; expected a number."


def test_columns_without_a_common_row_are_no_points():
    assert complaint("x,y\n1,\n,2") == "No row has a number in both “x” and “y”; expected one."
    assert complaint("x,y\n1,NA\n2,NA") == "Column “y” holds no numbers; expected at least one."


def test_name_of_the_table_begins_the_sentence():
    for name, start in (("a.csv", "a.csv is"), ("pasted text", "Pasted text is"), ("", "Your")):
        with pytest.raises(TableError, match=f"^{start}"):
            read_table("", name)
    with pytest.raises(TableError) as caught:
        read_table("", "x" * 500 + "\n\x00.csv")
    assert len(str(caught.value)) < 130


# Points ------------------------------------------------------------------------------------------


def test_columns_are_chosen_by_name_or_place():
    text = "name,a,b,c\nu,1,2,3\nv,4,5,6"
    assert pairs(text) == [(1.0, 2.0), (4.0, 5.0)]
    assert pairs(text, x="c", y="a") == [(3.0, 1.0), (6.0, 4.0)]
    assert pairs(text, x=3, y=1) == [(3.0, 1.0), (6.0, 4.0)]
    assert pairs(text, y="c") == [(1.0, 3.0), (4.0, 6.0)]
    assert pairs(text, x="a", y="a") == [(1.0, 1.0), (4.0, 4.0)]
    found = read(text, x="c", y=2)
    assert (found.x_label, found.y_label) == ("c", "b")


def test_unknown_column_is_named_with_those_there_are():
    assert complaint("x,y\n1,2", x="z") == "There is no column “z”; the columns are “x”, “y”."
    assert complaint("x,y\n1,2", y=2) == "There is no column “2”; the columns are “x”, “y”."
    assert complaint("a,b,c,d,e,f\n1,2,3,4,5,6", x=-1).endswith("“e”, ….")


def test_column_of_text_is_refused_when_chosen():
    assert complaint("name,a,b\nu,1,2\nv,4,5", x="name") == (
        "Row 2, column “name” holds “u”; expected a number."
    )


def test_trouble_in_a_column_not_chosen_is_no_trouble():
    assert pairs("a,b,c\n1,2,3\n4,5,oops\n7,8,9") == [(1.0, 2.0), (4.0, 5.0), (7.0, 8.0)]


def test_column_mostly_of_numbers_is_meant_as_numbers():
    table = read_table("a,b,c\n1,u,2\noops,v,3\n2,3,4")
    assert numeric_columns(table) == ("a", "c")
    with pytest.raises(TableError, match="Row 3, column “a” holds “oops”"):
        points(table)


def test_points_are_read_only_floats():
    found = read("x,y\n1,2\n3,4")
    for values in (found.x, found.y, read_table("x,y\n1,2\n3,4").columns[0].numbers):
        assert values.dtype == np.float64
        assert not values.flags.writeable


def test_one_point_is_allowed_and_said():
    assert read("x,y\n1,2").notes == (ONE_POINT,)


@pytest.mark.parametrize("content", ["x,y\n1,2\n1,3", "x,y\n1,2\n1,2", "x,y\n1,5\n2,5"])
def test_constant_and_identical_points_are_the_fits_business(content):
    assert read(content).notes == ()


def test_spread_whose_square_would_vanish_is_refused():
    assert complaint("x,y\n1,1e-60\n2,0") == (
        "Column “y” spreads over 1.0e-60, too little to square; spreads of 1e-50 or more work."
    )
    assert pairs("x,y\n1,1e-50\n2,0") == [(1.0, 1e-50), (2.0, 0.0)]
    assert pairs(f"x,y\n1,{LIMIT}\n2,-{LIMIT}") == [(1.0, LIMIT), (2.0, -LIMIT)]


def test_spread_that_rounding_nearly_swallows_is_said():
    assert read("x,y\n1000000000,1\n1000000000.5,2").notes == (
        "“x” varies by less than a billionth of its size: digits may be lost.",
    )
    assert read("x,y\n1000000000,1\n1000000002,2").notes == ()


# Rows from an editor -----------------------------------------------------------------------------


def test_rows_of_an_editor_become_points():
    rows = [(1, 2.5), (None, None), [np.float64(3), "4"], (float("nan"), None), ("5", np.int64(6))]
    found = points_from_rows(rows, "dose", "effect")
    assert found.x.tolist() == [1.0, 3.0, 5.0]
    assert found.y.tolist() == [2.5, 4.0, 6.0]
    assert (found.x_label, found.y_label, found.notes) == ("dose", "effect", ())


def test_half_filled_rows_are_left_out_and_counted():
    found = points_from_rows([(1, 2), (3, None), ("", 4), (5, 6)])
    assert found.x.tolist() == [1.0, 5.0]
    assert found.notes == ("2 rows with a missing value were left out.",)


def test_text_numbers_in_an_editor_follow_the_rules_of_files():
    assert points_from_rows([("1,5", "2"), ("3", "0,25")]).x.tolist() == [1.5, 3.0]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], "The table is empty; expected at least one row of two numbers."),
        ([(None, None)], "The table is empty; expected at least one row of two numbers."),
        ([(1, None)], "Column “y” holds no numbers; expected at least one."),
        ([(1, 2), (None, None), (3, "a")], "Row 3, column “y” holds “a”; expected a number."),
        ([(1, True)], "Row 1, column “y” holds “True”; expected a number."),
        ([(1, 2), (1, 2, 3)], "Row 2 has 3 cells; expected 2."),
        (
            [(np.inf, 1)],
            "Row 1, column “x” holds “inf”, which is infinite; expected a finite number.",
        ),
        (
            [(1, 10**5000)],
            "Row 1, column “y” holds “1e999”, too large to square; values up to 1e50 work.",
        ),
        (
            [("1,234", 2)],
            "Row 1, column “x” holds “1,234”, which may mean 1234 or 1.234; "
            "expected a number without thousands separators, such as 1234.5.",
        ),
    ],
)
def test_rows_of_an_editor_are_refused_with_their_place(rows, told):
    with pytest.raises(TableError) as caught:
        points_from_rows(rows)
    assert str(caught.value) == told


# Anything at all ---------------------------------------------------------------------------------

SEEDS = [
    b"x,y\n1,2\n3,4\n5.5,-6e3\n",
    b'"a ""b""";c;name\r\n1,5;2;"u;v"\r\n3;4,25;w\r\n',
    b"  1   2\n 3\t4\n5 6",
    "\ufeffGröße\tLänge\n1\t2\n3\t4".encode(),
    "x;y\n1,5;2\n3;4".encode("utf-16"),
    b"x|y|\n1|2|\nNA|3|\n-|inf|\n",
    b"sep=,\nx,y\n1,234\n",
]
TOKENS = [
    *[b",", b";", b"\t", b"|", b" ", b'"', b"\n", b"\r", b"\r\n", b"\x00", b"\xff", b"\xfe\xff"],
    *[b"\xef\xbb\xbf", b"inf", b"nan", b"1e999", b"-", b"1,234.5", b"1_0", b"PK\x03\x04", b"\x1a"],
    *["−".encode(), "１２".encode(), "\u2028".encode(), b"\x85", b"\x1c", b"," * 300, b"1" * 500],
]


def mutated(rng):
    content = bytearray(rng.choice(SEEDS))
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(content) + 1)
        until = min(len(content), place + rng.randrange(6))
        content[place:until] = rng.choice([b"", rng.choice(TOKENS), content[place:until] * 3])
    return bytes(content)


def assert_sound(content):
    """Whatever the content: sound points, or one sentence."""
    try:
        table = read_table(content)
        names = [column.name for column in table.columns]
        assert len(set(names)) == len(names) <= MAX_COLUMNS
        assert all(name.isprintable() and 0 < len(name) <= 70 for name in names)
        found = points(table)
    except TableError as error:
        told = str(error)
        assert told.isprintable()
        assert told.endswith(".")
        assert len(told) < 260
        return False
    assert found.x.shape == found.y.shape
    assert 0 < found.x.size <= table.rows
    for values in (found.x, found.y):
        assert np.isfinite(values).all()
        assert np.abs(values).max() <= LIMIT
    return True


def test_random_bytes_give_sound_points_or_one_sentence():
    rng = random.Random(1)
    for _ in range(400):
        assert_sound(rng.randbytes(rng.randrange(200)))


def test_random_text_gives_sound_points_or_one_sentence():
    rng = random.Random(2)
    alphabet = '0123456789.,;|\t "\n\r-+eE_xNA?∞'
    read_well = sum(
        assert_sound("".join(rng.choices(alphabet, k=rng.randrange(60)))) for _ in range(800)
    )
    assert read_well > 3


def test_mutated_tables_give_sound_points_or_one_sentence():
    rng = random.Random(3)
    read_well = sum(assert_sound(mutated(rng)) for _ in range(1_500))
    assert 200 < read_well < 1_300
