"""Chooses the hyperparameters of a training by its length."""

from __future__ import annotations

from . import model, patience
from . import plan as plan_lib

# The publisher uses these values for 350 epochs of ImageNet.
_LABEL_SMOOTHING = 0.1
_LARGEST_AVERAGES_DECAY = 0.9999
_LARGEST_BATCH_NORM_MOMENTUM = 0.99
# In a short run, the moving averages are those of the last tenth of the steps.
_AVERAGED_FRACTION = 0.1
# The checkpoints of the shortest run have averages too, so that a run with more epochs
# can resume from them.
_SMALLEST_AVERAGES_DECAY = 0.001
# Of the initial value in a moving average that has caught up.
_FORGOTTEN_WEIGHT = 0.01


def choose(plan: plan_lib.Plan, processes: int = 1) -> model.Recipe:
    """Returns the hyperparameters of a training.

    Args:
      plan: the training.
      processes: the number of processes that train, at least 1.
    """
    # For more than one process, see `training_step.count_earlier_updates`.
    decay = 1 - 1 / max(1.0, processes, _AVERAGED_FRACTION * plan.steps)
    return model.Recipe(
        steps=plan.steps,
        warm_up_steps=plan.warm_up_steps,
        learning_rate=plan.options.peak_learning_rate,
        label_smoothing=_LABEL_SMOOTHING,
        moving_average_decay=min(
            _LARGEST_AVERAGES_DECAY, max(_SMALLEST_AVERAGES_DECAY, decay)
        ),
        batch_norm_momentum=min(_LARGEST_BATCH_NORM_MOMENTUM, decay),
        processes=processes,
    )


def choose_patience(plan: plan_lib.Plan) -> patience.Patience | None:
    """Returns when a training stops early, None if it does not."""
    if plan.options.patience is None:
        return None
    recipe = choose(plan)
    # Evaluation uses averages of the moving averages of batch normalization.
    settled = _count_steps_to_forget(
        recipe.batch_norm_momentum
    ) + _count_steps_to_forget(recipe.moving_average_decay)
    return patience.Patience(
        plan.options.patience,
        plan.options.epochs,
        max(plan.warm_up_steps, settled),
        patience.evaluate_guessing(plan.evaluation_photographs.labels),
    )


def _count_steps_to_forget(decay: float) -> int:
    """Returns the number of updates after which an average forgets where it started.

    Args:
      decay: see `training_step.warm_up_decay`, less than 1.
    """
    weight, steps = 1.0, 0
    while weight > _FORGOTTEN_WEIGHT:
        weight *= min(decay, (1 + steps) / (10 + steps))
        steps += 1
    return steps
