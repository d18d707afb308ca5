"""A trained model as Python users hold it: loaded, predicting, saved."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import xarray as xr

from napari_s6.accessor import PathName, Volume, live_survey
from napari_s6.errors import InputError
from napari_s6.facies.scheme import FaciesScheme

if TYPE_CHECKING:
    from napari_s6.learn.config import TrainConfig
    from napari_s6.learn.model import Model

Orientations = Literal["both", "iline", "xline"]


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """Hold a trained model, ready to predict any survey.

    Attributes
    ----------
    model
        The networks and their record, see `learn.model`.

    Examples
    --------
    >>> import napari_s6 as s6
    >>> from napari_s6.survey.synthetic import make_survey
    >>> survey, labels = make_survey((6, 70, 40))
    >>> model = s6.train(
    ...     survey, labels, scheme="F3", lines="iline:102", steps=1, device="cpu"
    ... )
    >>> model
    <TrainedModel: constrained, 6 facies (F3), 1 steps...>
    >>> model.config.steps, model.scheme.names[0]
    (1, 'Upper North Sea')
    >>> model.predict(survey, "facies.zarr", orientation="iline").facies.shape
    (6, 70, 40)
    >>> s6.load_model(model.save("model")).scheme == model.scheme
    True
    """

    model: "Model"

    @property
    def scheme(self) -> FaciesScheme:
        """The facies that it predicts."""
        return self.model.scheme

    @property
    def config(self) -> "TrainConfig":
        """The settings that it was trained with."""
        return self.model.config

    def __repr__(self) -> str:
        return f"<TrainedModel: {self.model.describe()}>"

    def predict(
        self,
        survey: Volume,
        out: PathName | None = None,
        *,
        orientation: Orientations = "both",
        overwrite: bool = False,
        progress: bool = False,
    ) -> xr.Dataset:
        """Predict a survey, in memory or straight into a Zarr folder.

        Parameters
        ----------
        out
            Name of a folder ending in ``.zarr``, for what need not fit into memory; it appears
            whole or not at all.
        orientation
            Sections to predict along; of ``"both"``, probabilities are averaged.
        progress
            Whether to show a bar.

        Returns
        -------
        xarray.Dataset
            ``facies``, uint8 codes with the scheme in their record, 255 where nothing is
            predicted, and ``confidence``, float32 0 to 1 (in steps of 0.01 in a folder), on the
            survey's coordinates.

        Raises
        ------
        InputError
            If no section can be predicted, or the folder is in the way or cannot be written.
        """
        from tqdm import tqdm

        from napari_s6.learn.inference.dataset import predict_dataset

        if orientation not in ("both", "iline", "xline"):
            raise InputError(f"orientation {orientation!r}: choose both, iline or xline")
        with tqdm(disable=not progress, unit="section", desc="predicting") as bar:

            def told(done: Any) -> None:
                bar.total = done.total
                bar.update(done.done - bar.n)

            return predict_dataset(
                self.model,
                live_survey(survey),
                out,
                orientation=orientation,
                overwrite=overwrite,
                told=told,
            )

    def save(self, path: PathName, *, overwrite: bool = False) -> Path:
        """Write the model as a folder that `load_model` reads; return its absolute path.

        Raises
        ------
        InputError
            If something is in the way or cannot be written.
        """
        from napari_s6.learn.model import save_model_folder
        from napari_s6.survey.atomic import atomic_path

        with atomic_path(path, overwrite=overwrite) as temporary:
            weights = [network.state_dict() for network in self.model.networks]
            save_model_folder(temporary, weights, self.model.record)
        return Path(path).expanduser().absolute()


def load_model(path: PathName, device: str = "auto") -> TrainedModel:
    """Load the folder of a trained model; no code in it is ever run.

    Raises
    ------
    InputError
        If it is not a model, or there is no such device.

    Examples
    --------
    >>> import napari_s6 as s6
    >>> s6.load_model("nowhere")
    Traceback (most recent call last):
    napari_s6.errors.InputError: nowhere: not a model folder (run.json cannot be read); give the \
folder that training wrote
    """
    from napari_s6.learn.model import load_model_folder

    return TrainedModel(load_model_folder(Path(path).expanduser(), device))


def predict(
    model: TrainedModel | PathName,
    survey: Volume,
    out: PathName | None = None,
    *,
    orientation: Orientations = "both",
    overwrite: bool = False,
    progress: bool = False,
    device: str = "auto",
) -> xr.Dataset:
    """Predict a survey with a model or the folder of one, see `TrainedModel.predict`.

    ``device`` matters to a folder alone.

    Raises
    ------
    InputError
        As `load_model` and `TrainedModel.predict`.

    Examples
    --------
    >>> import napari_s6 as s6
    >>> from napari_s6.survey.synthetic import make_survey
    >>> survey, labels = make_survey((6, 70, 40))
    >>> model = s6.train(survey, labels, lines="iline:102", run="run", steps=1, device="cpu")
    >>> prediction = s6.predict("run", survey, orientation="iline", device="cpu")
    >>> float(prediction.confidence.max()) <= 1
    True
    """
    loaded = model if isinstance(model, TrainedModel) else load_model(model, device)
    return loaded.predict(
        survey, out, orientation=orientation, overwrite=overwrite, progress=progress
    )
