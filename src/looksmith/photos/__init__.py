"""The one reader and writer of photo files: orientation, colour profiles, 16 bit, alpha, limits,
metadata.

photo = read_photo(Path("me.jpg"))      # upright pixels in their own encoding
write_photo(photo, Path("out.jpg"))     # whole or not at all
pixels = read_rgb(Path("me.jpg"))       # (H, W, 3) uint8 sRGB, upright: for networks
small = crop_resized(pixels, None, (64, 64))
"""

from looksmith.photos.images import photo_from_image, photo_to_image
from looksmith.photos.opening import opened_file
from looksmith.photos.photo import MAX_MEGAPIXELS, SUFFIXES, Photo, Pixels
from looksmith.photos.reading import (
    Claims,
    carried,
    read_claims,
    read_fitted,
    read_photo,
    read_photo_bytes,
    read_rgb,
    read_square,
    read_squares,
)
from looksmith.photos.resizing import crop_resized, fitted
from looksmith.photos.writing import JPEG_QUALITY, check_writable, write_photo

__all__ = [
    "JPEG_QUALITY",
    "MAX_MEGAPIXELS",
    "SUFFIXES",
    "Claims",
    "Photo",
    "Pixels",
    "carried",
    "check_writable",
    "crop_resized",
    "fitted",
    "opened_file",
    "photo_from_image",
    "photo_to_image",
    "read_claims",
    "read_fitted",
    "read_photo",
    "read_photo_bytes",
    "read_rgb",
    "read_square",
    "read_squares",
    "write_photo",
]
