"""One file for each platform: translate, acknowledge, send; nothing else."""
