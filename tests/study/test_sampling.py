"""Which sections are validated on and labelled."""

import math

import pytest

from napari_s6.errors import InputError
from napari_s6.facies.scheme import F3
from napari_s6.facies.sections import valid_sections
from napari_s6.formats.benchmark import open_benchmark
from napari_s6.study.plan import Run
from napari_s6.study.sampling import sample_sections


@pytest.fixture(scope="module")
def part(benchmark):
    return open_benchmark(benchmark)["train"]


def _draw(part, plan, **run):
    config = plan.config_for(Run(**{"arm": "constrained", "repeat": 0, "share": 10.0, **run}))
    return sample_sections(part.seismic, part.labels, F3, config)


@pytest.mark.parametrize("how", ["random", "block", "none"])
def test_every_valid_section_is_in_one_group(part, plan, how):
    plan = plan.model_copy(
        update={"settings": plan.settings.model_copy(update={"validation": how})}
    )
    split = _draw(part, plan)
    groups = [split.labelled, split.unlabelled, split.validation, split.unused]
    everything = [section for group in groups for section in group]
    assert len(everything) == len(set(everything))
    assert set(everything) == set(valid_sections(part.seismic))
    assert bool(split.validation) == (how != "none")
    assert bool(split.unused) == (how == "block")


@pytest.mark.parametrize("share", [2.0, 5.0, 10.0, 33.3])
def test_the_share_is_of_what_validation_leaves(part, plan, share):
    split = _draw(part, plan, share=share)
    assert len(split.validation) == 8  # a tenth of 40 inlines and 40 crosslines
    assert len(split.labelled) == math.ceil(share / 100 * 72)
    assert split.targets.label_fraction == len(split.labelled) / 72


def test_both_models_get_the_same_and_a_smaller_share_is_a_part(part, plan):
    large = _draw(part, plan)
    other = _draw(part, plan, arm="unconstrained")
    small = _draw(part, plan, share=5.0)
    assert large.labelled == other.labelled
    assert large.validation == other.validation == small.validation
    assert large.targets.label_hash == other.targets.label_hash
    assert set(small.labelled) < set(large.labelled)
    assert _draw(part, plan, repeat=1).labelled != large.labelled


def test_the_draw_is_the_same_on_every_platform(part, plan):
    """These sections were drawn once and written down."""
    split = _draw(part, plan, share=5.0)
    assert [str(s) for s in split.labelled] == ["iline:143", "iline:151", "iline:153", "iline:160"]
    assert [str(s) for s in split.validation] == [
        "iline:170",
        "iline:172",
        "xline:300",
        "xline:307",
        "xline:308",
        "xline:320",
        "xline:325",
        "xline:327",
    ]


def test_labels_do_not_lie_beside_validation_more_often_than_by_chance(part, plan):
    """Both are drawn with one seed, and yet independently of each other."""
    distances = []
    for repeat in range(60):
        split = _draw(part, plan, share=5.0, repeat=repeat)
        for section in split.labelled:
            mine = [v.line for v in split.validation if v.orientation == section.orientation]
            if mine:
                distances.append(min(abs(section.line - line) for line in mine))
    # Among 40 lines with four of them taken, a remaining line has one beside it with p = 0.19.
    assert sum(d == 1 for d in distances) / len(distances) == pytest.approx(0.19, abs=0.08)


def test_too_few_labels_are_an_error(part, plan):
    labels = part.labels.copy(data=part.labels.values.copy())
    labels.values[1:] = 255
    with pytest.raises(InputError, match="only 1 sections carry labels"):
        sample_sections(part.seismic, labels, F3, plan.config_for(plan.runs()[0]))
