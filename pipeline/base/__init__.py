"""What knows nothing of the rest: files, console, processes, parallel work, charts."""
