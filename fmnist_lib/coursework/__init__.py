"""A student's work: checks of blanks and of the six functions, predictions, self-checks."""

from fmnist_lib.coursework.check import check as check
from fmnist_lib.coursework.job import main_job as main_job
from fmnist_lib.coursework.ledger import own_calibration as own_calibration
from fmnist_lib.coursework.ledger import predict as predict
from fmnist_lib.coursework.ledger import reveal as reveal
from fmnist_lib.coursework.quiz import checked as checked
from fmnist_lib.coursework.quiz import self_check as self_check
