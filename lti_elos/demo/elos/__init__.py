"""The other side: an Elos / BigBlueButton server for the demo and for tests, over real HTTP.

Written from the Elos guide, Mconf's published API documents and the BigBlueButton documentation, not from our
client: it imports nothing of the tool, since a shared constant would agree with our mistakes. It is stricter
than a real server where that finds faults in a client (booleans, the password of ``end``), and can be told to
vary where real servers do (:mod:`.switches`) or to break (:mod:`.faults`).

Everything lives in memory, in one process.
"""

from lti_elos.demo.elos.app import create_simulator
from lti_elos.demo.elos.clock import Clock
from lti_elos.demo.elos.simulator import Simulator
from lti_elos.demo.elos.switches import Switches

__all__ = ["Clock", "Simulator", "Switches", "create_simulator"]
