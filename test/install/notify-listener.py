#!/usr/bin/env python3
"""Stands in for systemd: prints what a service says on its notification socket, one line a message.  notify-listener.py PATH SECONDS"""
import os, socket, sys, time

path, seconds = sys.argv[1], float(sys.argv[2])
if os.path.exists(path):
    os.unlink(path)  # of a check that was cut off
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(path)
os.chmod(path, 0o777)
print("listening", flush=True)
end = time.monotonic() + seconds
while (left := end - time.monotonic()) > 0:
    listener.settimeout(left)
    try:
        message = listener.recv(4096).decode()
    except socket.timeout:
        break
    print(message.strip().replace("\n", " | "), flush=True)
