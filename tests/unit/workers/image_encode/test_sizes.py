"""Sizes as arithmetic."""

from hypothesis import given
from hypothesis import strategies as st

from photo_workers.image_encode.sizes import SIZES, crop_of, scaled_to

SIDES = st.integers(1, 65_535)


@given(SIDES, SIDES)
def test_proportional_sizes_are_bounded_and_never_enlarged(width: int, height: int) -> None:
    for size in SIZES:
        if size.square:
            continue
        scaled = scaled_to(size, crop_of(size, width, height))
        assert 1 <= scaled[0] <= width
        assert 1 <= scaled[1] <= height
        assert max(scaled) == min(max(width, height), size.longest_side or max(width, height))


@given(SIDES, SIDES)
def test_the_thumbnail_is_a_square_from_the_middle(width: int, height: int) -> None:
    crop = crop_of(SIZES[0], width, height)

    assert scaled_to(SIZES[0], crop) == (150, 150)
    assert crop.width == crop.height == min(width, height)
    assert abs((width - crop.width) - 2 * crop.left) <= 1
    assert abs((height - crop.height) - 2 * crop.top) <= 1
