"""The HTTP API: endpoint -> service -> one unit of work. Imports photo_core, never the workers or the operator."""
