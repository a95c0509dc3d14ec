"""The other side: a learning management system for the demo and for tests, over real HTTP.

One Flask app holds six LTI 1.3 platforms under one origin, each shaped after a product: what Moodle, Canvas,
Brightspace, Open edX, Blackboard and Sakai send where they differ (:mod:`.shapes`), what they keep for tools in the
browser (:mod:`.storage`), one sample university behind them (:mod:`.school`), and JOSE code of its own (:mod:`.jose`).
It imports nothing of the tool, nor the tool's libraries for LTI: a shared piece of code would agree with our mistakes.

Everything lives in memory, in one process. Serve it on another *site* than the tool (127.0.0.1 and localhost):
on the same site, browsers treat the tool's cookies in frames as first-party ones, which hides every fault there.
"""
