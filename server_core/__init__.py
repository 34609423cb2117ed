"""Spindle's HTTP/1.1 server: standard library only, no window.

The way in is :class:`server_core.http_server.HttpServer`; ``docs/ARCHITECTURE.md`` says how the files hang
together.
"""
