"""A student's work: so far, the self-checks at the end of the lessons."""

from fmnist_lib.coursework.quiz import self_check as self_check
