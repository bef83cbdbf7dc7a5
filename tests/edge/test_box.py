"""The box as its users meet it: started by a command, looked at through its socket, stopped by a signal."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, closing
from pathlib import Path
from typing import Any

from drivers.sim.mt_sics import MtSicsSim

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
SCALE = '[device.scale-1]\ndriver = "scale/mt-sics"\nport = "{port}"\n'
FAR_DEVICE = '[device.scale-9]\ndriver = "scale/mt-sics"\nport = "/dev/serial/by-id/nobody"\n'


async def test_a_weight_goes_from_the_serial_line_to_the_api(run_box: RunBox, tmp_path: Path) -> None:
    async with MtSicsSim(link=tmp_path / "scale", settle_ms=50) as scale, run_box(SCALE.format(port=scale.port)) as box:
        await box.device("scale-1", "up")
        scale.put(1234)
        reading = {"type": "weight", "grams": 1234, "state": "stable"}
        await box.until("/api/devices", lambda devices: devices[0]["reading"] == reading)


async def test_a_port_that_is_not_there_is_gone_and_the_others_work(run_box: RunBox, tmp_path: Path) -> None:
    async with MtSicsSim(link=tmp_path / "scale") as scale, run_box(SCALE.format(port=scale.port) + FAR_DEVICE) as box:
        await box.device("scale-1", "up")
        gone = await box.device("scale-9", "gone")
        assert gone["problem"] == (
            "no port /dev/serial/by-id/nobody: is the cable plugged in? ls /dev/serial/by-id shows the ports there are"
        )
        assert box.log.count("device is down") == 1


async def test_an_unplugged_scale_comes_back_under_the_same_name(run_box: RunBox, tmp_path: Path) -> None:
    async with MtSicsSim(link=tmp_path / "scale") as scale, run_box(SCALE.format(port=scale.port)) as box:
        await box.device("scale-1", "up")
        scale.unplug()
        await box.device("scale-1", "gone")
        scale.plug()
        back = await box.device("scale-1", "up")
        assert back["reopened"] == 1
        assert "device is back" in box.log


async def test_a_mute_scale_is_silent_not_gone(run_box: RunBox, tmp_path: Path) -> None:
    async with MtSicsSim(link=tmp_path / "scale") as scale, run_box(SCALE.format(port=scale.port)) as box:
        await box.device("scale-1", "up")
        scale.mute = True
        await box.device("scale-1", "silent")


async def test_no_broker_at_start_is_one_alarm_and_one_log_line(run_box: RunBox) -> None:
    tills = "".join(f'[device.till-{n}]\ndriver = "till/mqtt"\n' for n in range(3))
    async with run_box("[mqtt]\nport = 1\n" + tills) as box:
        problem = await box.alarm("broker")
        assert problem == "no broker at 127.0.0.1:1: refused; is mosquitto running?"
        await box.device("till-2", "gone")
        assert box.log.count("no broker at") == 1
        assert "device is down" not in box.log


async def test_a_broker_that_is_frozen_at_start_is_one_log_line(run_box: RunBox) -> None:
    tills = "".join(f'[device.till-{n}]\ndriver = "till/mqtt"\n' for n in range(3))
    with socket.create_server(("127.0.0.1", 0)) as frozen:  # the kernel takes the connection, nobody answers
        port = frozen.getsockname()[1]
        async with run_box(f"[mqtt]\nport = {port}\n" + tills) as box:
            problem = await box.alarm("broker")
            assert problem == f"127.0.0.1:{port} took the connection but does not answer like a broker; is mqtt.port right?"
            for n in range(3):
                await box.device(f"till-{n}", "gone")
            assert box.log.count("took the connection") == 1
            assert "device is down" not in box.log


async def test_a_stopped_box_ends_with_0_and_can_start_again(run_box: RunBox) -> None:
    for _ in range(2):
        async with run_box() as box:
            await box.until("/api/status", lambda status: status["ready"])
            box.process.send_signal(signal.SIGTERM)
            assert await box.ends() == 0
            assert "stopped" in box.log


async def test_misspelt_settings_open_the_page_in_safe_mode(run_box: RunBox) -> None:
    async with run_box('[stor]\nname = "x"\n' + FAR_DEVICE.replace("port", "prot")) as box:
        problem = await box.alarm("settings")
        assert "safe mode, no device is driven; mend" in problem
        assert 'stor: unknown setting; did you mean "store"?' in problem
        assert 'device.scale-9.prot: unknown setting; did you mean "port"?' in problem
        assert await box.ask("/api/devices") == []


async def test_the_last_good_settings_keep_a_shop_open(run_box: RunBox) -> None:
    async with run_box(FAR_DEVICE) as box:
        await box.device("scale-9", "gone")
    async with run_box("[stor]\n" + FAR_DEVICE) as box:
        problem = await box.alarm("settings")
        assert "the last good settings are in use; mend" in problem
        await box.device("scale-9", "gone")


async def test_a_reload_opens_closes_and_leaves_alone(run_box: RunBox, tmp_path: Path) -> None:
    async with MtSicsSim(link=tmp_path / "scale") as scale, run_box(SCALE.format(port=scale.port) + FAR_DEVICE) as box:
        before = await box.device("scale-1", "up")
        box.settings(SCALE.format(port=scale.port) + FAR_DEVICE.replace("scale-9", "scale-5"))
        box.process.send_signal(signal.SIGHUP)
        await box.device("scale-5", "gone")
        assert [each["id"] for each in await box.ask("/api/devices")] == ["scale-1", "scale-5"]
        after = await box.device("scale-1", "up")
        assert (after["since"], after["reopened"]) == (before["since"], before["reopened"])


async def test_a_reload_with_a_mistake_changes_nothing(run_box: RunBox) -> None:
    async with run_box(FAR_DEVICE) as box:
        await box.device("scale-9", "gone")
        box.settings("[stor]\n")
        box.process.send_signal(signal.SIGHUP)
        assert 'did you mean "store"' in await box.alarm("settings")
        await box.device("scale-9", "gone")
        box.settings(FAR_DEVICE)
        box.process.send_signal(signal.SIGHUP)
        await box.until("/api/status", lambda status: not status["alarms"])


async def test_a_reload_says_what_needs_a_restart(run_box: RunBox) -> None:
    async with run_box() as box:
        await box.until("/api/status", lambda status: status["ready"])
        box.settings('[store]\nname = "another"\n')
        box.process.send_signal(signal.SIGHUP)
        assert await box.alarm("restart") == (
            "the settings changed beyond devices, lanes and kiosks: restart the box (systemctl restart storebox) to use them"
        )


async def test_two_boxes_on_one_folder_are_refused(run_box: RunBox) -> None:
    async with run_box() as box:
        await box.until("/api/status", lambda status: status["ready"])
        async with run_box() as second:
            assert await second.ends() == 1
            assert "another storebox runs on" in second.log


async def test_a_cloud_that_cannot_be_used_does_not_close_the_shop(run_box: RunBox, tmp_path: Path) -> None:
    async with run_box(f'[cloud]\nurl = "https://cloud.example.com"\nca_file = "{tmp_path}/none.pem"\n' + FAR_DEVICE) as box:
        problem = await box.alarm("cloud")
        assert problem.startswith(f"[cloud] ca_file {tmp_path}/none.pem cannot be used: ")
        assert problem.endswith("; events are kept until then")
        await box.device("scale-9", "gone")


async def test_a_password_file_that_cannot_be_read_is_said(run_box: RunBox) -> None:
    async with run_box('[mqtt]\npassword_file = "/nowhere/secret"\n') as box:
        problem = await box.alarm("broker password")
        assert problem.startswith("[mqtt] password_file /nowhere/secret cannot be read: ")
        assert problem.endswith("; mend it, then restart the box")


async def test_an_event_of_a_newer_storebox_is_not_touched(run_box: RunBox) -> None:
    import sqlite3

    async with run_box() as box:
        await box.until("/api/status", lambda status: status["ready"])
        box.process.send_signal(signal.SIGTERM)
        await box.ends()
        with closing(sqlite3.connect(box.folder / "data" / "journal.db")) as db, db:
            db.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('storebox', 'shop-9999', 'x')")
    async with run_box() as box:
        assert await box.ends() == 1
        assert "the journal was written by a newer storebox (it has shop-9999)" in box.log
