"""A real RTSP server (GStreamer's) with one camera at /cam, run by the system's Python: it prints its port and obeys stdin.

/usr/bin/python3 rtsp_server.py [USER PASSWORD]
live | frozen | black        what the camera shows from now on
"""

from __future__ import annotations

import sys
import threading
from importlib import import_module

gi = import_module("gi")
for name in ("Gst", "GstRtsp", "GstRtspServer"):
    gi.require_version(name, "1.0")
GLib, Gst, GstRtsp, GstRtspServer = (
    import_module(f"gi.repository.{name}") for name in ("GLib", "Gst", "GstRtsp", "GstRtspServer")
)

PATTERNS = {"live": 18, "frozen": 13, "black": 2}  # videotestsrc: ball, smpte bars without noise, black
PIPELINE = (
    "( videotestsrc name=source is-live=true pattern=ball ! video/x-raw,format=I420,width=160,height=90,framerate=20/1"
    " ! jpegenc ! rtpjpegpay name=pay0 pt=26 )"
)


def main() -> None:
    """Serve until killed."""
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(PIPELINE)
    factory.set_shared(True)
    sources: list[object] = []
    factory.connect("media-configure", lambda _factory, media: sources.append(media.get_element().get_by_name("source")))
    if len(sys.argv) == 3:
        ask_for_login(server, factory, *sys.argv[1:])
    server.get_mount_points().add_factory("/cam", factory)
    server.attach(None)
    print(server.get_bound_port(), flush=True)
    threading.Thread(target=obey, args=(sources,), daemon=True).start()
    GLib.MainLoop().run()


def ask_for_login(server: object, factory: object, user: str, password: str) -> None:
    """Let nobody in without the digest of ``user`` and ``password``."""
    auth, token, permissions = GstRtspServer.RTSPAuth(), GstRtspServer.RTSPToken(), GstRtspServer.RTSPPermissions()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    token.set_string("media.factory.role", "user")
    auth.add_digest(user, password, token)
    for right in ("access", "construct"):
        permissions.add_permission_for_role("user", f"media.factory.{right}", True)
    factory.set_permissions(permissions)  # type: ignore[attr-defined]
    server.set_auth(auth)  # type: ignore[attr-defined]


def obey(sources: list[object]) -> None:
    """Change the picture of the newest stream."""
    for line in sys.stdin:
        sources[-1].set_property("pattern", PATTERNS[line.strip()])  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
