"""Statistics of exams: items, reliability, fairness, pass marks, and what human eyes should look at.

Numbers inform people; no result of this package changes a mark by itself.
"""
