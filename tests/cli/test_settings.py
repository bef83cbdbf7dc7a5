"""``check-settings`` shows what the box would understand, or everything that is wrong."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.unstated import UNSTATED

Storebox = Callable[..., Any]

GOOD = '[device.scale-1]\ndriver = "scale/mt-sics"\nport = "/dev/ttyUSB0"\n'
BAD = '[device.scale-1]\ndriver = "scale/mt-sics"\nprot = "/dev/ttyUSB0"\n[log]\nlevel = "loud"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "storebox.toml"
    path.write_text(text)
    return path


def test_right_settings_are_printed_with_every_default(tmp_path: Path, storebox: Storebox) -> None:
    ended = storebox("check-settings", str(written(tmp_path, GOOD)))
    assert (ended.code, ended.err) == (0, "")
    shown = tomllib.loads(ended.out)
    assert shown["device"]["scale-1"]["baud"] == 9600
    assert shown["web"]["listen"] == "127.0.0.1:8080"


def test_all_mistakes_are_printed_on_standard_error(tmp_path: Path, storebox_process: Storebox) -> None:
    path = written(tmp_path, BAD)
    ended = storebox_process("check-settings", str(path))
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines() == [
        f"{path}:1: device.scale-1.port: is required; add it to this table",
        f'{path}:3: device.scale-1.prot: unknown setting; did you mean "port"?',
        f'{path}:5: log.level: "loud" is not "debug", "info", "warning" or "error"',
    ]


def test_programs_get_settings_and_mistakes_as_json(tmp_path: Path, storebox: Storebox) -> None:
    ended = storebox("check-settings", "--json", str(written(tmp_path, GOOD)))
    shown = json.loads(ended.out)
    assert (ended.code, shown["cautions"]) == (0, [])
    assert shown["settings"]["device"]["scale-1"]["driver"] == "scale/mt-sics"
    ended = storebox("check-settings", "--json", str(written(tmp_path, BAD)))
    assert ended.code == 2
    assert json.loads(ended.out)["mistakes"][1] == {
        "key": "device.scale-1.prot",
        "line": 3,
        "problem": "unknown setting",
        "hint": 'did you mean "port"?',
    }


def test_what_is_unwise_is_said_and_does_not_fail(tmp_path: Path, storebox: Storebox) -> None:
    path = written(tmp_path, '[mqtt]\npassword_file = "/nowhere/password"\n')
    ended = storebox("check-settings", str(path))
    assert ended.code == 0
    assert ended.err == (
        f"caution: {path}:2: mqtt.password_file: /nowhere/password does not exist; create it, or take this setting out\n"
    )


def test_who_switches_faces_on_is_told_what_nobody_knows_of_the_model(tmp_path: Path, storebox: Storebox) -> None:
    path = written(tmp_path, '[faces]\npurpose_zh = "甲"\npurpose_en = "a"\nassessment = "PIA-7"\ncontact = "ann"\n')
    ended = storebox("check-settings", str(path))
    assert (ended.code, ended.err) == (0, f"notice: members may be recognised by face. {UNSTATED}\n")
    told = json.loads(storebox("check-settings", "--json", str(path)).out)
    assert told["notices"] == [f"members may be recognised by face. {UNSTATED}"]
    assert json.loads(storebox("check-settings", "--json", str(written(tmp_path, GOOD))).out)["notices"] == []


def test_the_broker_gets_a_login_for_each_device_that_needs_it(tmp_path: Path, storebox: Storebox) -> None:
    path = written(tmp_path, GOOD + '[device.till-1]\ndriver = "till/mqtt"\n')
    ended = storebox("mosquitto", str(tmp_path / "mosquitto"), "--settings", str(path))
    assert ended.code == 0, ended.err
    assert ended.out.splitlines() == [
        f"run: mosquitto -c {tmp_path}/mosquitto/mosquitto.conf",
        f"password of storebox: {tmp_path}/mosquitto/secrets/storebox",
        f"password of till-1: {tmp_path}/mosquitto/secrets/till-1",
    ]
    passwords = (tmp_path / "mosquitto" / "passwords").read_text().splitlines()
    assert [line.partition(":")[0] for line in passwords] == ["storebox", "till-1"]


def test_home_assistant_gets_a_login_that_writes_nothing_only_when_it_is_wanted(tmp_path: Path, storebox: Storebox) -> None:
    for wanted, logins in (("", ["storebox"]), ('home_assistant = true\nhome_assistant_user = "ha"\n', ["storebox", "ha"])):
        path = written(tmp_path, f"[mqtt]\n{wanted}")
        ended = storebox("mosquitto", str(tmp_path / "mosquitto"), "--settings", str(path))
        assert ended.code == 0, ended.err
        passwords = (tmp_path / "mosquitto" / "passwords").read_text().splitlines()
        assert [line.partition(":")[0] for line in passwords] == logins
        rights = (tmp_path / "mosquitto" / "acl").read_text().partition("\nuser ha\n")[2].partition("\n\n")[0]
    assert rights.splitlines() == [
        "topic deny storebox/1/box/ha/#",
        "topic read storebox/1/box/+/$state",
        "topic read storebox/1/box/+/$description",
        "topic read storebox/1/box/+/state/#",
        "topic read homeassistant/#",
    ]


def test_devices_of_other_makers_get_their_own_topics_and_a_bridge_one_login(tmp_path: Path, storebox: Storebox) -> None:
    lamps = "".join(f'[device.lamp-{number}]\ndriver = "ambience/zigbee2mqtt"\n' for number in (1, 2))
    path = written(tmp_path, lamps + '[device.plug-1]\ndriver = "ambience/tasmota"\ntopic = "tasmota_A1"\n')
    ended = storebox("mosquitto", str(tmp_path / "mosquitto"), "--settings", str(path))
    assert ended.code == 0, ended.err
    passwords = (tmp_path / "mosquitto" / "passwords").read_text().splitlines()
    assert [line.partition(":")[0] for line in passwords] == ["storebox", "zigbee2mqtt", "plug-1"]
    assert (tmp_path / "mosquitto" / "acl").read_text().splitlines()[:22] == [
        "user storebox",
        "topic readwrite storebox/1/box/#",
        "topic readwrite homeassistant/device/storebox_box/+/config",
        "topic read zigbee2mqtt/#",
        "topic write zigbee2mqtt/lamp-1/set",
        "topic write zigbee2mqtt/lamp-1/get",
        "topic write zigbee2mqtt/lamp-2/set",
        "topic write zigbee2mqtt/lamp-2/get",
        "topic read stat/tasmota_A1/#",
        "topic read tele/tasmota_A1/#",
        "topic write cmnd/tasmota_A1/+",
        "",
        "user zigbee2mqtt",
        "topic deny storebox/#",
        "topic write zigbee2mqtt/#",
        "topic read zigbee2mqtt/#",
        "",
        "user plug-1",
        "topic deny storebox/#",
        "topic write stat/tasmota_A1/#",
        "topic write tele/tasmota_A1/#",
        "topic read cmnd/tasmota_A1/+",
    ]
    assert "message_size_limit 4194304" in (tmp_path / "mosquitto" / "mosquitto.conf").read_text().splitlines()


def test_a_box_without_a_broker_has_nothing_to_write(tmp_path: Path, storebox: Storebox) -> None:
    path = written(tmp_path, '[mqtt]\nhost = ""\n')
    ended = storebox("mosquitto", str(tmp_path), "--settings", str(path))
    assert ended.code == 2
    assert ended.err == f'{path}: mqtt.host is ""; set it to the address that the broker shall listen on\n'


def test_broker_files_that_cannot_be_written_are_told(tmp_path: Path, storebox: Storebox) -> None:
    path = written(tmp_path, GOOD)
    ended = storebox("mosquitto", str(path / "below-a-file"), "--settings", str(path))
    assert (ended.code, ended.err.startswith("cannot write ")) == (1, True)


def test_settings_with_mistakes_stop_every_command_that_needs_them(tmp_path: Path, storebox: Storebox) -> None:
    ended = storebox("mosquitto", str(tmp_path), "--settings", str(tmp_path / "gone.toml"))
    assert ended.code == 2
    assert ended.err == f"{tmp_path}/gone.toml: no such file; give the path of the settings file with --settings\n"
