"""One HTML file that shows a replay: the map with everybody's way, the weights, what was concluded, and the receipts.

It needs no network and no server. Python works out everything that is shown (`data`, `plan`, `curves`, `story`) and
`page` fills the templates; the script moves people along and lights up plates.
"""
