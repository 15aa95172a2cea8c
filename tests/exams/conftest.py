"""A world with the exam, a sitting, an authorised learner and a running attempt."""

import pytest
from tests.factories import exams as make
from tests.factories.world import load_world


@pytest.fixture
def cast():
    people = load_world()
    make.put_exam()
    return people


@pytest.fixture
def sitting(cast):
    return make.put_sitting()


@pytest.fixture
def learner(cast):
    make.authorise(cast["learner"], cast)
    return cast["learner"]


@pytest.fixture
def running(cast, learner, sitting):
    return make.begin(cast, learner, sitting)
