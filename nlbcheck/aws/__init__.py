"""AWS's own answers: recorded, read as typed state, and fetched."""
