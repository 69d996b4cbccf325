from bench.feed.catalog import FIGURES
from bench.pictures import PICTURES

WITH_ANOTHERS_NAME = {"bytes": "deliveries"}  # measured in the same feeds


def test_figures_have_names_of_their_own() -> None:
    assert len({figure.name for figure in FIGURES}) == len(FIGURES)


def test_every_figure_has_a_picture_and_every_picture_a_figure() -> None:
    drawn = {WITH_ANOTHERS_NAME.get(picture.figure, picture.figure) for picture in PICTURES}
    assert drawn == {figure.name for figure in FIGURES}
