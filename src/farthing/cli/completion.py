"""`farthing completion`: what a shell needs to complete commands and flags."""

from __future__ import annotations

from typing import Literal


def completion(shell: Literal["bash", "zsh", "fish"]) -> None:
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

    print(app.generate_completion(shell=shell), end="")
