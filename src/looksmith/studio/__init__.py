"""Studio: the page and the API where people use Looksmith.

Three kinds of process share one folder: the *server* (``app.py``) talks to browsers and programs
and never decodes a stranger's photo; *workers* (``worker.py``) take jobs from the queue and do so,
under limits; the *supervisor* (``supervisor.py``) starts both and starts them again when they die.

    looksmith studio                                 # http://127.0.0.1:8321
    python -m looksmith.studio.supervisor --help     # the same, without the command line's words
"""
