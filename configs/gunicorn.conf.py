"""gunicorn's settings for `lti-elos serve`; addresses, workers and threads come from the command line."""

worker_class = "lti_elos.serving.Worker"  # gthread, with less handing over
# A sync worker pays a connection per request (18 % of a launch in close); keep-alive spares it.
keepalive = 20
timeout = 60
graceful_timeout = 20
# gunicorn's access log would hold query strings; lti_elos logs requests itself, without them.
accesslog = None
# The control socket's name is shared between instances of one home folder.
control_socket_disable = True
# Headers of trusted proxies are read by ProxyFix, as PROXY_HOPS says, never by gunicorn.
forwarded_allow_ips = ""
limit_request_line = 8190
limit_request_field_size = 16380
