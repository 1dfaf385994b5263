"""A student's work: the check of the six functions, and the self-checks of the lessons."""

from fmnist_lib.coursework.check import check as check
from fmnist_lib.coursework.job import main_job as main_job
from fmnist_lib.coursework.quiz import self_check as self_check
