"""A real estate agent's workspace: twelve entity types behind one generic repository."""
