"""Experiments on the whole, behind `concord eval NAME`, and the synthetic world that they share."""

from typing import TYPE_CHECKING

from ..faces import lazy

if TYPE_CHECKING:
    from .registry import EXPERIMENTS, Entry, Experiment, Figures
    from .synthetic.config import WorldConfig
    from .synthetic.model import SimulatedModel
    from .synthetic.people import PanelShape, SimulatedPanel, simulate_panel
    from .synthetic.world import make_world

__all__ = [
    "EXPERIMENTS",
    "Entry",
    "Experiment",
    "Figures",
    "PanelShape",
    "SimulatedModel",
    "SimulatedPanel",
    "WorldConfig",
    "make_world",
    "simulate_panel",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "EXPERIMENTS": ".registry",
        "Entry": ".registry",
        "Experiment": ".registry",
        "Figures": ".registry",
        "PanelShape": ".synthetic.people",
        "SimulatedModel": ".synthetic.model",
        "SimulatedPanel": ".synthetic.people",
        "WorldConfig": ".synthetic.config",
        "make_world": ".synthetic.world",
        "simulate_panel": ".synthetic.people",
    },
)
