"""Turns text into unit vectors, and unit vectors into the nearest rows."""

import os

# Since 1.29 onnxruntime writes an id of the device into the home folder and sends figures about
# the models it runs to its maker; only this, set before it is imported, keeps it from that.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
