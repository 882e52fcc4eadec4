"""Where a library lies that one machine does not hold: the engine proposes, the scorers decide."""
