"""The row that PostgreSQL refused is found in what it says, whatever its language and the names and values in it."""

from types import SimpleNamespace

import pytest

from hub_core.database.archive.refused_row import refused_row


class Refused(Exception):
    def __init__(self, context: str | None, column: str | None = None) -> None:
        self.diag = SimpleNamespace(context=context, column_name=column)


@pytest.mark.parametrize(
    ("context", "place"),
    [
        ('COPY t_1, line 23, column doc: "x"', (23, "doc")),
        ('COPY t_1, Zeile 23, Spalte doc: »x«', (23, "doc")),
        ("COPY t_1, ligne 23, colonne doc : « x »", (23, "doc")),
        ("COPY t_1, línea 23, columna my doc: «x»", (23, "my doc")),
        ('COPY t_1, line 23, column doc: " my doc: 5"', (23, "doc")),
        ("COPY t_1, line 23, column doc: null input", (23, "doc")),
        ('COPY t_1, line 23: "1\t2"', (23, "")),
        ("COPY t_1, line 23", (23, "")),
        ('JSON data, line 4: {"t_1, line 5": NaN...\nCOPY t_1, line 23, column doc: "{"x":\nt_1 6', (23, "doc")),
        ("PL/pgSQL function t_1() line 7 at RAISE\nCOPY t_1, line 23", (23, "")),
    ],
)  # fmt: skip
def test_it_is_named(context: str, place: tuple[int, str]) -> None:
    assert refused_row(Refused(context), "t_1", ["id", "doc", "my doc"]) == place


def test_a_column_without_a_value_is_named_by_the_constraint() -> None:
    assert refused_row(Refused("COPY t_1, line 2", "doc"), "t_1", ["doc"]) == (2, "doc")


@pytest.mark.parametrize("error", [Refused(None), Refused("SQL statement 5"), ValueError("t_1, line 3")])
def test_any_other_error_names_no_row(error: Exception) -> None:
    assert refused_row(error, "t_1", ["doc"]) is None
