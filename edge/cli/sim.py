"""``storebox sim KIND``: a simulated device on a real wire, for trying the box without hardware."""

from __future__ import annotations

from importlib import import_module

import typer

from edge.cli.exits import BAD_INPUT, stop

KINDS = {
    "scale/toledo-8217": ("drivers.sim.toledo_8217", "Mettler-Toledo 8217 scale on a pseudo serial port"),
    "scale/mt-sics": ("drivers.sim.mt_sics", "MT-SICS scale on a pseudo serial port"),
    "scale/nci": ("drivers.sim.nci", "NCI scale on a pseudo serial port"),
    "scale/cas": ("drivers.sim.cas", "CAS scale, type 6, on a pseudo serial port"),
    "scale/cas-01": ("drivers.sim.cas_01", "CAS scale, type 0 or 1, on a pseudo serial port"),
    "scale/dialog-06": ("drivers.sim.dialog06", "checkout scale, Dialog 06, on a pseudo serial port"),
    "scale/dialog-02": ("drivers.sim.dialog02", "checkout scale, Dialog 02 or 04, on a pseudo serial port"),
    "scale/toledo-continuous": ("drivers.sim.toledo_continuous", "indicator in Toledo continuous mode on a pseudo serial port"),
    "scale/a-and-d": ("drivers.sim.a_and_d", "A&D scale on a pseudo serial port"),
    "scale/adam-cpwplus": ("drivers.sim.adam_cpwplus", "Adam CPWplus scale on a pseudo serial port"),
    "scale/adam-azextra": ("drivers.sim.adam_azextra", "Adam AZExtra scale on a pseudo serial port"),
    "scale/cas-stream": ("drivers.sim.cas_stream", "CAS indicator that sends 22 bytes, on a pseudo serial port"),
    "scale/dahua": ("drivers.sim.dahua", "indicator that sends ww0001.250kg, on a pseudo serial port"),
    "shelf/load-cell": ("drivers.sim.load_cell", "load-cell shelf at an MQTT broker"),
    "shelf/load-cell-raw": ("drivers.sim.load_cell_raw", "plain load cells at an MQTT broker, samples only"),
    "rfid/llrp": ("drivers.sim.llrp_reader", "RFID reader that speaks LLRP over TCP"),
    "labels/openepaperlink": ("drivers.sim.openepaperlink", "access point of electronic price labels, over HTTP"),
    "ambience/homie": ("drivers.sim.homie", "lamp that speaks Homie 5 at an MQTT broker"),
    "ambience/zigbee2mqtt": ("drivers.sim.zigbee2mqtt", "Zigbee2MQTT bridge with a lamp and a thermometer"),
    "ambience/tasmota": ("drivers.sim.tasmota", "Tasmota plug at an MQTT broker"),
    "ambience/shelly-1": ("drivers.sim.shelly_1", "Shelly relay of the first generation at an MQTT broker"),
    "ambience/shelly-2": ("drivers.sim.shelly_2", "Shelly switch of the second generation at an MQTT broker"),
    "music/mpd": ("drivers.sim.mpd", "music player (MPD) without music"),
    "scanner/serial": ("drivers.sim.scanner_serial", "barcode scanner on a pseudo serial port"),
    "till/mqtt": ("drivers.sim.till", "till at an MQTT broker"),
    "terminal/zvt": ("drivers.sim.zvt_terminal", "ZVT card terminal on TCP"),
    "payment/wechat-micropay": ("drivers.sim.wechat_gateway", "WeChat Pay's gateway for payment codes, over HTTP"),
    "payment/alipay-f2f": ("drivers.sim.alipay_gateway", "Alipay's gateway for payment codes, over HTTP"),
    "printer/escpos": ("drivers.sim.escpos_orders", "ESC/POS receipt printer and drawer, on a port or the network"),
    "display/cd5220": ("drivers.sim.cd5220", "CD5220 customer display on a pseudo serial port"),
    "display/led8": ("drivers.sim.led8", "eight-digit customer display on a pseudo serial port"),
    "camera/http-mjpeg": ("drivers.sim.mjpeg_camera", "network camera that sends JPEGs over HTTP"),
    "mirror/kiosk": ("drivers.sim.mirror_kiosk", "AR mirror at an MQTT broker"),
}


def sim(context: typer.Context) -> None:
    """Run a simulated device, or `day`: a whole day in a shop; without KIND, list them."""
    if not context.args or context.args[0] in {"--help", "-h"}:
        typer.echo("storebox sim KIND [OPTIONS]; each KIND explains its own with --help\n")
        for kind, (_, what) in KINDS.items():
            typer.echo(f"  {kind:26}{what}")
        typer.echo(f"  {'day':26}a whole day in a shop, faster than real time, that checks itself")
        return
    kind, *options = context.args
    if kind == "day":
        from edge.demo.day import main

        raise typer.Exit(main(options))
    if kind not in KINDS:
        from config.mistakes import choices, did_you_mean

        stop(f'no simulator is called "{kind}"; {did_you_mean(kind, KINDS) or "there are " + choices(KINDS)}', BAD_INPUT)
    raise typer.Exit(import_module(KINDS[kind][0]).main(options))
