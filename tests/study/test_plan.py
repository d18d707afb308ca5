"""The plan of a study, and going on with one."""

import pytest

from napari_s6.errors import InputError
from napari_s6.study.plan import Run, begin, missing, open_study, parse_arms, parse_shares


def test_a_repeat_comes_whole_before_the_next(plan):
    names = [run.name for run in plan.runs()]
    assert names == [
        "n10-unconstrained-1",
        "n10-constrained-1",
        "n5-unconstrained-1",
        "n5-constrained-1",
        "n10-unconstrained-2",
        "n10-constrained-2",
        "n5-unconstrained-2",
        "n5-constrained-2",
    ]
    assert missing(plan, plan.runs()[:3]) == plan.runs()[3:]


def test_models_of_a_pair_differ_in_the_model_alone(plan):
    first, second = (
        plan.config_for(Run(arm=arm, repeat=1, share=5.0)).model_dump()
        for arm in ("unconstrained", "constrained")
    )
    assert {name for name in first if first[name] != second[name]} == {"model"}
    assert first["seed"] == 1
    assert first["label_fraction"] == 0.05


def test_a_study_grows_but_does_not_change(plan, tmp_path):
    folder = tmp_path / "study"
    assert begin(folder, plan) == plan == open_study(folder)
    more = plan.model_copy(update={"shares": (2.0,), "repeats": 3})
    grown = begin(folder, more)
    assert grown.shares == (10.0, 5.0, 2.0)
    assert grown.repeats == 3
    elsewhere = plan.settings.model_copy(update={"device": "cuda"})
    assert begin(folder, plan.model_copy(update={"settings": elsewhere})).repeats == 3
    other = plan.settings.model_copy(update={"learning_rate": 1e-3})
    with pytest.raises(
        InputError, match=r"learning_rate: the study in this folder has 0.005, asked for is 0.001"
    ):
        begin(folder, plan.model_copy(update={"settings": other}))
    with pytest.raises(InputError, match="threads"):
        begin(folder, plan.model_copy(update={"threads": 2}))


def test_a_folder_of_something_else_is_left_alone(plan, tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(InputError, match="holds no study"):
        begin(tmp_path, plan)
    with pytest.raises(InputError, match="holds no study"):
        open_study(tmp_path)


def test_shares_and_arms_are_read():
    assert parse_shares("2,8, 4") == (8.0, 4.0, 2.0)
    assert parse_arms("constrained,unconstrained") == ("unconstrained", "constrained")
    for text in ("", "0", "2;4", "120"):
        with pytest.raises(InputError, match="--n"):
            parse_shares(text)
    with pytest.raises(InputError, match="choose among"):
        parse_arms("constrained,best")
