"""What people do with each other: members, invitations, workspaces, passwords."""
