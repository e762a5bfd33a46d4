"""Suites: many visits, replayed side by side, and how many of their receipts are right.

`file` reads a suite, `run` lists what is to be played, `playing` plays one of it, `schedule` all of it on many
processes; `visits` compares with the truth, `figures` counts, `comparison` sets two counts side by side, and `table`,
`page` and `report` tell.
"""
