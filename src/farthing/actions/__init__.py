"""One file per thing people do, a verb phrase each; called by api, web, cli and jobs alike."""
