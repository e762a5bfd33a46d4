"""One HTML file that shows a replay: the map with everybody's way, the weights, what was concluded, and the receipts.

It needs no network and no server. Python works out everything that is shown, a file a part; `page` fills the template;
the script in it moves people along and lights up plates. `file` reads what is needed and writes it.
"""
