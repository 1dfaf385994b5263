"""Sketches of clothing: a stand-in for Fashion-MNIST that the library draws itself.

THESE ARE NOT THE FASHION-MNIST IMAGES. With them every lesson runs on a machine without a
network: as many images, of the same size and the same ten classes, somewhat easier to learn. A
score on them says nothing about Fashion-MNIST. How they are drawn, how similar they are and how
to change a garment: `docs/sketches.md`.
"""

from fmnist_lib.sources.sketches.draw import load_sketches as load_sketches
