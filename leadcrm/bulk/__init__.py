"""Acts of managers on many rows: chosen, confirmed, carried out row by row, each once, with a result for each."""
