"""The demo installation: four sample organizations that show every case."""
