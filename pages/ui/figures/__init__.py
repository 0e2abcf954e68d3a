"""Pictures as plain records: arrays in, a figure out. Nothing here imports Streamlit."""
