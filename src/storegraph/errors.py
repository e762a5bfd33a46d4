"""The root of all errors that a user can mend."""


class StoregraphError(Exception):
    """Something the user gave cannot be used; the message says where, what, what was expected and what to do.

    The command line prints it without a traceback and exits with 2.
    """
