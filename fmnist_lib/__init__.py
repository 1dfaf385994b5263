"""Teach a first neural network on Fashion-MNIST: six functions and an explorer."""

from fmnist_lib._common import CLASS_NAMES
from fmnist_lib.data import get_data_loader
from fmnist_lib.evaluation import evaluate_model
from fmnist_lib.model import build_model
from fmnist_lib.prediction import predict_label, visualize_image
from fmnist_lib.training import train_model
from fmnist_lib.widgets.explorer import explore

__version__ = "0.1.0"

__all__ = [
    "CLASS_NAMES",
    "build_model",
    "evaluate_model",
    "explore",
    "get_data_loader",
    "predict_label",
    "train_model",
    "visualize_image",
]
