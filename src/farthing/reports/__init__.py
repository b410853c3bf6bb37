"""Question -> Answer.

Measures, dimensions, comparison. Pure: storages supply the facts, this room reads them.
"""
