import subprocess
import sys

ENDING = """
import threading
from napari_s6.learn.control import Token
token = Token()
if {paused}:
    token.pause()
def job():
    while not token.cancelled:
        token.wait_while_paused()
    print("ended")
threading.Thread(target=job).start()
"""


def test_a_job_does_not_outlive_the_program():
    for paused in (False, True):
        code = ENDING.format(paused=paused)
        ended = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
        )
        assert ended.stdout.strip() == "ended"
