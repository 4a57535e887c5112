"""What ends a run that moves data, beside the errors of the stores."""

from __future__ import annotations

from crossfade.contract.errors import CrossfadeError


class CheckpointError(CrossfadeError):
    """A checkpoint that cannot be used; the message says what to do."""


class CheckpointBusy(CheckpointError):
    """Another run holds the checkpoint, or has taken it over."""


class CheckpointForeign(CheckpointError):
    """The checkpoint is of another contract, or about something else."""


class CheckpointUnsaved(CheckpointError):
    """The state cannot be saved (a full disk); the checkpoint is as it was before."""


class FileUnsaved(CrossfadeError):
    """A run's log or dead letters cannot be written (a full disk); what they stand for was not counted as done."""


class Stopped(CrossfadeError):
    """Work was given up because the run is to end."""


class Refused(CrossfadeError):
    """A run that may not begin; the message says why and what to do."""


class WorkFailed(CrossfadeError):
    """A worker's process could not copy a chunk, or died."""


class HeldTooLong(Refused):
    """A move gave up, so that no write is held for longer: nothing has changed."""
