"""The store: what stands where, what lies on it, what it costs; and the file it is kept in."""

from .errors import StoreError
from .file import load_store, write_store
from .model import Camera, Facing, Fixture, Gate, Kiosk, Product, Scale, Shelf, Store
from .notes import store_notes

__all__ = [
    "Camera",
    "Facing",
    "Fixture",
    "Gate",
    "Kiosk",
    "Product",
    "Scale",
    "Shelf",
    "Store",
    "StoreError",
    "load_store",
    "store_notes",
    "write_store",
]
