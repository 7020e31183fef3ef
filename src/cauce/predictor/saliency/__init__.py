"""Maps of what in an image speaks for a classifier's answer. Everything here needs torch; a hospital never imports it."""

from cauce.predictor.saliency.randomise import layers_from_the_head, randomised
from cauce.predictor.saliency.table import METHODS, Method, explain

__all__ = ["METHODS", "Method", "explain", "layers_from_the_head", "randomised"]
