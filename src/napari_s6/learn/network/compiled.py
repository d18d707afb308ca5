"""A network's pass in training, compiled where that is asked for and possible."""

import contextlib
from collections.abc import Iterator
from typing import Any, Literal

import torch
from torch import Tensor

from napari_s6.learn.network.network import S6Network

Compiler = Literal["no", "cudagraphs", "inductor"]


class CompiledForward:
    """The network's forward pass (and backward through it), by a compiler or without.

    The compiled code works on the network's own weights: names and copies of them know nothing
    of it. Compiling happens at the first pass of each shape.
    """

    def __init__(self, network: S6Network, compiler: Compiler) -> None:
        self._run: Any = network
        self._network = network
        self.compiled = compiler != "no"
        if self.compiled:
            self._run = torch.compile(network, backend=compiler, dynamic=False)

    def __call__(self, inputs: Tensor, segmented: int, *, apart: int | None) -> dict[str, Tensor]:
        """`S6Network.forward`."""
        if self.compiled:
            # What the step before computed is not needed any more: its memory may be used again.
            torch.compiler.cudagraph_mark_step_begin()
        outputs: dict[str, Tensor] = self._run(inputs, segmented, apart=apart)
        return outputs

    def run_plainly(self) -> None:
        """Go on without the compiler."""
        self._run, self.compiled = self._network, False


@contextlib.contextmanager
def compiled_code_dropped(compiler: Compiler) -> Iterator[None]:
    """Forget compiled code, and the memory that its graphs hold, when the block ends."""
    try:
        yield
    finally:
        if compiler != "no":
            torch.compiler.reset()
