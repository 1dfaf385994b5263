"""What the lessons ask for: a list of blanks and a table of questions for each."""

from fmnist_lib.coursework.lessons import (
    lesson0,
    lesson1,
    lesson2,
    lesson3,
    lesson4,
    lesson5,
    lesson6,
    lesson7,
)

LESSONS = (lesson0, lesson1, lesson2, lesson3, lesson4, lesson5, lesson6, lesson7)

EXERCISES = {e.solution.__name__: e for lesson in LESSONS for e in lesson.EXERCISES}
QUESTIONS = {i: lesson.QUESTIONS for i, lesson in enumerate(LESSONS) if lesson.QUESTIONS}
