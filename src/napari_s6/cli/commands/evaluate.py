"""`napari-s6 evaluate`: compare predicted facies with reference labels."""

import argparse

from napari_s6.cli.command import Command
from napari_s6.cli.facies_options import add_classes, add_convention, add_lines_option, add_scheme
from napari_s6.cli.input_options import add_header_bytes
from napari_s6.cli.inputs import facies_of, open_survey, reference_of, scheme_given
from napari_s6.cli.output_options import add_json


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("prediction", metavar="PREDICTION", help="the facies to be judged")
    command.add_argument(
        "--reference", required=True, metavar="LABELS", help="the facies taken for true"
    )
    add_lines_option(command, "compare these lines of the reference")
    command.add_argument("--seismic", metavar="SEISMIC", help="says which traces are live")
    add_classes(command)
    command.add_argument(
        "--baseline-lines",
        action="append",
        metavar="iline:130,459",
        help="labels that the no-learning baselines use (the reference's other lines if absent)",
    )
    add_json(command)
    add_scheme(command)
    add_convention(command)
    add_header_bytes(command)


def _run(options: argparse.Namespace) -> None:
    import json

    from napari_s6.evaluation.comparison import compare, parse_classes
    from napari_s6.facies.sections import parse_lines

    scheme = scheme_given(options)
    prediction = facies_of(options.prediction, options, scheme)
    reference = reference_of(options.reference, options, scheme)
    survey = open_survey(options.seismic, options) if options.seismic else None
    comparison = compare(
        prediction,
        reference,
        survey=survey,
        sections=parse_lines(options.lines, reference) if options.lines else None,
        baseline_sections=(
            parse_lines(options.baseline_lines, reference) if options.baseline_lines else None
        ),
        classes=parse_classes(options.classes) if options.classes else None,
        scheme=scheme,
    )
    print(json.dumps(comparison.as_dict(), indent=2) if options.json else comparison.as_text())


COMMAND = Command(
    "evaluate",
    "Compare predicted facies with reference labels.",
    ("napari-s6 evaluate facies.sgy --reference labels.sgy --lines xline:327,575",),
    _add_options,
    _run,
)
