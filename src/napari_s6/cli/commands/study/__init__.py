"""`napari-s6 study`: the experiments that tell what the reconstruction is worth."""

from napari_s6.cli.command import CommandGroup

COMMAND = CommandGroup(
    "study",
    "Measure what the reconstruction is worth: both models on the same labels.",
    (
        "napari-s6 study lines survey.sgy --labels labels.sgy --train-lines iline:130 \\\n"
        "    --test-lines xline:327,575 -o out",
        "napari-s6 study report out",
    ),
    package=__name__,
)
