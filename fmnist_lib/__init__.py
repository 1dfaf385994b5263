"""Teach a first neural network on Fashion-MNIST: six functions and an explorer."""

from fmnist_lib.data import CLASS_NAMES, get_data_loader
from fmnist_lib.explorer import explore
from fmnist_lib.model import build_model
from fmnist_lib.prediction import predict_label, visualize_image
from fmnist_lib.training import evaluate_model, train_model

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
