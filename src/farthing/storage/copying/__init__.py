"""One database made equal to another, of the same engine or not: row by row, in the order of their keys."""

from farthing.storage.copying.copy import Copied, Told, copy_database
from farthing.storage.copying.place import DatabasePlace, read_place
from farthing.storage.copying.sides import DaySum

__all__ = ["Copied", "DatabasePlace", "DaySum", "Told", "copy_database", "read_place"]
