"""What happens to text and frames: bytes or frames in, frames out.

Nothing here starts a flow, opens a database, asks the clock or the network, or writes a file.
Stages, in order: `read`, `segment`, `deduplicate`, `extract`. The frames that pass between them
are declared in `transforms.schemas`.
"""
