"""Which of MediaPipe's 478 landmarks outline what. "Right" is the person's own right."""

from __future__ import annotations

OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
LIPS_OUTER = (
    *(61, 185, 40, 39, 37, 0, 267, 269, 270, 409),
    *(291, 375, 321, 405, 314, 17, 84, 181, 91, 146),
)
LIPS_INNER = (
    *(78, 191, 80, 81, 82, 13, 312, 311, 310, 415),
    *(308, 324, 318, 402, 317, 14, 87, 178, 88, 95),
)
# From the outer corner along the upper lid to the inner corner, back along the lower lid.
RIGHT_EYE = (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7)
LEFT_EYE = (263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249)
EYES = (RIGHT_EYE, LEFT_EYE)
# Upper edge from the temple to the nose, lower edge back.
RIGHT_BROW = (70, 63, 105, 66, 107, 55, 65, 52, 53, 46)
LEFT_BROW = (300, 293, 334, 296, 336, 285, 295, 282, 283, 276)
BROWS = (RIGHT_BROW, LEFT_BROW)
# Skin that beards, glasses and fringes leave free most often: nose, cheeks, under the eyes.
SURE_SKIN = (
    *(1, 4, 5, 195, 197, 6, 50, 280, 101, 330, 118, 347, 117, 346, 36, 266, 205, 425, 187, 411),
    *(123, 352, 100, 329, 142, 371, 203, 423, 119, 348, 9, 8, 151),
)
