"""Views as text. Nothing here reads or decides; every renderer takes one view."""
