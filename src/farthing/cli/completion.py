"""`farthing completion`: what a shell needs to complete commands and flags."""

from __future__ import annotations

import sys
from typing import Literal

from farthing.cli.failures import CANNOT_RUN


def completion(shell: Literal["bash", "zsh", "fish"] | None = None) -> None:
    """Print a script that lets a shell complete commands, flags and choices.

    bash: farthing completion bash > ~/.local/share/bash-completion/completions/farthing

    zsh: farthing completion zsh > ~/.zfunc/_farthing, where ~/.zfunc is in fpath before compinit

    fish: farthing completion fish > ~/.config/fish/completions/farthing.fish

    Parameters
    ----------
    shell
        bash, zsh or fish.
    """
    from farthing.cli import app

    if shell is None:
        told = "name a shell: bash, zsh or fish; `farthing completion --help` says where each script goes"
        print(f"farthing: {told}", file=sys.stderr)
        sys.exit(CANNOT_RUN)

    print(app.generate_completion(shell=shell), end="")
