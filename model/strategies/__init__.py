"""Query strategies: which texts are worth a label next. Pure functions of outputs and frozen features, one registry."""

from model.strategies.choosing import STRATEGIES, Strategy, choose
from model.strategies.pool import Pool
from model.strategies.uncertainty import entropy, priority

__all__ = ["STRATEGIES", "Pool", "Strategy", "choose", "entropy", "priority"]
